/** What the test bench asks and what it was answered. It outlives the view, so that one can go to the canvas and come back. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { InspectedSample, TestEvaluation } from "../../engine/protocol.ts";
import { openedNet } from "../run/netRefusals.ts";
import { runOf } from "../run/runState.ts";
import { runStore } from "../run/runStore.ts";
import type { Plane } from "./preprocess.ts";
import { prepare } from "./preprocess.ts";

export type Mode = InspectedSample["mode"];

/** Where the sample comes from. */
export type Source =
  | { readonly type: "test"; readonly index: number }
  /** A drawing (one plane) or a picture (three), as it was before it is prepared. */
  | { readonly type: "drawing" | "picture"; readonly planes: readonly Plane[] }
  | { readonly type: "row"; readonly values: readonly number[] };

export interface BenchState {
  readonly tab: "sample" | "test";
  readonly source: Source;
  /** What the sample was before each stroke of the drawing, the newest last. */
  readonly beforeStrokes: readonly { readonly source: Source; readonly invert: boolean }[];
  readonly centre: boolean;
  readonly invert: boolean;
  readonly mode: Mode;
  /** The layer whose output is shown; null: the first one that has maps. */
  readonly nodeId: string | null;
  readonly sharedScale: boolean;
  /** The run that the answers are of, or the net that was opened. */
  readonly runNumber: number | null;
  readonly sample: InspectedSample | null;
  readonly problem: string | null;
  readonly evaluation: TestEvaluation | null;
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly evaluationProblem: string | null;
}

const initial: BenchState = {
  tab: "sample",
  source: { type: "test", index: 0 },
  beforeStrokes: [],
  centre: true,
  invert: false,
  mode: "evaluation",
  nodeId: null,
  sharedScale: true,
  runNumber: null,
  sample: null,
  problem: null,
  evaluation: null,
  progress: null,
  evaluationProblem: null,
};

export const benchStore = createStore<BenchState>(() => initial);

export const useBench = <T>(selector: (state: BenchState) => T): T => useStore(benchStore, selector);

const { getState, setState } = benchStore;

/** At least so long between two questions: while it trains they take time from it. */
const RUNNING_MS = 500;
const RESTING_MS = 100;

let isAsking = false;
let wanted = false;

const runNumber = (): number | null => {
  const { state } = runStore.getState();
  return runOf(state)?.number ?? openedNet({ state })?.number ?? null;
};

/** `shape`: of the net's samples; null: not known yet, which the first test sample tells. */
const questionSample = (
  shape: readonly number[] | null,
): Parameters<ReturnType<typeof runStore.getState>["askBench"]>[0] => {
  const { source, mode, nodeId, centre, invert } = getState();
  const ask = (
    asked: Extract<Parameters<ReturnType<typeof runStore.getState>["askBench"]>[0], { sample: unknown }>["sample"],
  ) => ({ type: "inspectSample", sample: asked, mode, nodeId }) as const;
  if (source.type === "test") return ask({ from: "test", index: source.index });
  if (source.type === "row") return ask({ from: "values", values: Float64Array.from(source.values).buffer });
  if (shape === null) return ask({ from: "test", index: 0 });
  const bytes = prepare(source.planes, shape, { centre, invert });
  return ask({ from: "values", values: bytes.slice().buffer });
};

/** Whether the net takes pictures, and not rows of numbers. */
export const takesPictures = ({ stores, sampleShape }: InspectedSample): boolean =>
  stores === "bytes" && sampleShape.length === 3;

const hasPicture = (): boolean => "planes" in getState().source;

/** Asks about the sample as it is now: one question at a time, the last one wins. */
export const askSample = async (): Promise<void> => {
  wanted = true;
  if (isAsking) return;
  isAsking = true;
  // Of a run that has not answered yet, and has a drawing or a picture to answer for.
  let learnt: readonly number[] | null = null;
  while (wanted) {
    wanted = false;
    const shape = getState().sample?.sampleShape ?? learnt;
    const isForShape = shape === null && hasPicture();
    const question = questionSample(shape);
    const number = runNumber();
    const answer = await runStore.getState().askBench(question);
    if (!("type" in answer)) setState({ problem: answer.problem });
    else if (answer.type === "sampleInspected") {
      const { sample, problem } = answer;
      if (sample === null) setState({ problem });
      else if (isForShape && hasPicture() && takesPictures(sample)) {
        learnt = sample.sampleShape;
        wanted = true;
        continue;
      } else {
        // A net of rows has no use for the picture of another net.
        const source = hasPicture() && !takesPictures(sample) ? initial.source : getState().source;
        setState({ sample, source, problem: null, runNumber: number });
      }
    }
    const rest = runStore.getState().state.phase === "running" ? RUNNING_MS : RESTING_MS;
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
  isAsking = false;
};

/** Runs the test set through the net as it is now. */
export const askTest = async (): Promise<void> => {
  if (getState().progress !== null) return;
  setState({ progress: { done: 0, total: 0 }, evaluationProblem: null });
  const number = runNumber();
  const answer = await runStore
    .getState()
    .askBench({ type: "evaluateTest", worst: 24 }, (done, total) => setState({ progress: { done, total } }));
  if (!("type" in answer)) setState({ progress: null, evaluationProblem: answer.problem });
  else if (answer.type === "testEvaluated") {
    const { evaluation, problem } = answer;
    setState({
      progress: null,
      evaluationProblem: problem,
      ...(evaluation === null ? {} : { evaluation }),
      runNumber: number,
    });
  }
};

export const setBench = (change: Partial<BenchState>): void => setState(change);

/** Takes another sample, or looks at it in another way, and asks. */
export const changeSample = (change: Partial<BenchState>): void => {
  setState(change);
  void askSample();
};

/** A sheet is 0.6 MB. */
const MOST_STROKES = 30;

/** Before a stroke of the pen begins, or the sheet is cleared. */
export const keepBeforeStroke = (): void => {
  const { source, invert, beforeStrokes } = getState();
  setState({ beforeStrokes: [...beforeStrokes, { source, invert }].slice(-MOST_STROKES) });
};

/** Whether there is a stroke to take back: of the drawing that is the sample. */
export const hasStroke = ({ source, beforeStrokes }: BenchState): boolean =>
  source.type === "drawing" && beforeStrokes.length > 0;

export const takeBackStroke = (): void => {
  const { beforeStrokes } = getState();
  const before = beforeStrokes.at(-1);
  if (before === undefined || !hasStroke(getState())) return;
  changeSample({ ...before, beforeStrokes: beforeStrokes.slice(0, -1) });
};

/** Another run has other weights, perhaps of other shapes: what was answered before is forgotten. Drawings and pictures stay to be tried again. */
export const forgetAnswers = (): void => {
  const { source, nodeId: _nodeId, ...kept } = getState();
  const { tab, beforeStrokes, centre, invert, mode, sharedScale } = kept;
  setState({
    ...initial,
    ...{ tab, beforeStrokes, centre, invert, mode, sharedScale },
    source: source.type === "row" ? initial.source : source,
  });
};
