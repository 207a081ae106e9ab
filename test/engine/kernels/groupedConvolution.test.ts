/** Depthwise and grouped convolutions in nets: training, evaluation and statistics as in float64, and the same bits on any threads. */
import { describe, expect, it } from "vitest";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { elementsOf } from "../../../engine/layer.ts";
import { fusedSteps } from "../../../engine/train/fusedSteps.ts";
import { chain, type NodeSketch } from "../compile/documents.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { dataOf, networkOf, normalValues, programOf, startOf } from "./nets.ts";

const BATCH = 21;

/** The layer between two plain convolutions, so that it has a gradient to give on; `between` follow it. */
const around = (
  channels: number,
  params: NonNullable<NodeSketch[2]>,
  between: readonly NodeSketch[] = [],
): LayerscopeDocument =>
  chain(
    ["input", "input", { shape: [3, 7, 6] }],
    ["conv2d", "before", { filters: channels, kernel: [2, 2], padding: "same" }],
    ["sigmoid", "curve"],
    ["conv2d", "apart", { padding: "same", ...params }],
    ...between,
    ["conv2d", "after", { filters: 5, kernel: [2, 2], padding: "same" }],
    ["flatten", "flatten"],
    ["dense", "classes", { units: 6 }],
    ["output", "output"],
  );

const normalized: readonly NodeSketch[] = [
  ["batchNorm", "bn1"],
  ["relu", "relu1"],
];

const depthwise = (channels: number, params: NonNullable<NodeSketch[2]> = {}): LayerscopeDocument =>
  around(channels, { filters: channels, groups: channels, ...params }, normalized);

const documents: Readonly<Record<string, LayerscopeDocument>> = {
  "depthwise 3 × 3": depthwise(8),
  "depthwise of an odd number of channels": depthwise(5),
  "depthwise without padding": depthwise(6, { padding: "valid" }),
  "depthwise with stride 2": depthwise(9, { stride: [2, 2] }),
  "depthwise 5 × 5 with stride 2": depthwise(4, { kernel: [5, 5], stride: [2, 2] }),
  "depthwise with dilation": depthwise(7, { dilation: [2, 2] }),
  "depthwise with everything uneven": depthwise(7, {
    kernel: [4, 3],
    stride: [1, 3],
    dilation: [2, 1],
    padding: [3, 1],
  }),
  "depthwise with a stride wider than the kernel": depthwise(3, { kernel: [1, 2], stride: [3, 3] }),
  "depthwise with a bias that stays": around(6, { filters: 6, groups: 6 }),
  "depthwise without bias": around(6, { filters: 6, groups: 6, bias: false }, [["relu", "relu1"]]),
  "depthwise that is frozen": around(6, { filters: 6, groups: 6, trainable: false }),
  "depthwise of the input": chain(
    ["input", "input", { shape: [3, 6, 5] }],
    ["conv2d", "apart", { filters: 3, groups: 3, padding: "valid" }],
    ["flatten", "flatten"],
    ["dense", "classes", { units: 6 }],
    ["output", "output"],
  ),
  "two filters a channel": around(5, { filters: 10, groups: 5 }, normalized),
  "four filters a channel": around(3, { filters: 12, groups: 3, stride: [2, 1] }),
  "groups of whole quads": around(12, { filters: 24, groups: 3 }, normalized),
  "groups of whole quads with stride 2": around(8, { filters: 8, groups: 2, stride: [2, 2] }),
  "groups whose outputs are no whole quads": around(8, { filters: 6, groups: 2 }, normalized),
  "groups whose inputs are no whole quads": around(6, { filters: 8, groups: 2, kernel: [3, 2], dilation: [1, 2] }),
  "groups of no whole quads": around(9, { filters: 15, groups: 3, padding: "valid" }),
  "groups with one output pixel": around(10, { filters: 4, groups: 2, kernel: [7, 6], padding: "valid" }),
  "groups without bias": around(4, { filters: 2, groups: 2, bias: false }, normalized),
  "groups that are frozen": around(6, { filters: 8, groups: 2, trainable: false }),
};

const settingsOf = (document: LayerscopeDocument) => {
  const program = programOf(document, BATCH);
  const samples = normalValues(BATCH * elementsOf(program.inputShape), 5);
  const labels = Array.from({ length: BATCH }, (_, n) => (n * 5) % 6);
  return { program, data: dataOf(program.inputShape, samples, labels), seed: 3 };
};

describe.each(["relaxed-simd", "simd"] as const)("the %s build", (build) => {
  it.each(Object.entries(documents))("trains as in float64: %s", async (_name, document) => {
    await expectSameAsReference({ ...settingsOf(document), build }, "classes");
  });
});

it.each(Object.entries(documents))("runs by kernels alone: %s", (_name, document) => {
  const steps = fusedSteps(settingsOf(document).program, document.training);
  expect(JSON.stringify(steps)).not.toContain("reference");
});

/** Both branches of a fork deliver a gradient to the same value: one overwrites, the other adds. */
const forked = (params: NonNullable<NodeSketch[2]>): LayerscopeDocument => {
  const before = around(6, params);
  return {
    ...before,
    nodes: [...before.nodes, { id: "sum", kind: "add", name: "sum", position: { x: 0, y: 0 }, params: {} }],
    edges: [
      ...before.edges.filter(({ to }) => to.node !== "after"),
      { from: { node: "apart", port: "out" }, to: { node: "sum", port: "in" } },
      { from: { node: "curve", port: "out" }, to: { node: "sum", port: "in" } },
      { from: { node: "sum", port: "out" }, to: { node: "after", port: "in" } },
    ],
  };
};

it.each([
  ["depthwise", { filters: 6, groups: 6 }],
  ["depthwise with dilation", { filters: 6, groups: 6, dilation: [2, 1] }],
  ["in groups", { filters: 6, groups: 2 }],
])("adds its gradient to that of another branch, %s", async (_name, params) => {
  await expectSameAsReference(settingsOf(forked(params)), "classes");
});

const THREADS = 3;

it.each([
  "depthwise with everything uneven",
  "two filters a channel",
  "groups of whole quads",
  "groups with one output pixel",
])("trains to the same bits on any threads: %s", async (name) => {
  const settings = settingsOf(documents[name] as LayerscopeDocument);
  const trace = async (threads: number): Promise<string> => {
    const network = await networkOf({ ...settings, threads, weightDecay: 0.01, clipNorm: 0.5 });
    try {
      network.setTensors(startOf(settings.program, 9));
      const seen: unknown[] = [];
      for (let step = 1; step <= 4; step++) {
        const indices = Uint32Array.from({ length: step === 4 ? 13 : BATCH }, (_, n) => n);
        const measure = step % 2 === 0;
        const result = network.trainStep({ indices, step, learningRate: 0.05, measure });
        expect(result.loss).toBeGreaterThan(0);
        seen.push(result, ...(measure ? network.statistics() : []));
      }
      seen.push(...network.tensors().map(({ name: tensor, data }) => [tensor, Array.from(data)]));
      return JSON.stringify(seen);
    } finally {
      network.dispose();
    }
  };
  const alone = await trace(1);
  for (let threads = 2; threads <= THREADS; threads++) {
    expect((await trace(threads)) === alone, `${threads} threads`).toBe(true);
  }
});
