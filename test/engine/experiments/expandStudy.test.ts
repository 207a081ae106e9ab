import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EpochOrders } from "../../../engine/data/batching.ts";
import { expandStudy, type StudyRun } from "../../../engine/experiments/expandStudy.ts";
import { parseStudy, type Study } from "../../../engine/experiments/study.ts";
import { axisValueName } from "../../../engine/experiments/studyAxes.ts";
import { compile, parse } from "../../../engine/index.ts";
import { initialTensors } from "../../../engine/train/initializers.ts";
import { createStream } from "../../../engine/train/rng.ts";

const parsed = parse(readFileSync("examples/mlp-bn.layerscope", "utf8"));
if (!parsed.ok) throw new Error("mlp-bn does not open");
const document = parsed.value;

const studyOf = (axes: readonly unknown[], more: object = {}): Study => {
  const study = parseStudy(
    JSON.stringify({
      ...{ format: "layerscope-study", version: 1, title: "", document: "x", search: { by: "grid" }, axes },
      ...more,
    }),
  );
  if (!study.ok) throw new Error(study.error);
  return study.value;
};

const runsOf = (axes: readonly unknown[], more: object = {}): readonly StudyRun[] => {
  const runs = expandStudy(studyOf(axes, more), document);
  if (!runs.ok) throw new Error(runs.error);
  return runs.value;
};

const problemOf = (axes: readonly unknown[], more: object = {}): string => {
  const runs = expandStudy(studyOf(axes, more), document);
  return runs.ok ? "" : runs.error;
};

const tensorsOf = ({ document: run }: StudyRun) => {
  const dataset = { sampleShape: [1, 28, 28], numClasses: 10, trainCount: 1000, testCount: 100 };
  const { program } = compile(run, { dataset, numCores: 2 });
  if (program === null) throw new Error("does not compile");
  return new Map(
    initialTensors(program, run.training.initializer, run.training.seed).map(({ name, data }) => [name, data]),
  );
};

describe("paired runs", () => {
  const runs = runsOf([{ vary: "normalization", values: ["none", "batch", "layer"] }]);

  test("start with the same bits in every layer they share, in the same order of samples", () => {
    const [none, batch, layer] = runs.map(tensorsOf);
    const dense = [...none!.keys()];
    expect(dense.length).toBe(12);
    for (const name of dense) {
      expect(batch?.get(name)).toEqual(none?.get(name));
      expect(layer?.get(name)).toEqual(none?.get(name));
    }
    expect(batch?.has("bn1.runningMean")).toBe(true);
    expect(layer?.has("bn1.gamma") && !layer.has("bn1.runningMean")).toBe(true);
    const orders = runs.map(({ document: run }) => [
      ...new EpochOrders(100, (epoch) => createStream(run.training.seed, `shuffle:${epoch}`)).enter(1),
    ]);
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
  });

  test("differ in nothing but what is varied", () => {
    const bypassed = runs[0]?.document.nodes.filter(({ bypassed: off }) => off).map(({ id }) => id);
    expect(bypassed).toEqual(["bn1", "bn2", "bn3", "bn4", "bn5"]);
    expect(runs[1]?.document).toEqual(document);
    expect(runs[2]?.document.nodes.filter(({ kind }) => kind === "layerNorm").map(({ id }) => id)).toEqual(bypassed);
  });
});

describe("a study", () => {
  test("of the examples has 32 runs, from 1 to 0.0001 by equal factors", () => {
    const study = parseStudy(readFileSync("examples/studies/scales16.study.json", "utf8"));
    if (!study.ok) throw new Error(study.error);
    const runs = expandStudy(study.value, document);
    if (!runs.ok) throw new Error(runs.error);
    expect(runs.value.map(({ id }) => id).slice(0, 2)).toEqual(["run-001", "run-002"]);
    const scales = runs.value
      .filter((_, at) => at % 2 === 0)
      .map(({ assignment }) => Number(assignment.initializerScale));
    expect(scales.length).toBe(16);
    expect(scales[0]).toBe(1);
    expect(scales[15]).toBe(0.0001);
    for (const [at, scale] of scales.entries()) expect(Math.log10(scale)).toBeCloseTo((-4 * at) / 15, 12);
    expect(runs.value[31]?.document.training).toMatchObject({
      initializer: { name: "normal", std: 0.0001 },
      ...{ epochs: 20, batchSize: 100, learningRate: 0.01 },
    });
  });

  test("as a list takes the values side by side, at random the same ones for the same seed", () => {
    const axes = [
      { vary: "batchSize", values: [5, 10] },
      { vary: "learningRate", values: [0.1, 0.2] },
    ];
    expect(runsOf(axes, { search: { by: "list" } }).map(({ assignment }) => assignment)).toEqual([
      { batchSize: 5, learningRate: 0.1 },
      { batchSize: 10, learningRate: 0.2 },
    ]);
    const drawn = [{ vary: "learningRate", values: { from: 0.001, to: 1, count: 2, scale: "log" } }];
    const rates = (seed: number) =>
      runsOf(drawn, { search: { by: "random", count: 200, seed } }).map(({ assignment }) =>
        Number(assignment.learningRate),
      );
    expect(rates(1)).toEqual(rates(1));
    expect(rates(1)).not.toEqual(rates(2));
    // Uniform in the logarithm: half of the draws are below the geometric mean, give or take 3 σ.
    expect(Math.abs(rates(1).filter((rate) => rate < Math.sqrt(0.001)).length - 100)).toBeLessThan(22);
  });

  test("as a list may take a value again", () => {
    const axes = [
      { vary: "batchSize", values: [5, 10, 20] },
      { vary: "learningRate", values: [0.1, 0.1, 0.2] },
    ];
    expect(runsOf(axes, { search: { by: "list" } }).length).toBe(3);
  });

  test("sets params by node and by kind, and bypasses nodes", () => {
    const [small] = runsOf([{ vary: "param", node: "fc1", name: "units", values: [20, 40] }]);
    expect(small?.document.nodes.find(({ id }) => id === "fc1")?.params.units).toBe(20);
    const [all] = runsOf([{ vary: "param", kind: "batchNorm", name: "momentum", values: [0.5] }]);
    expect(all?.document.nodes.filter(({ params }) => params.momentum === 0.5).length).toBe(5);
    const [off, on] = runsOf([{ vary: "bypass", nodes: ["bn2"], values: [true, false] }]);
    expect(off?.document.nodes.find(({ id }) => id === "bn2")?.bypassed).toBe(true);
    expect(on?.document).toEqual(document);
  });

  test("gives every activation another kind", () => {
    const [tanh, gelu] = runsOf([{ vary: "activation", values: ["tanh", "gelu"] }]);
    const kindsOf = (run: StudyRun | undefined) =>
      run?.document.nodes.filter(({ id }) => id.startsWith("relu")).map(({ kind }) => kind);
    expect(kindsOf(tanh)).toEqual(["tanh", "tanh", "tanh", "tanh", "tanh"]);
    expect(gelu?.document.nodes.find(({ id }) => id === "relu1")?.params).toEqual({ approximation: "none" });
  });

  test("varies the schedule and the clipping", () => {
    const cosine = { name: "cosine", finalFactor: 0.1 };
    const runs = runsOf([
      { vary: "schedule", values: [{ name: "constant" }, cosine] },
      { vary: "clipNorm", values: [null, 5] },
    ]);
    expect(runs[3]?.document.training).toMatchObject({ schedule: cosine, clipNorm: 5 });
    expect(runs[0]?.document.training).toEqual(document.training);
  });

  test("calls its values by their names, or in short", () => {
    const named = studyOf([{ vary: "normalization", values: ["batch", "none"], names: ["BatchNorm", "no BatchNorm"] }]);
    expect(named.axes[0] && axisValueName(named.axes[0], "none")).toBe("no BatchNorm");
    const [scales, optimizer, batch] = studyOf([
      { vary: "initializerScale", values: { from: 1, to: 0.0001, count: 16, scale: "log" } },
      { vary: "optimizer", values: [{ name: "momentum", momentum: 0.5 }] },
      { vary: "batchSize", values: [12_345] },
    ]).axes;
    expect(scales && axisValueName(scales, 0.003981071705534973)).toBe("0.00398");
    expect(optimizer && axisValueName(optimizer, { name: "momentum", momentum: 0.5 })).toBe("Momentum, momentum 0.5");
    expect(batch && axisValueName(batch, 12_345)).toBe("12345");
  });

  test.each([
    [[{ vary: "seed", values: [1, 2], names: ["first"] }], "axes[0] has 2 values and 1 name; each value needs one."],
    [
      [{ vary: "learningRate", values: [0.1, -1] }],
      "axes[0] (learningRate) with -1: learningRate is -1, expected more than 0",
    ],
    [[{ vary: "batchSize", values: [2.5] }], "batchSize is 2.5, expected a whole number"],
    [[{ vary: "seed", values: [1, 1] }], "axes[0].values[1] is 1, as values[0] is."],
    [[{ vary: "bypass", nodes: ["bn9"], values: [true] }], 'the document has no node "bn9"'],
    [[{ vary: "param", node: "fc1", name: "size", values: [1] }], 'dense has no param "size"'],
    [[{ vary: "param", name: "units", values: [1] }], 'needs either "node" or "kind"'],
    [
      [
        { vary: "initializer", values: [{ name: "heNormal" }] },
        { vary: "seed", values: [1, 2] },
        { vary: "initializerScale", values: [0.1, 1] },
      ],
      "axes[2] sets how all weights start, as axes[0] does",
    ],
    [
      [{ vary: "initializerScale", values: { from: 1, to: 0, count: 4, scale: "log" } }],
      "goes from 1 to 0; a log scale needs both above 0.",
    ],
    [
      [
        { vary: "seed", values: { from: 1, to: 200, count: 200, scale: "linear" } },
        { vary: "learningRate", values: { from: 0.1, to: 1, count: 100, scale: "log" } },
      ],
      "The grid has 20,000 runs; 10,000 are allowed.",
    ],
  ])("%j is refused", (axes, words) => expect(problemOf(axes)).toContain(words));

  test("without test samples stops early by what is measured only", () => {
    const stops = (metric: string) => ({ metric, patience: 1, minDelta: 0, restoreBest: false });
    const axes = [{ vary: "seed", values: [1] }];
    expect(problemOf(axes, { testSamples: 0, training: { earlyStopping: stops("testLoss") } })).toContain(
      "testSamples is 0, but early stopping judges by testLoss.",
    );
    expect(problemOf(axes, { testSamples: 0, training: { earlyStopping: stops("trainLoss") } })).toBe("");
    const apart = { earlyStopping: stops("testLoss"), validation: { count: 50 } };
    expect(problemOf(axes, { testSamples: 0, training: apart })).toBe("");
  });

  test("says what is wrong with its file", () => {
    expect(parseStudy(`\ufeff${readFileSync("examples/studies/scales16.study.json", "utf8")}`).ok).toBe(true);
    expect(parseStudy("{")).toMatchObject({ ok: false, error: expect.stringContaining("not JSON") });
    expect(parseStudy('{"format":"layerscope"}')).toMatchObject({
      error: expect.stringContaining('should be "layerscope-study" and is "layerscope"'),
    });
    expect(() => studyOf([{ vary: "learningRat", values: [1] }])).toThrow(/axes\[0\].*learningRat/);
  });
});
