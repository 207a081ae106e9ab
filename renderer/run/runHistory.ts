/**
 * What a run has measured so far, kept outside React: charts subscribe and draw on the next animation frame.
 * Frames are kept at full resolution until `MAX_FRAMES`; then every second one is dropped and from there on every second one kept
 * (then every fourth, …), so memory is bounded and the whole run stays visible.
 */
import type { Frame, NodeStatistics, TrainingChange } from "../../engine/index.ts";

export const MAX_FRAMES = 2048;

export interface EpochRecord {
  readonly epoch: number;
  /** Step at which the epoch ended. */
  readonly step: number;
  readonly loss: number;
  /** Accuracy, 0 to 1; R² where samples have targets. NaN where there is none. */
  readonly trainScore: number;
  readonly testLoss: number;
  readonly testScore: number;
  /** Of the samples set apart for validation; null: there are none. */
  readonly validation: { readonly loss: number; readonly score: number } | null;
  /** Training samples a second of its training time. */
  readonly samplesPerSecond: number;
}

/** Settings that the run took over on its way. */
export interface ChangeRecord {
  /** The last step with the old ones. */
  readonly step: number;
  readonly training: TrainingChange;
}

/** Where the run is, as its last frame told. */
export interface RunProgress {
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  readonly samplesPerSecond: number;
  readonly secondsLeft: number;
  /** Share of the step time spent on statistics, 0 to 1. */
  readonly statisticsShare: number;
  readonly dropped: number;
}

export interface RunHistory {
  /** Ascending by step. */
  readonly frames: readonly Frame[];
  /** Whether samples have targets: scores are R² then. */
  readonly hasTargets: boolean;
  /** Loss and score of every step (accuracy, 0 to 1, or R²), index = step − 1; NaN where a step was not reported. Only the first `numSteps` count. */
  readonly loss: Float32Array;
  readonly score: Float32Array;
  readonly numSteps: number;
  readonly epochs: readonly EpochRecord[];
  /** Ascending by step. */
  readonly changes: readonly ChangeRecord[];
  /** null before the first frame. */
  readonly progress: RunProgress | null;
  /** The last frame at or before the step; null when there is none. Null step: the newest. */
  frameAt(step: number | null): Frame | null;
  statisticsAt(nodeId: string, step: number | null): NodeStatistics | null;
  /** Called when anything was added or thinned; returns how to stop. */
  subscribe(listener: () => void): () => void;
  /** Grows with every change: a cheap key for "draw again". */
  readonly revision: number;
}
