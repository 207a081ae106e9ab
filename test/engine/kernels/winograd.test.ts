/** Winograd's algorithm in whole nets: where the compiler chooses it, that it trains as float64 does, and to the same bits on any number of threads. */
import { afterEach, describe, expect, it } from "vitest";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import type { KernelBuild } from "../../../engine/kernels/loadKernels.ts";
import { elementsOf } from "../../../engine/layer.ts";
import { fusedSteps } from "../../../engine/train/fusedSteps.ts";
import type { Network } from "../../../engine/train/network.ts";
import { chain, lenet, type NodeSketch } from "../compile/documents.ts";
import { dataOf, distance, networkOf, normalValues, programOf, ReferenceTraining, startOf } from "./nets.ts";

const networks: Network[] = [];
afterEach(() => {
  for (const network of networks.splice(0)) network.dispose();
});

const kernelsOf = (document: LayerscopeDocument, nodeId: string): string[] =>
  (fusedSteps(programOf(document), document.training) ?? [])
    .filter(({ nodes, pass }) => nodes.includes(nodeId) && pass !== "update")
    .map(({ kernel }) => kernel);

const oneConvolution = (shape: number[], params: NodeSketch[2]): LayerscopeDocument =>
  chain(
    ["input", "input", { shape }],
    ["conv2d", "first", { filters: 20, kernel: [1, 1] }],
    ["conv2d", "conv", { ...params, bias: false }],
    ["flatten", "flatten"],
    ["dense", "classes", { units: 5 }],
    ["output", "output"],
  );

const winogradKernels = ["winogradForward", "winogradGradient", "winogradWeightGradient"];
const denseKernels = ["product", "product", "productGradient"];

describe("the choice of the algorithm", () => {
  it.each([
    ["3 × 3 of many channels", [3, 16, 16], { filters: 32, kernel: [3, 3], padding: "same" }],
    ["5 × 5 of many channels", [3, 13, 13], { filters: 50, kernel: [5, 5] }],
    ["5 × 3", [3, 13, 13], { filters: 32, kernel: [5, 3] }],
  ])("is Winograd's for %s", (_name, shape, params) => {
    expect(kernelsOf(oneConvolution(shape, params), "conv")).toEqual(winogradKernels);
  });

  it.each([
    ["stride 2", [3, 16, 16], { filters: 32, kernel: [3, 3], stride: [2, 2] }],
    ["dilation", [3, 16, 16], { filters: 32, kernel: [3, 3], dilation: [2, 2] }],
    ["1 × 1", [3, 16, 16], { filters: 32, kernel: [1, 1] }],
    ["7 × 7", [3, 16, 16], { filters: 32, kernel: [7, 7] }],
  ])("is the direct one for %s", (_name, shape, params) => {
    const kernels = kernelsOf(oneConvolution(shape, params), "conv");
    expect(kernels.filter((kernel) => kernel.startsWith("winograd"))).toEqual([]);
    expect(kernels).toContain("weightGradient");
  });

  it("is the direct one for a layer on one channel, which the transforms would cost more than they save", () => {
    expect(kernelsOf(lenet(), "conv1")).toEqual(["contraction", "weightGradient"]);
    expect(kernelsOf(lenet(), "conv2")).toEqual(winogradKernels);
  });

  it("is the direct one forward for an image of three channels, whose weight gradient it suits", () => {
    const document = chain(
      ["input", "input", { shape: [3, 32, 32] }],
      ["conv2d", "conv", { filters: 32, kernel: [3, 3], padding: "same", bias: false }],
      ["flatten", "flatten"],
      ["dense", "classes", { units: 5 }],
      ["output", "output"],
    );
    expect(kernelsOf(document, "conv")).toEqual(["contraction", "winogradGradient", "winogradWeightGradient"]);
  });

  it("leaves dense layers alone, which are windows as large as their images", () => {
    const document = chain(
      ["input", "input", { shape: [3, 7, 7] }],
      ["conv2d", "conv", { filters: 50, kernel: [3, 3] }],
      ["flatten", "flatten"],
      ["dense", "classes", { units: 64 }],
      ["output", "output"],
    );
    expect(kernelsOf(document, "classes").sort()).toEqual([...denseKernels, "channelSums"].sort());
  });
});

const body = (nodes: readonly NodeSketch[], shape: number[]): LayerscopeDocument =>
  chain(
    ["input", "input", { shape }],
    ...nodes,
    ["flatten", "flatten"],
    ["dense", "classes", { units: 5 }],
    ["output", "output"],
  );

const nets: Readonly<Record<string, LayerscopeDocument>> = {
  "3 × 3 same, on an odd image": body(
    [
      ["conv2d", "conv1", { filters: 9, kernel: [3, 3], padding: "same" }],
      ["batchNorm", "bn1"],
      ["relu", "relu1"],
      ["conv2d", "conv2", { filters: 13, kernel: [3, 3], padding: "same" }],
      ["batchNorm", "bn2"],
      ["relu", "relu2"],
      ["pool2d", "pool2"],
      ["conv2d", "conv3", { filters: 17, kernel: [3, 3], padding: [2, 1] }],
      ["relu", "relu3"],
    ],
    [5, 11, 14],
  ),
  "5 × 5 valid, with bias": body(
    [
      ["conv2d", "conv1", { filters: 14, kernel: [5, 5] }],
      ["relu", "relu1"],
      ["conv2d", "conv2", { filters: 18, kernel: [5, 5], padding: [2, 2] }],
      ["pool2d", "pool2", { pool: "avg" }],
    ],
    [6, 13, 12],
  ),
  "more than 64 channels": body(
    [
      ["conv2d", "conv1", { filters: 70, kernel: [3, 3], padding: "same" }],
      ["relu", "relu1"],
      ["conv2d", "conv2", { filters: 66, kernel: [4, 3], padding: [1, 1] }],
    ],
    [2, 4, 5],
  ),
};

const BATCH = 9;

const settingsOf = (document: LayerscopeDocument, build: KernelBuild, threads = 1) => {
  const program = programOf(document, BATCH);
  const samples = normalValues(BATCH * elementsOf(program.inputShape), 3);
  const labels = Array.from({ length: BATCH }, (_, n) => (n * 3) % 5);
  return { program, data: dataOf(program.inputShape, samples, labels), build, threads };
};

const trained = async (document: LayerscopeDocument, build: KernelBuild, threads: number): Promise<string> => {
  const settings = settingsOf(document, build, threads);
  const network = await networkOf(settings);
  networks.push(network);
  network.setTensors(startOf(settings.program, 7));
  const seen: unknown[] = [];
  for (let step = 1; step <= 4; step++) {
    const indices = Uint32Array.from({ length: step === 4 ? 7 : BATCH }, (_, n) => n);
    seen.push(network.trainStep({ indices, step, learningRate: 0.01, measure: false }));
  }
  seen.push(network.evaluate({ split: "test", start: 2, count: 6 }));
  seen.push(network.tensors().map(({ name, data }) => [name, Array.from(data)]));
  return JSON.stringify(seen);
};

describe.each<KernelBuild>(["relaxed-simd", "simd"])("the %s build", (build) => {
  it.each(Object.entries(nets))("trains %s as in float64", async (_name, document) => {
    const settings = settingsOf(document, build);
    for (const { nodeId, kind } of settings.program.layers) {
      if (kind === "conv2d" && nodeId !== "conv1") expect(kernelsOf(document, nodeId)).toContain("winogradGradient");
    }
    const start = startOf(settings.program, 7);
    const network = await networkOf(settings);
    networks.push(network);
    network.setTensors(start);
    const reference = new ReferenceTraining(settings, start);
    const indices = Uint32Array.from({ length: BATCH }, (_, n) => n);
    for (let step = 1; step <= 2; step++) {
      const { loss } = reference.step(indices, step, 0.01);
      const actual = network.trainStep({ indices, step, learningRate: 0.01, measure: false });
      expect(distance([actual.loss], [loss]), `loss of step ${step}`).toBeLessThanOrEqual(1e-4);
    }
    for (const { name, data } of network.tensors()) {
      const want = (reference.weights.get(name) ?? reference.state.get(name))?.data ?? [];
      expect(distance(data, want), name).toBeLessThanOrEqual(1e-4);
    }
  });

  it.each(Object.entries(nets))("trains %s to the same bits on 1, 2 and 3 threads", async (_name, document) => {
    const alone = await trained(document, build, 1);
    expect(alone).not.toContain("null");
    expect(await trained(document, build, 2)).toBe(alone);
    expect(await trained(document, build, 3)).toBe(alone);
  });

  it("does not hide a weight that is not finite", async () => {
    const document = nets["3 × 3 same, on an odd image"];
    if (document === undefined) throw new Error("no such net");
    const settings = settingsOf(document, build);
    const network = await networkOf(settings);
    networks.push(network);
    network.setTensors(
      startOf(settings.program, 7).map((tensor) =>
        tensor.name === "conv3.weight"
          ? { ...tensor, data: tensor.data.map((value, i) => (i === 5 ? Number.NaN : value)) }
          : tensor,
      ),
    );
    const indices = Uint32Array.from({ length: BATCH }, (_, n) => n);
    expect(network.trainStep({ indices, step: 1, learningRate: 0.01, measure: false }).loss).toBeNaN();
    expect(network.nonFiniteNodes()[0]).toBe("conv3");
  });
});
