/** The lines of steps in `metrics.jsonl`. */
import { expect, test } from "vitest";
import { stepRecords } from "../../../engine/host/stepRecords.ts";
import { newDocument, type TrainingSettings } from "../../../engine/index.ts";
import type { TrainEvent } from "../../../engine/protocol.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

const frameOf = (...steps: readonly number[]): EventOf<"frame"> => ({
  ...{ type: "frame", sequence: 1, step: 11, epoch: 3, samplesPerSecond: 1, secondsLeft: 1, dropped: 0 },
  ...{ statisticsShare: 0, steps: Float64Array.from(steps).buffer, frame: new ArrayBuffer(0) },
});

const started = (hasTargets: boolean): EventOf<"started"> => ({
  ...{ type: "started", protocol: 1, totalSteps: 15, stepsPerEpoch: 5, epochs: 3, batchSize: 32, trainCount: 150 },
  ...{ testCount: 70, threads: 1, build: "simd", memoryBytes: 1, datasetName: "blobs", classNames: [], nodeIds: [] },
  ...(hasTargets ? { hasTargets } : {}),
});

const settings: TrainingSettings = {
  ...newDocument().training,
  ...{ learningRate: 0.5, warmupEpochs: 1 },
  schedule: { name: "step", everyEpochs: 2, factor: 0.1 },
};

test("a step belongs to the epoch that it is trained in, the last of an epoch too, and has the rate that it followed", () => {
  const frame = frameOf(1, 2.5, 0.25, 5, 2.25, 0.5, 6, 2, 0.75, 10, 1.5, 0.8, 11, 1.25, 0.875);
  expect(stepRecords(frame, started(false), settings)).toEqual([
    { event: "step", step: 1, epoch: 1, loss: 2.5, accuracy: 0.25, learningRate: 0.1 },
    { event: "step", step: 5, epoch: 1, loss: 2.25, accuracy: 0.5, learningRate: 0.5 },
    { event: "step", step: 6, epoch: 2, loss: 2, accuracy: 0.75, learningRate: 0.5 },
    { event: "step", step: 10, epoch: 2, loss: 1.5, accuracy: 0.8, learningRate: 0.5 },
    { event: "step", step: 11, epoch: 3, loss: 1.25, accuracy: 0.875, learningRate: 0.05 },
  ]);
});

test("what was measured against targets is R², and no accuracy", () => {
  expect(stepRecords(frameOf(1, 2.5, 0.25), started(true), settings)).toEqual([
    { event: "step", step: 1, epoch: 1, loss: 2.5, accuracy: null, r2: 0.25, learningRate: 0.1 },
  ]);
});
