import { describe, expect, test } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { type HealthFinding, HealthWatch } from "../../../engine/telemetry/health.ts";
import { healthNet } from "../../../engine/telemetry/healthNet.ts";
import type { Frame, Histogram, NodeStatistics, WeightStatistics } from "../../../engine/telemetry/statistics.ts";
import { applied, chain, type NodeSketch } from "../compile/documents.ts";

const histogram: Histogram = { low: -1, high: 1, counts: new Uint32Array(64), underflow: 0, overflow: 0 };

const measured = (nodeId: string, changes: Partial<NodeStatistics> = {}): NodeStatistics => ({
  nodeId,
  count: 100,
  mean: 0,
  std: 1,
  min: -1,
  max: 1,
  zeros: 0,
  nonFinite: 0,
  histogram,
  channelMeans: histogram,
  channelStds: histogram,
  deadChannels: 0,
  numChannels: 128,
  saturated: null,
  gradient: null,
  weights: [],
  batchNorm: null,
  ...changes,
});

/** Weights of std 1 with an update of this std; null: frozen. */
const weight = (updateStd: number | null): WeightStatistics => ({
  name: "weight",
  count: 10,
  mean: 0,
  std: 1,
  min: -1,
  max: 1,
  meanMagnitude: 0.8,
  nonFinite: 0,
  histogram,
  gradient: null,
  update: updateStd === null ? null : { mean: 0, std: updateStd, meanMagnitude: updateStd },
});

const frame = (step: number, nodes: Readonly<Record<string, number | Partial<NodeStatistics>>>): Frame => ({
  step,
  samples: null,
  nodes: Object.entries(nodes).map(([id, about]) => measured(id, typeof about === "number" ? { std: about } : about)),
});

const watchOf = (document: LayerscopeDocument, rateShareAt?: (step: number) => number): HealthWatch => {
  const { program, diagnostics } = compile(document);
  if (program === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return new HealthWatch(healthNet(program), rateShareAt);
};

const flatNet = (...between: readonly NodeSketch[]): LayerscopeDocument =>
  chain(["input", "input", { shape: [784] }], ...between, ["dense", "logits", { units: 10 }], ["output", "output"]);

const plain = flatNet(
  ["dense", "fc1"],
  ["relu", "relu1"],
  ["dense", "fc2"],
  ["relu", "relu2"],
  ["dense", "fc3"],
  ["relu", "relu3"],
  ["dense", "fc4"],
  ["relu", "relu4"],
);

/** Rules by node at the last of the frames. */
const judged = (document: LayerscopeDocument, ...frames: readonly Frame[]): readonly HealthFinding[] => {
  const watch = watchOf(document);
  for (const each of frames) watch.observe(each);
  const last = frames.at(-1);
  return last === undefined ? [] : watch.findingsAt(last);
};
const named = (findings: readonly HealthFinding[]): readonly string[] =>
  findings.map(({ rule, nodeId }) => `${rule} ${nodeId}`);

describe("vanishing and exploding", () => {
  test("names the layer where the std falls below half of its neighbour's and a tenth of the guide", () => {
    const [only, ...others] = judged(plain, frame(1, { input: 1, fc1: 0.096, fc2: 0.006, fc3: 0.9, fc4: 1 }));
    expect(others).toEqual([]);
    expect(only).toEqual({
      rule: "vanishing",
      nodeId: "fc2",
      std: 0.006,
      from: { nodeId: "fc1", std: 0.096 },
      along: "neighbour",
      severity: "warning",
      step: 1,
      since: 1,
    });
  });

  test("compares layers with weights with each other, whatever activations make of the std between them", () => {
    expect(judged(plain, frame(1, { input: 1, fc1: 1, relu1: 0.02, fc2: 0.4, relu2: 0.01, fc3: 0.3 }))).toEqual([]);
  });

  test("a std of exactly the limits is no finding", () => {
    expect(judged(plain, frame(1, { input: 1, fc1: 0.05, fc2: 0.05, fc3: 0.05 }))).toEqual([]);
    expect(judged(plain, frame(1, { input: 1, fc1: 20, fc2: 20, fc3: 20 }))).toEqual([]);
    expect(named(judged(plain, frame(1, { input: 1, fc1: 0.0499 })))).toEqual(["vanishing fc1"]);
    expect(named(judged(plain, frame(1, { input: 1, fc1: 20.1 })))).toEqual(["exploding fc1"]);
  });

  test("a slow fall from layer to layer is one along the depth, and stays one where it does not come back", () => {
    const findings = judged(plain, frame(1, { input: 0.9, fc1: 0.32, fc2: 0.16, fc3: 0.081, fc4: 0.042 }));
    expect(named(findings)).toEqual(["vanishing fc4"]);
    expect(findings[0]).toMatchObject({ along: "depth", from: { nodeId: "input", std: 0.9 } });
    const low = judged(plain, frame(1, { input: 1, fc1: 0.01, fc2: 0.012, fc3: 0.011, fc4: 0.5 }));
    expect(named(low)).toEqual(["vanishing fc1", "vanishing fc2", "vanishing fc3"]);
    expect(low[2]).toMatchObject({ along: "depth", from: { nodeId: "input", std: 1 } });
    const rising = judged(plain, frame(1, { input: 1, fc1: 1e-9, fc2: 1e-6, fc3: 0.049, fc4: 0.051 }));
    expect(named(rising)).toEqual(["vanishing fc1", "vanishing fc2", "vanishing fc3"]);
  });

  test("growth is judged the other way round, and is the graver", () => {
    const findings = judged(plain, frame(1, { input: 1, fc1: 8, fc2: 15, fc3: 29, fc4: 500 }));
    expect(named(findings)).toEqual(["exploding fc3", "exploding fc4"]);
    expect(findings).toMatchObject([
      { along: "depth", from: { nodeId: "input" }, severity: "error" },
      { along: "neighbour", from: { nodeId: "fc3", std: 29 } },
    ]);
  });

  test("a std that overflows has exploded; values that are not finite are no signal to judge", () => {
    const diverged = {
      input: 1,
      fc1: 8e14,
      fc2: Infinity,
      fc3: { std: 0, nonFinite: 100 },
      fc4: { std: 0, nonFinite: 100 },
    };
    expect(named(judged(plain, frame(1, diverged)))).toEqual(["exploding fc1", "exploding fc2"]);
    expect(judged(plain, frame(1, { input: 0, fc1: 0, fc2: 0 }))).toEqual([]);
  });

  test("the layer that predicts may have the scale that the loss asks for", () => {
    expect(judged(plain, frame(1, { input: 1, fc4: 1, logits: 0.001 }))).toEqual([]);
    expect(judged(plain, frame(1, { input: 1, fc4: 1, logits: 80 }))).toEqual([]);
  });

  test("what a normalization follows may have any scale, as long as ε does not outweigh it", () => {
    const normalized = flatNet(
      ["dense", "fc1"],
      ["relu", "relu1"],
      ["batchNorm", "bn1"],
      ["dense", "fc2"],
      ["relu", "relu2"],
    );
    expect(judged(normalized, frame(1, { input: 1, fc1: 0.01, bn1: 1, fc2: 1 }))).toEqual([]);
    expect(judged(normalized, frame(1, { input: 1, fc1: 500, bn1: 1, fc2: 1 }))).toEqual([]);
    // 0.003² is less than ε = 1e−5.
    expect(named(judged(normalized, frame(1, { input: 1, fc1: 0.003, bn1: 0.7, fc2: 1 })))).toEqual(["vanishing fc1"]);
    expect(named(judged(normalized, frame(1, { input: 1, fc1: 0.01, bn1: 1, fc2: 0.01 })))).toEqual(["vanishing fc2"]);
    const running = flatNet(
      ["dense", "fc1"],
      ["batchNorm", "bn1", { statistics: "running" }],
      ["dense", "fc2"],
      ["relu", "relu2"],
    );
    expect(named(judged(running, frame(1, { input: 1, fc1: 0.01, bn1: 0.01, fc2: 1 })))).toEqual(["vanishing fc1"]);
    const squashed = flatNet(
      ["dense", "fc1"],
      ["tanh", "tanh1"],
      ["layerNorm", "ln1"],
      ["dense", "fc2"],
      ["relu", "relu2"],
    );
    expect(named(judged(squashed, frame(1, { input: 1, fc1: 500, ln1: 1, fc2: 1 })))).toEqual(["exploding fc1"]);
  });

  test("one way past the normalization is enough to need the scale", () => {
    const forked = applied(
      flatNet(["dense", "fc1"], ["batchNorm", "bn1"], ["relu", "relu1"], ["dense", "fc2"], ["relu", "relu2"]),
      [
        { type: "deleteEdges", edges: [{ from: { node: "bn1", port: "out" }, to: { node: "relu1", port: "in" } }] },
        { type: "addNode", kind: "add", id: "add1", position: { x: 300, y: 0 } },
        { type: "connectPorts", from: { node: "bn1", port: "out" }, to: { node: "add1", port: "in" } },
        { type: "connectPorts", from: { node: "fc1", port: "out" }, to: { node: "add1", port: "in" } },
        { type: "connectPorts", from: { node: "add1", port: "out" }, to: { node: "relu1", port: "in" } },
      ],
    );
    expect(named(judged(forked, frame(1, { input: 1, fc1: 0.01, bn1: 1, add1: 1, fc2: 1 })))).toEqual([
      "vanishing fc1",
    ]);
    expect(named(judged(forked, frame(1, { input: 1, fc1: 1, bn1: 1, add1: 50, fc2: 1 })))).toEqual(["exploding add1"]);
    // A sum is compared with the strongest of what it adds.
    expect(named(judged(forked, frame(1, { input: 30, fc1: 30, bn1: 1, add1: 31, fc2: 1 })))).toEqual([]);
  });
});

describe("dead, saturated and not learning", () => {
  test("channels that are zero on the whole batch count after a ReLU, from the second measured step on", () => {
    const dead = { relu1: { deadChannels: 3 }, fc2: { deadChannels: 5 } };
    expect(judged(plain, frame(1, dead))).toEqual([]);
    expect(judged(plain, frame(1, dead), frame(12, dead))).toEqual([
      { rule: "dead", nodeId: "relu1", dead: 3, channels: 128, severity: "warning", step: 12, since: 1 },
    ]);
    const leaky = flatNet(["dense", "fc1"], ["leakyRelu", "leaky1"]);
    expect(judged(leaky, frame(1, { leaky1: { deadChannels: 3 } }), frame(2, { leaky1: { deadChannels: 3 } }))).toEqual(
      [],
    );
  });

  test("half of the values in the flat parts of tanh or sigmoid, but not of the sigmoid that predicts", () => {
    const squashed = flatNet(["dense", "fc1"], ["tanh", "tanh1"]);
    expect(judged(squashed, frame(1, { tanh1: { saturated: 0.499 } }))).toEqual([]);
    expect(judged(squashed, frame(1, { tanh1: { saturated: 0.5 } }))).toMatchObject([
      { rule: "saturated", share: 0.5 },
    ]);
    const predicts = chain(
      ["input", "input", { shape: [784] }],
      ["dense", "fc1", { units: 10 }],
      ["sigmoid", "sigmoid1"],
      ["output", "output"],
    );
    expect(judged(predicts, frame(1, { fc1: 80, sigmoid1: { saturated: 0.9 } }))).toEqual([]);
  });

  test("updates below 10⁻⁵ of the weights at three measured steps in a row; frozen weights never", () => {
    const slow = {
      fc1: { weights: [weight(9e-6)] },
      fc2: { weights: [weight(1.1e-5)] },
      fc3: { weights: [weight(null)] },
    };
    expect(judged(plain, frame(1, slow), frame(2, slow))).toEqual([]);
    const [only, ...others] = judged(plain, frame(1, slow), frame(2, slow), frame(3, slow));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ rule: "notLearning", nodeId: "fc1", weight: "weight", since: 1 });
    expect(only?.rule === "notLearning" && only.ratio).toBeCloseTo(Math.log10(9e-6), 12);
    const still = { fc1: { weights: [weight(0)] } };
    expect(judged(plain, frame(1, still), frame(2, still), frame(3, still))).toMatchObject([{ ratio: -Infinity }]);
  });

  test("a schedule that holds the learning rate down means small updates", () => {
    const slow = { fc1: { weights: [weight(1e-7)] } };
    const watch = watchOf(plain, (step) => (step < 4 ? 0.09 : 0.1));
    for (const step of [1, 2, 3, 4, 5]) watch.observe(frame(step, slow));
    expect(watch.findingsAt(frame(5, slow))).toEqual([]);
    watch.observe(frame(6, slow));
    expect(watch.findingsAt(frame(6, slow))).toMatchObject([{ rule: "notLearning", since: 4 }]);
  });
});

describe("since when", () => {
  const bad = { input: 1, fc1: 0.001, fc2: 1 };
  const good = { input: 1, fc1: 1, fc2: 1 };

  test("is the first measured step of the unbroken stretch up to the one shown", () => {
    const frames = [frame(1, bad), frame(10, good), frame(20, bad), frame(35, bad), frame(50, good), frame(60, bad)];
    const watch = watchOf(plain);
    for (const each of frames) watch.observe(each);
    expect(
      frames.map((each) =>
        watch
          .findingsAt(each)
          .map(({ since, step }) => `${since} at ${step}`)
          .join(),
      ),
    ).toEqual(["1 at 1", "", "20 at 20", "20 at 35", "", "60 at 60"]);
  });

  test("a rule that wants steps in a row is silent at the first of them, also when one looks back", () => {
    const dead = { relu1: { deadChannels: 1 } };
    const frames = [1, 2, 3].map((step) => frame(step, dead));
    const watch = watchOf(plain);
    for (const each of frames) watch.observe(each);
    expect(frames.map((each) => watch.findingsAt(each).length)).toEqual([0, 1, 1]);
  });
});

describe("gradients along the depth", () => {
  const net = flatNet(
    ["dense", "fc1", { units: 10 }],
    ["sigmoid", "s1"],
    ["dense", "fc2", { units: 1000 }],
    ["sigmoid", "s2"],
    ["dense", "fc3", { units: 10 }],
    ["sigmoid", "s3"],
  );
  /** Norms of the gradients of fc1, fc2, fc3 and the logits; layers have values of different number. */
  const norms = (step: number, ...values: readonly number[]): Frame =>
    frame(
      step,
      Object.fromEntries(
        ["fc1", "fc2", "fc3", "logits"].map((id, index) => {
          const count = id === "fc2" ? 10_000 : 100;
          const std = (values[index] ?? 0) / Math.sqrt(count);
          return [id, { count, gradient: { mean: 0, std, nonFinite: 0 } }];
        }),
      ),
    );
  const told = (...frames: readonly Frame[]): readonly string[] => {
    const watch = watchOf(net);
    for (const each of frames) watch.observe(each);
    const last = frames.at(-1);
    return last === undefined
      ? []
      : watch.findingsAt(last).map(({ rule, nodeId, since }) => `${rule} ${nodeId} ${since}`);
  };

  test("vanish where their norm falls a thousandfold, layer by layer, at two steps in a row", () => {
    const fading = [0.0009, 0.01, 0.1, 1];
    expect(told(norms(1, ...fading))).toEqual([]);
    expect(told(norms(1, ...fading), norms(4, ...fading))).toEqual(["vanishingGradient fc1 1"]);
    expect(told(norms(1, ...fading), norms(4, 0.0011, 0.01, 0.1, 1))).toEqual([]);
    // It rises on the way: the fall that began at the logits has ended.
    expect(told(norms(1, 0.0009, 0.5, 0.1, 1), norms(2, 0.0009, 0.5, 0.1, 1))).toEqual([]);
  });

  test("explode where it grows so, and stay told further down", () => {
    const growing = [1500, 1100, 30, 1];
    expect(told(norms(1, ...growing), norms(2, ...growing))).toEqual([
      "explodingGradient fc1 1",
      "explodingGradient fc2 1",
    ]);
  });

  test("are not judged while the signal itself vanishes", () => {
    const fading = norms(1, 0.0001, 0.01, 0.1, 1);
    const dim = (step: number): Frame => ({
      ...fading,
      step,
      nodes: [
        measured("input"),
        ...fading.nodes.map((node) => (node.nodeId === "fc1" ? { ...node, std: 0.001 } : node)),
      ],
    });
    expect(told(dim(1), dim(2))).toEqual(["vanishing fc1 1"]);
  });
});
