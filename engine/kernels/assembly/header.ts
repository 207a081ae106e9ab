/**
 * The words at a fixed address that the host writes before a job and the threads share. `engine/kernels/header.ts` has the same
 * table for the host. Static data of the module lies below.
 */
export const HEADER: usize = 65536;

/** Number of jobs begun; a change wakes the threads. Atomic. */
export const JOB: usize = HEADER;
/** Threads that have arrived at the barrier, and number of barriers passed. Atomic. */
export const ARRIVED: usize = HEADER + 4;
export const PASSED: usize = HEADER + 8;
/** Threads that sleep at the barrier. Atomic. */
export const SLEEPERS: usize = HEADER + 12;

// What the host writes before a job.
// @ts-ignore: decorator
@unmanaged
export class Job {
  job: i32;
  arrived: i32;
  passed: i32;
  sleepers: i32;
  threads: i32;
  phases: usize;
  phasesEnd: usize;
  measure: i32;
  quit: i32;
  /** Samples in this batch. */
  rows: i32;
  /** Number of the training step, from 1. */
  step: i32;
  learningRate: f32;
  weightDecay: f32;
  /** Shares that the optimizer keeps: of the mean of gradients or the velocity, of the mean of squares. */
  beta1: f32;
  beta2: f32;
  epsilon: f32;
  /** 1 / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ). */
  correction1: f32;
  correction2: f32;
  /** Bytes of the split's images, channels first, and its labels. */
  images: usize;
  labels: usize;
  /** u32 sample numbers of the batch. */
  indices: usize;
  /** Set by lossTotal when the loss is not finite: phases that update weights are skipped. */
  diverged: i32;
  lossSum: f64;
  correct: i32;
  spin: i32;
  /** Bytes of the threads' own, one after the other (`workspace.ts`). */
  workspace: usize;
  workspaceBytes: usize;
  /** f64 milliseconds by number of operation, then those spent waiting at barriers; thread after thread. 0: nothing is timed. */
  profile: usize;
  profileBytes: usize;
  /** Milliseconds of the first thread in phases that run only while measuring, waiting included, and in what updates measure. */
  measuringMs: f64;
  /** Largest norm of all gradients together. */
  clipNorm: f32;
  /** f32 scale and offset of each channel of the samples. */
  scaling: usize;
  /** Five i32 for each sample of the batch, see `gather`; 0: samples enter as they are. */
  augmentation: usize;
  /** The threads' counters of tasks taken, each in a cache line of its own. Atomic. */
  tickets: usize;
  /** Milliseconds that the clock says passed while nothing was done: taken off of what is timed. */
  clockMs: f64;
}

/** Bytes between them. */
export const TICKET: usize = 64;

// @ts-ignore: decorator
@inline
export function job(): Job {
  return changetype<Job>(HEADER);
}

/** Slots that hold partial results: one per chunk of rows that has rows in this batch; chunk 0 means one slot for all. */
// @ts-ignore: decorator
@inline
export function activeSlots(chunk: i32): i32 {
  return chunk == 0 ? 1 : (job().rows + chunk - 1) / chunk;
}
