import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { Icon } from "../app/Icon.tsx";
import { getShell } from "../app/shellAccess.ts";
import { formatCount } from "../charts/format.ts";
import { reopenFinished } from "../document/fileActions.ts";
import { describeWhen } from "../document/recentFiles.ts";
import {
  deleteFinishedRuns,
  describeExtent,
  describeScore,
  nameOfRun,
  refreshFinishedRuns,
  useFinishedRuns,
} from "../run/finishedRuns.ts";
import type { FinishedRun } from "../shell/runHost.ts";

/** Until all are asked for. */
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
        onClick={() => void deleteFinishedRuns([run])}
      >
        <Icon of={X} size={14} />
      </button>
    </li>
  );
};

/** Runs that have come to their end, to be looked at again. */
export const FinishedRuns = () => {
  const runs = useFinishedRuns();
  const [showsAll, setShowsAll] = useState(false);
  useEffect(() => void refreshFinishedRuns(), []);
  if (!getShell().runs.areKept) {
    return (
      <section className="start-recent" aria-label="Finished runs">
        <h2>Finished runs</h2>
        <p className="start-note">
          A browser keeps none: a run is gone when its page closes. The desktop app keeps them.
        </p>
      </section>
    );
  }
  if (runs.length === 0) return null;
  const now = new Date();
  return (
    <nav className="start-recent" id="finished-runs" aria-label="Finished runs">
      <h2>Finished runs</h2>
      <ul>
        {(showsAll ? runs : runs.slice(0, NUM_SHOWN)).map((run) => (
          <Row key={run.runId} run={run} now={now} />
        ))}
      </ul>
      {runs.length > NUM_SHOWN && !showsAll && (
        <button type="button" className="start-more" onClick={() => setShowsAll(true)}>
          Show all {formatCount(runs.length)}
        </button>
      )}
    </nav>
  );
};
