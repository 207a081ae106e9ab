/** The examples: what they hold, and that the catalog of the start page names them all. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { compile } from "../../../engine/compile/compile.ts";
import { nodeHeight } from "../../../engine/document/applyCommands.ts";
import { describeParseError, parse } from "../../../engine/document/parse.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { serialize } from "../../../engine/document/serialize.ts";
import { formatShape } from "../../../engine/layer.ts";

const folder = new URL("../../../examples/", import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, folder), "utf8");
const files = readdirSync(folder)
  .filter((file) => file.endsWith(".layerscope"))
  .sort();

const open = (file: string): LayerscopeDocument => {
  const parsed = parse(textOf(file));
  if (!parsed.ok) throw new Error(describeParseError(parsed.error));
  return parsed.value;
};

/** `conv1 20×26×26` for each layer in order. */
const layersOf = (file: string): string => {
  const { program } = compile(open(file));
  return (program?.layers ?? []).map((layer) => `${layer.kind} ${formatShape(layer.outputShape)}`).join(", ");
};

describe.each(files)("%s", (file) => {
  const document = open(file);

  it("compiles without a diagnostic and is written as the app would write it", () => {
    expect(compile(document).diagnostics).toEqual([]);
    expect(serialize(document)).toBe(textOf(file));
  });

  it("stands on the grid of two px and no two nodes overlap", () => {
    const boxes = document.nodes.map((node) => ({ ...node.position, bottom: node.position.y + nodeHeight(node) }));
    for (const [index, box] of boxes.entries()) {
      expect([box.x % 2, box.y % 2]).toEqual([0, 0]);
      for (const other of boxes.slice(index + 1)) {
        expect(Math.abs(box.x - other.x) >= 276 || box.bottom + 16 <= other.y || other.bottom + 16 <= box.y).toBe(true);
      }
    }
  });
});

describe("the nets", () => {
  it("lenet-bn-avg: 3×3 then 5×5, average pooling, BatchNorm after the first dense layer", () => {
    expect(layersOf("lenet-bn-avg.layerscope")).toBe(
      "input 1×28×28, conv2d 20×26×26, batchNorm 20×26×26, relu 20×26×26, pool2d 20×13×13, " +
        "conv2d 50×9×9, batchNorm 50×9×9, relu 50×9×9, pool2d 50×4×4, flatten 800, " +
        "dense 128, batchNorm 128, relu 128, dense 10, output 10",
    );
    const document = open("lenet-bn-avg.layerscope");
    expect(document.nodes.filter((node) => node.kind === "pool2d").map((node) => node.params.pool)).toEqual([
      "avg",
      "avg",
    ]);
    expect(document.training).toMatchObject({
      optimizer: { name: "sgd" },
      learningRate: 0.05,
      batchSize: 64,
      epochs: 1,
      seed: 1,
    });
  });

  it("lenet-bn-max: 5×5 then 3×3, max pooling", () => {
    expect(layersOf("lenet-bn-max.layerscope")).toBe(
      "input 1×28×28, conv2d 20×24×24, batchNorm 20×24×24, relu 20×24×24, pool2d 20×12×12, " +
        "conv2d 50×10×10, batchNorm 50×10×10, relu 50×10×10, pool2d 50×5×5, flatten 1250, " +
        "dense 128, relu 128, dense 10, output 10",
    );
    const document = open("lenet-bn-max.layerscope");
    expect(document.nodes.filter((node) => node.kind === "pool2d").map((node) => node.params.pool)).toEqual([
      "max",
      "max",
    ]);
    expect(document.training).toMatchObject({
      optimizer: { name: "sgd" },
      learningRate: 0.1,
      batchSize: 256,
      epochs: 5,
    });
  });

  it("mlp-bn and mlp-plain: five hidden layers of 100, with and without BatchNorm, alike otherwise", () => {
    const hidden = (block: string) => `input 784, ${`${block}, `.repeat(5)}dense 10, output 10`;
    expect(layersOf("mlp-bn.layerscope")).toBe(hidden("dense 100, batchNorm 100, relu 100"));
    expect(layersOf("mlp-plain.layerscope")).toBe(hidden("dense 100, relu 100"));
    expect(open("mlp-bn.layerscope").training).toEqual(open("mlp-plain.layerscope").training);
  });
});

describe("the other nets", () => {
  it("residual-cifar10: three blocks, the last two with a 1×1 convolution on the shortcut", () => {
    const document = open("residual-cifar10.layerscope");
    const { program } = compile(document);
    const adds = (program?.layers ?? []).filter(({ kind }) => kind === "add");
    expect(adds.map(({ inputs, outputShape }) => [...inputs, formatShape(outputShape)])).toEqual([
      ["bn2b", "relu1", "16×32×32"],
      ["bn3b", "bn3s", "32×16×16"],
      ["bn4b", "bn4s", "64×8×8"],
    ]);
    expect(document.dataset).toEqual({ source: "cifar10", directory: null });
    expect(document.training.augmentation).toEqual({ horizontalFlip: true, shift: 0, crop: 4 });
    expect(document.notes).toContain("78,000 weights");
    expect(Math.round(compile(document).totals.numWeights / 1000)).toBe(78);
  });

  it("spiral-bn: four dense layers with BatchNorm that start from N(0, 0.01²)", () => {
    expect(layersOf("spiral-bn.layerscope")).toBe(
      `input 2, ${"dense 64, batchNorm 64, relu 64, ".repeat(4)}dense 3, output 3`,
    );
    const document = open("spiral-bn.layerscope");
    expect(document.training.initializer).toEqual({ name: "normal", std: 0.01 });
    expect(document.dataset).toMatchObject({ source: "generated", pattern: "spiral", classes: 3 });
  });
});

describe("the catalog", () => {
  const entry = z.strictObject({
    file: z.string(),
    title: z.string().min(1),
    summary: z.string().endsWith("."),
    group: z.string().min(1),
    reached: z
      .strictObject({ dataset: z.string(), epochs: z.int().min(1), testAccuracy: z.number().min(0).max(1) })
      .nullable(),
  });

  it("names every example once", () => {
    const catalog = z.array(entry).parse(JSON.parse(textOf("catalog.json")));
    expect(catalog.map(({ file }) => file).sort()).toEqual(files);
  });
});
