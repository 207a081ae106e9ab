/** What a lesson keeps of each run: what was trained, and what came out. */
import { z } from "zod";
import { type Compiled, type TrainingSettings, trainingSchema, updateRatio } from "../../engine/index.ts";
import { formatCount, formatPercent, NONE } from "../charts/format.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { type RunState, runOf } from "../run/runState.ts";

/** The layers that are trained, in the order of the net; bypassed ones are none of them. */
const layersSchema = z.array(z.strictObject({ id: z.string(), kind: z.string() }));

export const lessonRunSchema = z.strictObject({
  layers: layersSchema,
  training: trainingSchema,
  outcome: z.enum(["running", "finished", "stopped", "diverged", "failed"]),
  /** Of its last step. */
  step: z.int(),
  totalSteps: z.int(),
  /** That have ended. */
  epochs: z.int(),
  /** On the test set after the last of them; null: none has ended. */
  testScore: z.number().nullable(),
  /** Std of the outputs at the newest measured step, by node. */
  stds: z.record(z.string(), z.number()),
  /** log₁₀ of the std of the update ÷ the std of the weights at that step, by node. */
  updateRatios: z.record(z.string(), z.number()),
});

export type LessonRun = z.infer<typeof lessonRunSchema>;

/** What a run trains or would train. */
export type Setup = Pick<LessonRun, "layers" | "training">;

/** null while the document has errors. */
export const setupOf = ({ program }: Compiled, training: TrainingSettings): Setup | null =>
  program === null ? null : { layers: program.layers.map(({ nodeId, kind }) => ({ id: nodeId, kind })), training };

const outcomeOf = (state: RunState): LessonRun["outcome"] => {
  if (state.phase === "finished") return state.stopped && state.earlyStop === null ? "stopped" : "finished";
  if (state.phase !== "failed") return "running";
  return state.failure.reason === "diverged" ? "diverged" : "failed";
};

/** More digits than are ever shown, and no more: runs are kept as text. */
const shortened = (value: number): number => Number(value.toPrecision(6));

/** null before the trainer has accepted the run. */
export const lessonRunOf = (state: RunState, history: RunHistory | null, setup: Setup): LessonRun | null => {
  const started = runOf(state)?.started;
  if (started === undefined || history === null) return null;
  const outcome = outcomeOf(state);
  const diverged = state.phase === "failed" && state.failure.reason === "diverged" ? state.failure.step : null;
  const stds: Record<string, number> = {};
  const updateRatios: Record<string, number> = {};
  for (const { nodeId, std, weights } of history.frameAt(null)?.nodes ?? []) {
    if (Number.isFinite(std)) stds[nodeId] = shortened(std);
    const [first] = weights;
    const ratio = first === undefined ? null : updateRatio(first, "std");
    if (ratio !== null && Number.isFinite(ratio)) updateRatios[nodeId] = shortened(ratio);
  }
  const last = history.epochs.at(-1);
  const score = last?.testScore ?? Number.NaN;
  return {
    ...setup,
    outcome,
    step: diverged ?? history.numSteps,
    totalSteps: started.totalSteps,
    epochs: history.epochs.length,
    testScore: Number.isFinite(score) ? score : null,
    stds,
    updateRatios,
  };
};

/** Whether it can be compared: an epoch was measured, or there was none because the loss was not finite. */
export const isMeasured = ({ outcome, testScore }: LessonRun): boolean =>
  outcome === "diverged" || (outcome !== "running" && testScore !== null);

/** What is compared; a net that diverged has learnt nothing. */
export const scoreOf = ({ outcome, testScore }: LessonRun): number => (outcome === "diverged" ? 0 : (testScore ?? 0));

/** `97.21 %`, or `diverged at step 6`. */
export const resultWords = ({ outcome, testScore, step }: LessonRun): string => {
  if (outcome === "diverged") return `diverged at step ${formatCount(step)}`;
  return testScore === null ? NONE : formatPercent(testScore, 2);
};
