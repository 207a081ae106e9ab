/** What a list of runs says of one that has ended. */
import { describe, expect, it } from "vitest";
import { betterEpoch, type EndedRun, endedRunFacts } from "../../../engine/host/endedRun.ts";
import type { EpochRecord } from "../../../engine/telemetry/epochRecord.ts";

const epochOf = (epoch: number, testAccuracy: number | null, testR2?: number | null): EpochRecord => ({
  ...{ epoch, step: 10 * epoch, loss: 0.5, trainAccuracy: null, testLoss: 0.25, testAccuracy },
  ...{ elapsedMs: 1, samplesPerSecond: 1, ...(testR2 === undefined ? {} : { testR2 }) },
});

const run: EndedRun = {
  ...{ outcome: "finished", title: "net" },
  ...{ startedAt: "2026-01-02T03:04:05.000Z", endedAt: "2026-01-02T03:04:09.500Z" },
  started: {
    ...{ type: "started", protocol: 1, totalSteps: 15, stepsPerEpoch: 5, epochs: 3, batchSize: 32, trainCount: 150 },
    ...{ testCount: 70, threads: 2, build: "simd", memoryBytes: 1, datasetName: "blobs", classNames: [], nodeIds: [] },
  },
  ended: { type: "finished", step: 15, stopped: false, elapsedMs: 1234, lossesHash: "", weightsHash: "" },
  progress: { step: 12, epoch: 3, samplesPerSecond: 1, secondsLeft: 1, dropped: 0, statisticsShare: 0 },
  lastEpoch: epochOf(3, 0.75),
};

describe("the best epoch", () => {
  it("is the one with the highest accuracy, or R² where there is none, and the earlier of two alike", () => {
    const best = (...epochs: readonly EpochRecord[]) =>
      epochs.reduce<EpochRecord | null>((found, epoch) => betterEpoch(found, epoch), null)?.epoch;
    expect(best(epochOf(1, 0.5), epochOf(2, 0.9), epochOf(3, 0.9), epochOf(4, 0.8))).toBe(2);
    expect(best(epochOf(1, null, -2), epochOf(2, null, 0.4), epochOf(3, null, 0.3))).toBe(2);
    // A loss that is not finite has no R².
    expect(best(epochOf(1, null, null), epochOf(2, null, null))).toBe(1);
    expect(best(epochOf(1, null, null), epochOf(2, null, -5))).toBe(2);
  });
});

describe("the facts of a run that has ended", () => {
  it("are its own steps and the time that it trained", () => {
    expect(endedRunFacts(run)).toEqual({
      ...{ title: "net", outcome: "finished", startedAt: run.startedAt, endedAt: run.endedAt, elapsedMs: 1234 },
      ...{ step: 15, totalSteps: 15, stepsPerEpoch: 5, trainLoss: 0.5 },
      ...{ test: { loss: 0.25, accuracy: 0.75, r2: null }, threads: 2, build: "simd" },
    });
  });

  it("of one that diverged are the step whose loss was not finite, and the time from start to end", () => {
    const message = "The loss is NaN.";
    const diverged: EndedRun = {
      ...{ ...run, outcome: "failed", lastEpoch: null },
      ended: { type: "failed", failure: { reason: "diverged", message, step: 13, nodeId: "fc1" } },
    };
    expect(endedRunFacts(diverged)).toMatchObject({ step: 13, elapsedMs: 4500, trainLoss: null, test: null });
  });

  it("of one that broke off are those of the last frame", () => {
    const ended = { type: "failed", failure: { reason: "crashed", message: "" } } as const;
    expect(endedRunFacts({ ...run, outcome: "failed", ended })).toMatchObject({ step: 12 });
    expect(endedRunFacts({ ...run, outcome: "failed", ended, progress: null })).toMatchObject({ step: 0 });
  });
});
