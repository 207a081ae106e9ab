import { Braces, Cpu, GitCompare, Workflow } from "lucide-react";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { getShell } from "../app/shellAccess.ts";
import { formatCount } from "../charts/format.ts";
import { CommandButton } from "../commands/CommandButton.tsx";
import { useExperiments } from "./experimentsStore.ts";

/** The bottom line: what studies run on, and what can be done with the selection. */
export const StudyStatusBar = () => {
  const numSelected = useExperiments((state) => (state.draft === null ? state.selected.length : 0));
  const jobs = useExperiments((state) => state.detail?.jobs ?? null);
  const hasStudy = useExperiments((state) => state.detail !== null && state.draft === null);
  const cores = counted(navigator.hardwareConcurrency, "core");
  return (
    <footer className="study-status">
      <Icon of={Cpu} size={15} />
      <span>{jobs === null ? cores : `${cores}, ${counted(jobs, "run")} at a time`}</span>
      <span className="study-status-note">
        {getShell().platform !== "browser"
          ? "Runs are kept when the app restarts."
          : "Runs that have ended are kept in this browser."}
      </span>
      <span className="study-space" />
      {hasStudy && (
        <>
          <span role="status">{numSelected === 0 ? "" : `${formatCount(numSelected)} selected`}</span>
          <CommandButton
            id="study.openRun"
            className="button button-quiet button-small"
            icon={Workflow}
            label="Open run"
          />
          <CommandButton
            id="study.compare"
            className="button button-quiet button-small"
            icon={GitCompare}
            label="Compare"
          />
          <CommandButton id="study.copy" className="button button-small" icon={Braces} label="Copy as JSON" />
        </>
      )}
    </footer>
  );
};
