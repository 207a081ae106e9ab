import type { FinishedRun } from "../../../renderer/shell/runHost.ts";

/** A run that has ended, but for what a test is about. */
export const finishedRun = (own: Partial<FinishedRun> = {}): FinishedRun => ({
  runId: "0b5f2a4e-1111-4222-8333-444455556666",
  title: "mlp-bn",
  label: { name: null, tags: [], notes: "", isPinned: false },
  outcome: "finished",
  startedAt: "2026-11-22T10:00:00.000Z",
  endedAt: "2026-11-22T10:01:00.000Z",
  elapsedMs: 60_000,
  step: 100,
  totalSteps: 100,
  stepsPerEpoch: 50,
  trainLoss: 0.1,
  test: { loss: 0.2, accuracy: 0.9, r2: null },
  best: { loss: 0.2, accuracy: 0.9, r2: null, epoch: 2 },
  trains: { seed: 1, kinds: ["dense", "batchNorm"], optimizer: "adam", dataset: "MNIST" },
  engineVersion: "0.1.0",
  threads: 2,
  build: "simd",
  hasFrames: true,
  hasModel: true,
  bytes: 1_000_000,
  folder: "/runs/1",
  ...own,
});

/** Named by a digit. */
export const runNumbered = (digit: number, own: Partial<FinishedRun> = {}): FinishedRun =>
  finishedRun({
    runId: `0b5f2a4e-1111-4222-8333-44445555666${digit}`,
    endedAt: `2026-11-22T10:0${digit}:00.000Z`,
    ...own,
  });
