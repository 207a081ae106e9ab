/** The words at a fixed address that host and threads share; the same table as the class `Job` in `assembly/header.ts`. */
export const HEADER_ADDRESS = 65536;
export const HEADER_BYTES = 152;

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
  tickets: 140,
} as const;

/** Bytes of a thread's counter of tasks: a cache line. */
export const TICKET_BYTES = 64;

/** Bytes of the driver's records. */
export const PHASE_BYTES = 32;
export const SEGMENT_BYTES = 16;
export const OPERATION_BYTES = 16;

/** Bytes of what the statistics kernels write, see `assembly/statisticsView.ts`: sums of a quad, records of a lane and of a node. */
export const SUMS_BYTES = 96;
export const LANE_BYTES = 40;
export const NODE_RECORD_BYTES = 656;
/** Offsets in a node's record: u32 counts of the histogram, of the channel means and stds. */
export const NODE_COUNTS = 128;
export const NODE_CHANNELS = 400;
/** Words of a table of counts, and of one over halves of the bins. */
export const COUNTS_WORDS = 68;
export const FINE_COUNTS_WORDS = 132;
/** Tables of pairs of both kinds, in the workspace. */
export const PAIR_TABLE_BYTES = (66 * COUNTS_WORDS + 130 * FINE_COUNTS_WORDS) * 4;

/** Bytes of a tensor's record, see `assembly/statisticsWeights.ts`; offsets of the host's word in it and of the counts of the gradient. */
export const WEIGHT_RECORD_BYTES = 672;
export const WEIGHT_SKIPPED = 80;
export const GRADIENT_COUNTS = 400;
/** Bytes of what a task of an update measures, and of the workspace for it. */
export const UPDATE_MOMENTS_BYTES = 72;
export const UPDATE_WORKSPACE_BYTES = 1024 * 16 + 67 * 16;
/** Bytes of a chunk's record of a gradient. */
export const GRADIENT_RECORD_BYTES = 32;
/** Byte of an operation's record that the host sets to leave it out. */
export const OPERATION_SKIPPED = 12;
/** Workspace of `softmaxLoss`: of four rows the largest logit and the sum, and the powers of whole quads. */
export const lossWorkspaceBytes = (classes: number): number => 4 * (16 + 32 * Math.ceil(classes / 4));
/** Workspace of a sample whose gradients `productGradient` copies: of two panels of eight. */
export const PACKED_SAMPLE_BYTES = 64;
