/** Nets whose first dense layer passes over the zeros of images: as in float64, the same bits on any threads, wherever it reads them. */
import { describe, expect, it } from "vitest";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { elementsOf } from "../../../engine/layer.ts";
import { fusedSteps } from "../../../engine/train/fusedSteps.ts";
import type { NetworkData } from "../../../engine/train/network.ts";
import { createStream } from "../../../engine/train/rng.ts";
import { chain, type NodeSketch } from "../compile/documents.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { networkOf, programOf, startOf } from "./nets.ts";

const BATCH = 62;

const rest: readonly NodeSketch[] = [
  ["batchNorm", "bn1"],
  ["relu", "relu1"],
  ["dense", "classes", { units: 6 }],
  ["output", "output"],
];

const documents: Readonly<Record<string, LayerscopeDocument>> = {
  "flat, before batch norm": chain(
    ["input", "input", { shape: [3 * 9 * 8] }],
    ["dense", "first", { units: 21 }],
    ...rest,
  ),
  "an image, with a bias that stays": chain(
    ["input", "input", { shape: [3, 9, 8] }],
    ["flatten", "flatten"],
    ["dense", "first", { units: 34 }],
    ["relu", "relu0"],
    ["dense", "second", { units: 20 }],
    ...rest,
  ),
  "without bias": chain(
    ["input", "input", { shape: [3, 9, 8] }],
    ["flatten", "flatten"],
    ["dense", "first", { units: 9, bias: false }],
    ["sigmoid", "curve"],
    ...rest,
  ),
  "nothing but classes": chain(
    ["input", "input", { shape: [3, 9, 8] }],
    ["flatten", "flatten"],
    ["dense", "classes", { units: 6 }],
    ["output", "output"],
  ),
  frozen: chain(
    ["input", "input", { shape: [3, 9, 8] }],
    ["flatten", "flatten"],
    ["dense", "first", { units: 14, trainable: false }],
    ...rest,
  ),
};

/** Bytes with so many values beside 0, a border of zeros around each image, scaled channel by channel. */
const bytesOf = (shareOf: (row: number) => number, offset: readonly number[]): NetworkData => {
  const sampleShape = [3, 9, 8];
  const size = elementsOf(sampleShape);
  const random = createStream(4, "sparse");
  const images = Uint8Array.from({ length: BATCH * size }, (_, at) =>
    at % 8 === 0 || random() > shareOf(Math.floor(at / size)) ? 0 : 1 + Math.floor(255 * random()),
  );
  const classes = Uint8Array.from({ length: BATCH }, (_, n) => (n * 5) % 6);
  const split = { count: BATCH, images, labels: { classes } };
  return { sampleShape, scale: [1 / 90, 1 / 80, 1 / 100], offset, train: split, test: split };
};

const standardized = [-0.4, -0.3, -0.5];
const datasets: Readonly<Record<string, NetworkData>> = {
  "mostly zeros, standardized": bytesOf(() => 0.25, standardized),
  "mostly zeros that stay 0": bytesOf(() => 0.25, [0, 0, 0]),
  "many values": bytesOf(() => 1, standardized),
  "images of both kinds": bytesOf((row) => (row % 8 < 4 ? 0.2 : 1), standardized),
};

const settingsOf = (document: LayerscopeDocument, data: NetworkData) => ({
  ...{ program: programOf(document, BATCH), data, seed: 3 },
});

describe.each(["relaxed-simd", "simd"] as const)("the %s build", (build) => {
  for (const [name, document] of Object.entries(documents)) {
    it.each(Object.entries(datasets))(`trains as in float64: ${name}, %s`, async (_kind, data) => {
      await expectSameAsReference({ ...settingsOf(document, data), build }, "classes");
    });
  }
});

const kernelsOf = (
  document: LayerscopeDocument,
  batchSize: number,
  dataset: Parameters<typeof fusedSteps>[2] = null,
): readonly string[] =>
  (fusedSteps(programOf(document, batchSize), document.training, dataset) ?? [])
    .filter(({ nodes }) => nodes.includes("first"))
    .map(({ kernel }) => kernel);

describe("which layers pass over zeros", () => {
  it.each(["flat, before batch norm", "an image, with a bias that stays", "without bias"])("this one: %s", (name) => {
    const kernels = kernelsOf(documents[name] as LayerscopeDocument, BATCH);
    expect(kernels.slice(0, 2)).toEqual(["sparseProduct", "product"]);
    expect(kernels).toContain("sparseGradient");
    expect(kernels.at(-1)).toBe("emptySample");
  });

  it("none in small batches, where what is done once a step does not pay", () => {
    expect(kernelsOf(documents["without bias"] as LayerscopeDocument, 10)[0]).toBe("product");
  });

  it("none of numbers, as tables hold them", () => {
    const table = { sampleShape: [216], stores: "numbers" } as const;
    expect(kernelsOf(documents["flat, before batch norm"] as LayerscopeDocument, BATCH, table)[0]).toBe("product");
  });

  it("none behind another layer", () => {
    const behind = chain(
      ["input", "input", { shape: [216] }],
      ["relu", "relu0"],
      ["dense", "first", { units: 9 }],
      ...rest,
    );
    expect(kernelsOf(behind, BATCH)[0]).toBe("product");
  });
});

it.each(Object.entries(datasets))("trains to the same bits on any threads: %s", async (_name, data) => {
  const settings = settingsOf(documents["an image, with a bias that stays"] as LayerscopeDocument, data);
  const trace = async (threads: number): Promise<string> => {
    const network = await networkOf({ ...settings, threads, weightDecay: 0.01, clipNorm: 0.5 });
    try {
      network.setTensors(startOf(settings.program, 9));
      const seen: unknown[] = [];
      for (let step = 1; step <= 4; step++) {
        const indices = Uint32Array.from({ length: step === 4 ? 13 : BATCH }, (_, n) => (n * 7) % BATCH);
        const measure = step % 2 === 0;
        const result = network.trainStep({ indices, step, learningRate: 0.05, measure });
        expect(result.loss).toBeGreaterThan(0);
        seen.push(result, ...(measure ? network.statistics() : []));
        seen.push(network.evaluate({ split: "test", start: 3, count: 29 }));
      }
      seen.push(...network.tensors().map(({ name, data: values }) => [name, Array.from(values)]));
      return JSON.stringify(seen);
    } finally {
      network.dispose();
    }
  };
  const one = await trace(1);
  expect(await trace(2)).toBe(one);
  expect(await trace(3)).toBe(one);
});

it("lets a weight that is not finite reach the loss, wherever it lies", async () => {
  const settings = settingsOf(
    documents["flat, before batch norm"] as LayerscopeDocument,
    bytesOf(() => 0, [0, 0, 0]),
  );
  const network = await networkOf(settings);
  try {
    const start = startOf(settings.program, 9);
    network.setTensors(
      start.map((tensor) => {
        if (tensor.name !== "first.weight") return tensor;
        const data = Float32Array.from(tensor.data);
        data[0] = Number.POSITIVE_INFINITY;
        return { ...tensor, data };
      }),
    );
    const indices = Uint32Array.from({ length: BATCH }, (_, n) => n);
    const { loss } = network.trainStep({ indices, step: 1, learningRate: 0.05, measure: false });
    expect(loss).toBeNaN();
    expect(network.nonFiniteNodes()).toContain("first");
  } finally {
    network.dispose();
  }
});
