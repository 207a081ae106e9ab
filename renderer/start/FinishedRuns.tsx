import { X } from "lucide-react";
import { useEffect } from "react";
import { Icon } from "../app/Icon.tsx";
import { formatCount } from "../charts/format.ts";
import { runCommand } from "../commands/commandTable.ts";
import { reopenFinished } from "../document/fileActions.ts";
import { describeWhen } from "../document/recentFiles.ts";
import { deleteRuns } from "../run/deleteRuns.ts";
import { describeExtent, describeScore, nameOfRun, refreshFinishedRuns, useFinishedRuns } from "../run/finishedRuns.ts";
import type { FinishedRun } from "../shell/runHost.ts";

/** The library has all. */
const NUM_SHOWN = 5;

const Row = ({ run, now }: { run: FinishedRun; now: Date }) => {
  const { runId, title, endedAt } = run;
  const name = nameOfRun(run);
  const facts = [describeScore(run), describeExtent(run)].filter((part) => part !== null).join(" · ");
  return (
    <li className="start-unfinished">
      <button
        type="button"
        className="start-recent-file"
        data-tooltip="Open its document and all that it measured"
        onClick={() => void reopenFinished(runId, title)}
      >
        <span className="start-recent-name" title={name}>
          {name}
        </span>
        <span className="start-recent-when">{describeWhen(endedAt, now)}</span>
        <span className="start-recent-folder" title={facts}>
          {facts}
        </span>
      </button>
      <button
        type="button"
        className="start-discard"
        aria-label={`Delete the run ${name}`}
        data-tooltip="Delete this run"
        onClick={() => void deleteRuns({ runs: [run], ofStudies: [], place: "runs" })}
      >
        <Icon of={X} size={14} />
      </button>
    </li>
  );
};

/** Runs that have come to their end, to be looked at again. */
export const FinishedRuns = () => {
  const runs = useFinishedRuns();
  useEffect(() => void refreshFinishedRuns(), []);
  if (runs.length === 0) return null;
  const now = new Date();
  return (
    <nav className="start-recent" aria-label="Finished runs">
      <h2>Finished runs</h2>
      <ul>
        {runs.slice(0, NUM_SHOWN).map((run) => (
          <Row key={run.runId} run={run} now={now} />
        ))}
      </ul>
      <button type="button" className="start-more" onClick={() => runCommand("view.runs")}>
        All runs
        {runs.length > NUM_SHOWN && `, ${formatCount(runs.length)}`}
      </button>
    </nav>
  );
};
