import { describe, expect, test } from "vitest";
import { measuresOf } from "../../../engine/experiments/runMeasures.ts";
import { bestRun, spreadOf, summarizeRuns } from "../../../engine/experiments/summarize.ts";

const epoch = (loss: number, trainAccuracy: number, testAccuracy: number, validationAccuracy?: number) => ({
  ...{ loss, trainAccuracy, testLoss: loss * 2, testAccuracy },
  ...(validationAccuracy === undefined ? {} : { validationLoss: loss * 3, validationAccuracy }),
});

const run = (id: string, params: Readonly<Record<string, string | number>>, test: number, diverged = false) => ({
  ...{ id, params, diverged },
  measures: measuresOf([epoch(1 - test, test + 0.1, test)], diverged),
});

describe("what is told of a run", () => {
  test("is its last epoch and its best", () => {
    expect(measuresOf([epoch(2, 0.3, 0.2), epoch(1, 0.9, 0.8), epoch(0.5, 0.95, 0.7)], false)).toMatchObject({
      finalLoss: 0.5,
      ...{ finalTrainAccuracy: 0.95, bestTrainAccuracy: 0.95 },
      ...{ finalTestLoss: 1, finalTestAccuracy: 0.7, bestTestAccuracy: 0.8 },
      ...{ finalValidationLoss: null, finalValidationAccuracy: null, bestValidationAccuracy: null },
    });
    expect(measuresOf([epoch(1, 0.5, 0.4, 0.6), epoch(0.5, 0.6, 0.5, 0.55)], false)).toMatchObject({
      ...{ finalValidationLoss: 1.5, finalValidationAccuracy: 0.55, bestValidationAccuracy: 0.6 },
    });
  });

  test("has no final loss where the net diverged, and none where a file says null", () => {
    expect(measuresOf([epoch(2, 0.3, 0.2)], true)).toMatchObject({ finalLoss: null, bestTestAccuracy: 0.2 });
    expect(measuresOf([{ loss: null, trainAccuracy: null }], false)).toMatchObject({ finalLoss: null });
    expect(measuresOf([], false).bestTestAccuracy).toBeNull();
  });
});

describe("runs that differ in the seed only", () => {
  test("have a mean and the standard deviation of a sample", () => {
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, Σ(x − 5)² = 32, n − 1 = 7.
    expect(spreadOf([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, std: Math.sqrt(32 / 7), n: 8 });
    expect(spreadOf([3, null])).toEqual({ mean: 3, std: null, n: 1 });
    expect(spreadOf([null])).toBeNull();
  });

  test("are one combination, wherever they stand", () => {
    const runs = [
      run("run-001", { normalization: "batch", seed: 1 }, 0.8),
      run("run-002", { normalization: "none", seed: 1 }, 0.1, true),
      run("run-003", { normalization: "batch", seed: 2 }, 0.6),
      run("run-004", { seed: 2, normalization: "none" }, 0.2),
    ];
    const [batch, none, ...rest] = summarizeRuns(runs);
    expect(rest).toEqual([]);
    expect(batch).toMatchObject({ params: { normalization: "batch" }, runIds: ["run-001", "run-003"], numDiverged: 0 });
    expect(batch?.metrics.finalTestAccuracy?.mean).toBeCloseTo(0.7, 12);
    expect(batch?.metrics.finalTestAccuracy?.std).toBeCloseTo(Math.SQRT2 / 10, 12);
    expect(none).toMatchObject({ runIds: ["run-002", "run-004"], numDiverged: 1 });
    expect(none?.metrics.finalLoss).toMatchObject({ n: 1, std: null });
    expect(none?.metrics.bestTestAccuracy?.n).toBe(2);
  });

  test("the best one is the highest accuracy or the lowest loss, the first of equals", () => {
    const runs = [run("a", {}, 0.5), run("b", {}, 0.9), run("c", {}, 0.9), run("d", {}, 0.95, true)];
    expect(bestRun(runs, "finalTestAccuracy")?.id).toBe("d");
    expect(bestRun(runs.slice(0, 3), "finalTestAccuracy")?.id).toBe("b");
    expect(bestRun(runs, "finalLoss")?.id).toBe("b");
    expect(bestRun(runs, "bestValidationAccuracy")).toBeNull();
  });
});
