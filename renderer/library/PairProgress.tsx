/** A pair of runs while it trains: how far each is, until both can be compared. */
import { Square } from "lucide-react";
import type { StudyDetail, StudyRunStatus } from "../../engine/protocol.ts";
import { Icon } from "../app/Icon.tsx";
import { formatCount, formatDuration, formatPercent } from "../charts/format.ts";
import { namesOfStudy } from "./libraryEntries.ts";
import { cancelPair, leavePair } from "./pairStore.ts";
import { RunSwatch } from "./RunSwatch.tsx";
import "./Pair.css";

const stateWords = ({ state, step, totalSteps, epochs }: StudyRunStatus): string => {
  if (state === "waiting") return "waits";
  if (state !== "running") return state;
  const accuracy = epochs.at(-1)?.testAccuracy ?? null;
  const reached = accuracy === null ? "" : `, ${formatPercent(accuracy, 2)} test`;
  return `step ${formatCount(step)}${totalSteps === null ? "" : ` of ${formatCount(totalSteps)}`}${reached}`;
};

const shareOf = ({ state, step, totalSteps }: StudyRunStatus): number =>
  state === "waiting" ? 0 : state === "running" ? (totalSteps ? step / totalSteps : 0) : 1;

export const PairProgress = ({ study }: { readonly study: StudyDetail }) => {
  const names = namesOfStudy(study);
  const { secondsLeft, problem } = study;
  return (
    <section className="Pair-progress" aria-label="The pair of runs that trains">
      <h2>{study.title}</h2>
      <ul>
        {study.runs.map((run, index) => (
          <li key={run.id}>
            <span className="Pair-name">
              <RunSwatch style={index} />
              {names.get(run.id) ?? run.id}
            </span>
            <progress value={shareOf(run)} aria-label={names.get(run.id) ?? run.id} />
            <span>{stateWords(run)}</span>
          </li>
        ))}
      </ul>
      <p>
        {problem ??
          `Both are compared here as soon as they have ended${secondsLeft === null ? "." : `, in about ${formatDuration(secondsLeft)}.`}`}
      </p>
      <div className="Library-actions">
        <button type="button" className="button button-small" onClick={() => void cancelPair()}>
          <Icon of={Square} size={12} />
          Stop
        </button>
        <button type="button" className="button button-small button-quiet" onClick={leavePair}>
          Let them train, show all runs
        </button>
      </div>
    </section>
  );
};
