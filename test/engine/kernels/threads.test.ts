/** Results do not depend on the number of threads, to the bit, nor on how often the run is repeated. */
import { afterEach, describe, expect, it } from "vitest";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import type { KernelBuild } from "../../../engine/kernels/loadKernels.ts";
import { elementsOf } from "../../../engine/layer.ts";
import type { Network } from "../../../engine/train/network.ts";
import { chain } from "../compile/documents.ts";
import { dataOf, networkOf, normalValues, programOf, startOf } from "./nets.ts";

const networks: Network[] = [];
afterEach(() => {
  for (const network of networks.splice(0)) network.dispose();
});

const documents: Readonly<Record<string, LayerscopeDocument>> = {
  convolutional: chain(
    ["input", "input", { shape: [3, 12, 11] }],
    ["conv2d", "conv1", { filters: 10, kernel: [3, 3], padding: "same" }],
    ["batchNorm", "bn1"],
    ["relu", "relu1"],
    ["pool2d", "pool1"],
    ["dropout", "dropout1", { rate: 0.2 }],
    ["conv2d", "conv2", { filters: 7, kernel: [3, 3], stride: [2, 1] }],
    ["relu", "relu2"],
    ["flatten", "flatten"],
    ["dense", "fc1", { units: 19 }],
    ["batchNorm", "bn2"],
    ["relu", "relu3"],
    ["dense", "fc2", { units: 6 }],
    ["output", "output"],
  ),
  curved: chain(
    ["input", "input", { shape: [60] }],
    ["reshape", "reshape1", { shape: [3, 5, 4] }],
    ["conv2d", "conv1", { filters: 6, kernel: [3, 3], padding: "same" }],
    ["sigmoid", "sigmoid1"],
    ["gaussianNoise", "noise1", { std: 0.2 }],
    ["conv2d", "conv2", { filters: 10, kernel: [2, 2] }],
    ["batchNorm", "bn1"],
    ["gelu", "gelu1"],
    ["softmax", "softmax1"],
    ["conv2d", "conv3", { filters: 9, kernel: [1, 1] }],
    ["silu", "silu1"],
    ["globalAvgPool", "mean"],
    ["dense", "fc1", { units: 19 }],
    ["batchNorm", "bn2"],
    ["tanh", "tanh1"],
    ["dense", "fc2", { units: 14 }],
    ["elu", "elu1"],
    ["dense", "fc3", { units: 11 }],
    ["leakyRelu", "leaky1"],
    ["dense", "fc4", { units: 6 }],
    ["output", "output"],
  ),
  "within-sample normalized": chain(
    ["input", "input", { shape: [3, 9, 8] }],
    ["conv2d", "conv1", { filters: 10, kernel: [3, 3] }],
    ["layerNorm", "ln1"],
    ["relu", "relu1"],
    ["conv2d", "conv2", { filters: 6, kernel: [3, 3], padding: "same" }],
    ["groupNorm", "gn1", { groups: 3 }],
    ["groupNorm", "gn2", { grouping: "channels" }],
    ["batchNorm", "bn1", { statistics: "running" }],
    ["flatten", "flatten"],
    ["dense", "fc1", { units: 19 }],
    ["layerNorm", "ln2"],
    ["batchNorm", "bn2", { scale: false }],
    ["dense", "fc2", { units: 6 }],
    ["output", "output"],
  ),
  dense: chain(
    ["input", "input", { shape: [37] }],
    ["dense", "fc1", { units: 40 }],
    ["batchNorm", "bn1"],
    ["relu", "relu1"],
    ["dense", "fc2", { units: 33 }],
    ["relu", "relu2"],
    ["dropout", "dropout1"],
    ["dense", "fc3", { units: 6 }],
    ["output", "output"],
  ),
};

const BATCH = 50;
const STEPS = 6;

/** Everything a run can tell: losses, weights, state, statistics, evaluation. */
const trace = async (document: LayerscopeDocument, threads: number, build: KernelBuild): Promise<string> => {
  const program = programOf(document, BATCH);
  const count = 3 * BATCH - 7;
  const data = dataOf(
    program.inputShape,
    normalValues(count * elementsOf(program.inputShape), 5),
    Array.from({ length: count }, (_, n) => (n * 7) % 6),
  );
  const network = await networkOf({
    ...{ program, data, threads, build },
    optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  });
  networks.push(network);
  expect(network.threads).toBe(threads);
  network.setTensors(startOf(program, 9));
  const seen: unknown[] = [];
  for (let step = 1; step <= STEPS; step++) {
    // The last batch of an epoch is smaller.
    const start = ((step - 1) % 3) * BATCH;
    const indices = Uint32Array.from({ length: Math.min(BATCH, count - start) }, (_, n) => start + n);
    seen.push(network.trainStep({ indices, step, learningRate: 0.01, measure: step % 2 === 0 }));
    if (step % 2 === 0) seen.push(network.statistics());
  }
  seen.push(network.evaluate({ split: "test", start: 3, count: 41 }));
  seen.push(...network.tensors().map(({ name, data: values }) => [name, Array.from(values)]));
  return JSON.stringify(seen, (_key, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? "not finite" : value,
  );
};

describe.each<KernelBuild>(["relaxed-simd", "simd"])("the %s build", (build) => {
  it.each(Object.entries(documents))(
    "trains a %s net to the same bits on 1, 2 and 3 threads",
    async (_name, document) => {
      const alone = await trace(document, 1, build);
      expect(alone).not.toContain("not finite");
      expect(await trace(document, 1, build)).toBe(alone);
      expect(await trace(document, 2, build)).toBe(alone);
      expect(await trace(document, 3, build)).toBe(alone);
    },
  );
});
