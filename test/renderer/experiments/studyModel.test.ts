import { describe, expect, it } from "vitest";
import { curveCells, curveRange } from "../../../renderer/experiments/curveCells.ts";
import { metricOf } from "../../../renderer/experiments/runMetrics.ts";
import { paramsWords } from "../../../renderer/experiments/studyModel.ts";
import { sweptView } from "../../../renderer/experiments/sweptLines.ts";
import { epochOf, studyOf } from "./studyOf.ts";

const scales = { vary: "initializerScale", values: { from: 1, to: 0.0001, count: 9, scale: "log" } } as const;
const norms = { vary: "normalization", values: ["batch" as const, "none" as const] } satisfies object as {
  vary: "normalization";
  values: ("batch" | "none")[];
};
const seeds = { vary: "seed", values: [1, 2, 3] } as { vary: "seed"; values: number[] };

describe("what each axis of a study is for", () => {
  it("gives the swept scale the cells and the normalization the lines", () => {
    const { model } = studyOf({ axes: [scales, norms] });
    expect(model.cellAxis?.title).toBe("Initial std");
    expect(model.cellAxis?.isLog).toBe(true);
    expect(model.variants.map(({ title }) => title)).toEqual(["BatchNorm", "no BatchNorm"]);
    expect(model.variants.map(({ style }) => style)).toEqual([0, 1]);
    expect(model.seedAxis).toBeNull();
  });

  it("prefers the numeric of two axes with as many values", () => {
    const { model } = studyOf({
      axes: [
        { vary: "normalization", values: ["batch", "layer", "none"] },
        { vary: "batchSize", values: [5, 10, 50] },
      ],
    });
    expect(model.cellAxis?.id).toBe("batchSize");
    expect(model.variants).toHaveLength(3);
  });

  it("shows few values of a single axis as lines of one chart, many as cells", () => {
    const few = studyOf({ axes: [{ vary: "learningRate", values: [0.001, 0.01, 0.1] }] }).model;
    expect(few.cellAxis).toBeNull();
    expect(few.variants.map(({ title }) => title)).toEqual([
      "learning rate 0.001",
      "learning rate 0.01",
      "learning rate 0.1",
    ]);
    const many = studyOf({ axes: [scales] }).model;
    expect(many.cellAxis?.values).toHaveLength(9);
    expect(many.variants).toEqual([{ key: "", title: "", style: 0 }]);
  });

  it("takes seeds together, unless nothing else is varied", () => {
    expect(studyOf({ axes: [norms, seeds] }).model.seedAxis?.id).toBe("seed");
    expect(studyOf({ axes: [norms, seeds] }).model.variants).toHaveLength(2);
    expect(studyOf({ axes: [seeds] }).model.seedAxis).toBeNull();
    expect(studyOf({ axes: [seeds] }).model.variants).toHaveLength(3);
  });

  it("draws the runs of a list as lines that its first choice tells apart", () => {
    const { model } = studyOf({
      search: { by: "list" },
      axes: [
        { vary: "optimizer", values: [{ name: "sgd" }, { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }] },
        { vary: "learningRate", values: [0.01, 0.001] },
      ],
    });
    expect(model.cellAxis).toBeNull();
    expect(model.variants.map(({ title }) => title)).toEqual(["SGD", "Adam"]);
  });

  it("says what a run differs in", () => {
    const { model, detail } = studyOf({ axes: [scales, norms] });
    expect(detail.runs.slice(2, 4).map((run) => paramsWords(model, run))).toEqual([
      "initial std 0.316, BatchNorm",
      "initial std 0.316, no BatchNorm",
    ]);
  });
});

describe("curves", () => {
  it("are the mean and the sample's std over seeds, epoch by epoch", () => {
    const accuracies: Readonly<Record<number, number>> = { 1: 0.5, 2: 0.7, 3: 0.9 };
    const { model, detail } = studyOf({ axes: [norms, seeds] }, ({ seed, normalization }) => ({
      epochs:
        normalization === "batch"
          ? [epochOf(1, accuracies[Number(seed)] ?? 0, 0.4, 2), ...(seed === 1 ? [epochOf(2, 0.6, 0.5, 1)] : [])]
          : [],
    }));
    const [cell] = curveCells(model, detail.runs, "train");
    const [line, other] = cell?.lines ?? [];
    expect(line?.points[0]?.mean).toBeCloseTo(0.7, 12);
    expect(line?.points[0]?.std).toBeCloseTo(0.2, 12);
    expect(line?.points[0]?.count).toBe(3);
    // One seed is ahead of the others.
    expect(line?.points[1]).toEqual({ epoch: 2, mean: 0.6, std: 0, count: 1 });
    expect(other?.points).toEqual([]);
    const [low, high] = curveRange(cell === undefined ? [] : [cell]) ?? [];
    expect(low).toBeCloseTo(0.5, 12);
    expect(high).toBeCloseTo(0.9, 12);
  });

  it("end where a run diverged, at the share of its epochs that it has trained", () => {
    const { model, detail } = studyOf({ axes: [norms] }, ({ normalization }) =>
      normalization === "none"
        ? { state: "diverged", step: 25, epochs: [epochOf(1, 0.1, 0.1, 9), epochOf(2, 0.3, 0.1, 99)] }
        : { epochs: [epochOf(1, 0.1, 0.1, 2)] },
    );
    const [cell] = curveCells(model, detail.runs, "train");
    expect(cell?.lines.map(({ divergences }) => divergences)).toEqual([[], [{ epoch: 2.5, value: 0.3 }]]);
  });
});

describe("a metric against the swept value", () => {
  it("has a line for each variant and part of the data, and says where runs diverged", () => {
    const { model, detail } = studyOf({ axes: [scales, norms] }, ({ initializerScale, normalization }) =>
      initializerScale === 1 && normalization === "none"
        ? { state: "diverged", step: 3, epochs: [] }
        : { epochs: [epochOf(1, 0.2, 0.1, 2), epochOf(2, 0.8, 0.6, 1), epochOf(3, 0.7, 0.5, 0.5)] },
    );
    const view = sweptView(model, detail.runs, "score");
    expect(view?.lines.map(({ metric, points }) => [metric, points.length])).toEqual([
      ["bestTrain", 9],
      ["bestHeld", 9],
      ["bestTrain", 8],
      ["bestHeld", 8],
    ]);
    expect(view?.lines[0]?.points[0]?.mean).toBe(0.8);
    expect(view?.divergences.map(({ index, variant }) => [index, variant.title])).toEqual([[0, "no BatchNorm"]]);
    const loss = sweptView(model, detail.runs, "loss");
    expect(loss?.lines[0]?.points[0]?.mean).toBe(0.5);
  });

  it("has no final loss of a run that diverged, but what it had reached", () => {
    const { detail } = studyOf({ axes: [norms] }, () => ({ state: "diverged", epochs: [epochOf(1, 0.4, 0.3, 5)] }));
    const [run] = detail.runs;
    if (run === undefined) throw new Error("no run");
    expect(metricOf(run, "finalLoss")).toBeNull();
    expect(metricOf(run, "bestTrain")).toBe(0.4);
  });
});
