/** The words at a fixed address that host and threads share; the same table as the class `Job` in `assembly/header.ts`. */
export const HEADER_ADDRESS = 65536;
export const HEADER_BYTES = 140;

/** Byte offsets from the header. */
export const header = {
  job: 0,
  threads: 16,
  phases: 20,
  phasesEnd: 24,
  measure: 28,
  quit: 32,
  rows: 36,
  step: 40,
  learningRate: 44,
  weightDecay: 48,
  beta1: 52,
  beta2: 56,
  epsilon: 60,
  correction1: 64,
  correction2: 68,
  images: 72,
  labels: 76,
  indices: 80,
  diverged: 84,
  lossSum: 88,
  correct: 96,
  spin: 100,
  workspace: 104,
  workspaceBytes: 108,
  profile: 112,
  profileBytes: 116,
  measuringMs: 120,
  clipNorm: 128,
  scaling: 132,
  augmentation: 136,
} as const;

/** Bytes of the driver's records. */
export const PHASE_BYTES = 32;
export const SEGMENT_BYTES = 16;
export const OPERATION_BYTES = 16;

/** Words of a lane record and of a histogram table, see `assembly/statistics.ts`. */
export const LANE_BYTES = 40;
export const HISTOGRAM_TABLE_WORDS = 68;
export const NODE_RECORD_BYTES = 80;
/** A histogram's table of pairs, in the workspace. */
export const PAIR_TABLE_BYTES = 66 * 512;
