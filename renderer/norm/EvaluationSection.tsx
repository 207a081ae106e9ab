import { RotateCcw, Undo2, X } from "lucide-react";
import { useCallback } from "react";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { formatCount, formatFixed, formatLoss, formatPercent, NONE } from "../charts/format.ts";
import { CommandButton } from "../commands/CommandButton.tsx";
import { Section } from "../inspector/fields.tsx";
import { LiveText } from "../run/LiveText.tsx";
import { shownStepOf } from "../run/liveRun.ts";
import type { FoundStatistics, Recomputation } from "../run/recomputation.ts";
import { type RunStoreState, runStore, useRun } from "../run/runStore.ts";
import { normViewOf } from "./normView.ts";
import { outputsWords, testWords } from "./normWords.ts";

const readTest = (run: RunStoreState): string => testWords(run.history, shownStepOf(run));

const readStep = (run: RunStoreState): string => {
  const frame = run.history?.frameAt(run.shownStep);
  return frame ? `step ${formatCount(frame.step)}` : "";
};

const Working = ({ done, total }: { readonly done: number; readonly total: number }) => (
  <div className="norm-working">
    <progress value={done} max={Math.max(1, total)} aria-label="Recomputing the running statistics" />
    <span className="output-fact" role="status">
      {total === 0 ? "Recomputing" : `Batch ${formatCount(done)} of ${formatCount(total)}`}
    </span>
    <button type="button" className="button button-small" onClick={() => runStore.getState().stopRecomputing()}>
      <Icon of={X} size={13} />
      Stop
    </button>
  </div>
);

const Results = ({ found, isRestored }: { readonly found: FoundStatistics; readonly isRestored: boolean }) => {
  const { before, training, after } = found;
  const isR2 = before.accuracy === null;
  const score = ({ accuracy, r2 }: FoundStatistics["before"]): string => {
    if (accuracy !== null) return formatPercent(accuracy, 2);
    return r2 === null ? NONE : formatFixed(r2, 3);
  };
  const columns = [before, after, training];
  return (
    <>
      <table className="norm-results" aria-label="Test set before and after">
        <thead>
          <tr>
            <th scope="col">Test set</th>
            <th scope="col">Before</th>
            <th scope="col">Recomputed</th>
            <th scope="col" data-tooltip="Each test batch by its own statistics, in training mode">
              Training mode
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{isR2 ? "R²" : "Accuracy"}</th>
            {columns.map((result, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the columns never move
              <td key={index}>{score(result)}</td>
            ))}
          </tr>
          <tr>
            <th scope="row">Loss</th>
            {columns.map((result, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the columns never move
              <td key={index}>{formatLoss(result.loss)}</td>
            ))}
          </tr>
        </tbody>
      </table>
      <p className="output-fact norm-pooled">
        {isRestored
          ? "Restored: the net has the running statistics of training again."
          : `Pooled over ${counted(found.samples, "training sample")} at step ${formatCount(found.step)}.`}
      </p>
    </>
  );
};

const Outcome = ({ recomputation }: { readonly recomputation: Recomputation | null }) => {
  if (recomputation === null) return null;
  if (recomputation.phase === "working") return <Working {...recomputation} />;
  if (recomputation.phase === "failed") return <p className="norm-problem">{recomputation.problem}</p>;
  return <Results {...recomputation} />;
};

/** How far the node's outputs depend on the mode, and the way to close the gap. */
export const EvaluationSection = ({ nodeId }: { readonly nodeId: string }) => {
  const recomputation = useRun((run) => run.recomputation);
  const readOutputs = useCallback((run: RunStoreState) => outputsWords(normViewOf(nodeId, run)), [nodeId]);
  const canRestore = recomputation?.phase === "done" && !recomputation.isRestored;
  return (
    <Section title="Evaluation against training mode" fact={<LiveText read={readStep} />}>
      <div className={canRestore ? "norm-evaluation is-stacked" : "norm-evaluation"}>
        <p>
          <LiveText read={readOutputs} /> {recomputation?.phase !== "done" && <LiveText read={readTest} />}
        </p>
        <div className="norm-actions">
          {recomputation?.phase !== "working" && (
            <CommandButton
              id="run.recomputeStatistics"
              icon={RotateCcw}
              className="button"
              label="Recompute statistics"
              iconSize={14}
            />
          )}
          {canRestore && (
            <CommandButton id="run.restoreStatistics" icon={Undo2} className="button" label="Restore" iconSize={14} />
          )}
        </div>
      </div>
      <Outcome recomputation={recomputation} />
    </Section>
  );
};
