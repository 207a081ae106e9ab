/** What the test bench asks and what it was answered. It outlives the view, so that one can go to the canvas and come back. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { InspectedSample, TestEvaluation } from "../../engine/protocol.ts";
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
  readonly centre: boolean;
  readonly invert: boolean;
  readonly mode: Mode;
  /** The layer whose output is shown; null: the first one that has maps. */
  readonly nodeId: string | null;
  readonly sharedScale: boolean;
  /** The run that the answers are of. */
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

const runNumber = (): number | null => runOf(runStore.getState().state)?.number ?? null;

const questionSample = (): Parameters<ReturnType<typeof runStore.getState>["askBench"]>[0] | null => {
  const { source, mode, nodeId, centre, invert, sample } = getState();
  const ask = (
    asked: Extract<Parameters<ReturnType<typeof runStore.getState>["askBench"]>[0], { sample: unknown }>["sample"],
  ) => ({ type: "inspectSample", sample: asked, mode, nodeId }) as const;
  if (source.type === "test") return ask({ from: "test", index: source.index });
  if (source.type === "row") return ask({ from: "values", values: Float64Array.from(source.values).buffer });
  if (sample === null) return null;
  const bytes = prepare(source.planes, sample.sampleShape, { centre, invert });
  return ask({ from: "values", values: bytes.slice().buffer });
};

/** Asks about the sample as it is now: one question at a time, the last one wins. */
export const askSample = async (): Promise<void> => {
  wanted = true;
  if (isAsking) return;
  isAsking = true;
  while (wanted) {
    wanted = false;
    const question = questionSample();
    if (question === null) break;
    const number = runNumber();
    const answer = await runStore.getState().askBench(question);
    if (!("type" in answer)) setState({ problem: answer.problem });
    else if (answer.type === "sampleInspected") {
      if (answer.sample === null) setState({ problem: answer.problem });
      else setState({ sample: answer.sample, problem: null, runNumber: number });
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

/** Another run has other weights, perhaps of other shapes: what was answered before is forgotten. */
export const forgetAnswers = (): void => {
  const { source, nodeId: _nodeId, ...kept } = getState();
  const isKept = source.type === "test";
  setState({
    ...initial,
    ...{ tab: kept.tab, centre: kept.centre, invert: kept.invert, mode: kept.mode, sharedScale: kept.sharedScale },
    source: isKept ? source : initial.source,
  });
};
