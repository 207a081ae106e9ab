/** Activations, softmax, noise, pooling and reshape inside nets: every layout, border and split they meet there, and forks. */
import { describe, it } from "vitest";
import type { Command } from "../../../engine/document/commands.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import type { KernelBuild } from "../../../engine/kernels/loadKernels.ts";
import { elementsOf } from "../../../engine/layer.ts";
import { applied, chain, type NodeSketch } from "../compile/documents.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { dataOf, normalValues, programOf } from "./nets.ts";

type Params = NonNullable<NodeSketch[2]>;

const BATCH = 7;

const conv = (id: string): NodeSketch => ["conv2d", id, { filters: 5, kernel: [3, 3], padding: "same" }];

/** A net of those layers between an input and a dense layer called `classes`. */
const netOf = (shape: readonly number[], body: readonly NodeSketch[]): LayerscopeDocument =>
  chain(
    ["input", "input", { shape: [...shape] }],
    ...body,
    ["flatten", "lastFlatten"],
    ["dense", "classes", { units: 4 }],
    ["output", "output"],
  );

const check = async (document: LayerscopeDocument, build: KernelBuild): Promise<void> => {
  const program = programOf(document, BATCH);
  const shape = program.inputShape;
  const samples = normalValues(BATCH * elementsOf(shape), 3);
  const labels = Array.from({ length: BATCH }, (_, n) => n % 4);
  await expectSameAsReference({ program, data: dataOf(shape, samples, labels), seed: 11, build }, "classes");
};

const pointwise: readonly (readonly [kind: string, params: Params])[] = [
  ["leakyRelu", { slope: 0.2 }],
  ["elu", { alpha: 0.7 }],
  ["gelu", {}],
  ["gelu", { approximation: "tanh" }],
  ["silu", {}],
  ["sigmoid", {}],
  ["tanh", {}],
  ["softmax", {}],
  ["gaussianNoise", { std: 0.3 }],
];

/** After an image with a border to come, after batch norm of an image, flattened, and split by channels. */
const around = (kind: string, params: Params): NodeSketch[] => [
  conv("conv1"),
  [kind, "bordered", params],
  conv("conv2"),
  ["batchNorm", "bn1"],
  [kind, "image", params],
  ["flatten", "flatten"],
  [kind, "flattened", params],
  ["dense", "fc1", { units: 11 }],
  ["batchNorm", "bn2"],
  [kind, "byChannel", params],
  ["dense", "fc2", { units: 3 }],
  [kind, "flat", params],
];

const reshapes: Readonly<Record<string, readonly NodeSketch[]>> = {
  "a vector into an image that a convolution pads": [
    ["flatten", "flatten"],
    ["dense", "fc", { units: 36 }],
    ["reshape", "reshape", { shape: [4, 3, 3] }],
    conv("conv"),
  ],
  "an image into other channels": [conv("conv1"), ["reshape", "reshape", { shape: [6, 2, 5] }], conv("conv2")],
  "an image into a vector under batch norm": [
    conv("conv1"),
    ["reshape", "reshape", { shape: [60] }],
    ["batchNorm", "bn"],
    ["tanh", "tanh"],
  ],
  "a flattened image into an image again": [
    conv("conv1"),
    ["flatten", "flatten"],
    ["softmax", "softmax"],
    ["reshape", "reshape", { shape: [10, 3, 2] }],
    ["batchNorm", "bn"],
    conv("conv2"),
  ],
  "a vector into pixels of one row": [
    ["flatten", "flatten"],
    ["batchNorm", "bn"],
    ["sigmoid", "sigmoid"],
    ["reshape", "reshape", { shape: [1, 1, 36] }],
    ["gelu", "gelu"],
  ],
};

/** conv1 feeds all branches, which are added: each but one adds its gradient to that of the others. */
const forked = (): LayerscopeDocument => {
  const branches: readonly (readonly [kind: string, params: Params])[] = [
    ...pointwise,
    ["reshape", { shape: [5, 4, 3] }],
    ["dropout", { rate: 0.2 }],
  ];
  const position = { x: 0, y: 0 };
  const edge = (from: string, to: string): Command => ({
    ...{ type: "connectPorts", from: { node: from, port: "out" } },
    to: { node: to, port: "in" },
  });
  return applied(chain(["input", "input", { shape: [3, 4, 3] }], conv("conv1")), [
    { type: "addNode", kind: "add", id: "sum", name: "sum", position, params: {} },
    ...branches.flatMap(([kind, params], index): Command[] => {
      const id = `${kind}${index}`;
      return [{ type: "addNode", kind, id, name: id, position, params }, edge("conv1", id), edge(id, "sum")];
    }),
    { type: "addNode", kind: "globalAvgPool", id: "mean", name: "mean", position, params: {} },
    { type: "addNode", kind: "dense", id: "classes", name: "classes", position, params: { units: 4 } },
    { type: "addNode", kind: "output", id: "output", name: "output", position, params: {} },
    edge("sum", "mean"),
    edge("mean", "classes"),
    edge("classes", "output"),
  ]);
};

describe.each<KernelBuild>(["relaxed-simd", "simd"])("the %s build", (build) => {
  it.each(pointwise)("computes %s %o wherever it stands", async (kind, params) => {
    await check(netOf([3, 4, 3], around(kind, params)), build);
  });

  it.each(Object.entries(reshapes))("reshapes %s", async (_name, body) => {
    await check(netOf([3, 4, 3], body), build);
  });

  it("takes the mean of each channel of an image with a border and without", async () => {
    await check(netOf([6, 4, 3], [["globalAvgPool", "mean"]]), build);
    await check(
      netOf([3, 4, 3], [conv("conv1"), ["batchNorm", "bn"], ["relu", "relu"], ["globalAvgPool", "mean"]]),
      build,
    );
  });

  it("adds the gradients of branches", async () => {
    await check(forked(), build);
  });
});
