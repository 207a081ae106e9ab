import { useView, viewStore } from "../app/viewStore.ts";
import { HealthIcon } from "./HealthIcon.tsx";
import { healthCounts } from "./healthWords.ts";
import { type RunHealth, useRunHealth } from "./runHealth.ts";

/** The worst finding of each node. */
const worstOf = ({ byNode }: RunHealth) => [...byNode.values()].flatMap(([first]) => first ?? []);

/** How many layers the health rules find something about at the step shown: `18 vanishing`. */
export const HealthCount = () => {
  const open = useView((view) => view.diagnosticsOpen);
  const text = useRunHealth((health) => healthCounts(worstOf(health)));
  const gravest = useRunHealth(
    (health) => (worstOf(health).find(({ severity }) => severity === "error") ?? worstOf(health)[0])?.rule ?? null,
  );
  const isError = useRunHealth((health) => worstOf(health).some(({ severity }) => severity === "error"));
  if (gravest === null) return null;
  return (
    <button
      type="button"
      className="run-bar-finding run-bar-health"
      data-severity={isError ? "error" : "warning"}
      data-tooltip="Layers with findings about the signal at the step shown"
      data-shortcut="F8"
      aria-expanded={open}
      aria-controls="diagnostics"
      onClick={() => viewStore.setState({ diagnosticsOpen: !viewStore.getState().diagnosticsOpen })}
    >
      <HealthIcon rule={gravest} size={14} />
      <span>{text}</span>
    </button>
  );
};
