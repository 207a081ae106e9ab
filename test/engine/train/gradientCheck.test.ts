import { afterEach, describe, expect, it, vi } from "vitest";
import { compile, type LayerscopeDocument, parse } from "../../../engine/index.ts";
import type { Tensor } from "../../../engine/layer.ts";
import { layerOf, layers } from "../../../engine/registry.ts";
import { checkGradients, GRADIENT_TOLERANCE, type GradientCheck } from "../../../engine/train/gradientCheck.ts";
import { documentOf } from "../../../engine/train/proof/chainDocument.ts";
import lenetMax from "../../../examples/lenet-bn-max.layerscope?raw";
import mlp from "../../../examples/mlp-bn.layerscope?raw";

/** An example with fewer filters and units: the same layers, checked in a moment. */
const smallDocument = (text: string): LayerscopeDocument => {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error("The document does not parse.");
  const document = parsed.value;
  const small: Readonly<Record<string, object>> = { conv2d: { filters: 3 }, dense: { units: 10 } };
  const numClasses = compile(document).program?.layers.at(-1)?.outputShape[0] ?? 10;
  const isLast = (id: string) => document.edges.some(({ from, to }) => from.node === id && to.node === "output");
  return {
    ...document,
    nodes: document.nodes.map((node) => ({
      ...node,
      params: { ...node.params, ...small[node.kind], ...(isLast(node.id) ? { units: numClasses } : {}) },
    })),
  };
};

const checkDocument = (document: LayerscopeDocument): GradientCheck[] => {
  const { program, diagnostics } = compile(document);
  expect(diagnostics).toEqual([]);
  if (program === null) throw new Error("The document does not compile.");
  return [...checkGradients(program, { seed: 1, initializer: document.training.initializer })];
};

const check = (text: string): GradientCheck[] => checkDocument(smallDocument(text));

/** Replaces what a kind's backward pass gives for one of its gradients. */
const plant = (kind: string, change: (gradients: { inputs: Tensor[]; weights: Record<string, Tensor> }) => void) => {
  const layer = layerOf(kind);
  if (layer === undefined) throw new Error(`There is no ${kind}.`);
  const { backward } = layer.reference;
  vi.spyOn(layer.reference, "backward").mockImplementation((call) => {
    const { inputs, weights } = backward(call);
    const gradients = { inputs: [...inputs], weights: { ...weights } };
    change(gradients);
    return gradients;
  });
};

const scaled = ({ shape, data }: Tensor, factor: number): Tensor => ({ shape, data: data.map((x) => x * factor) });

afterEach(() => {
  vi.restoreAllMocks();
});

const exampleTexts = import.meta.glob<string>("../../../examples/*.layerscope", {
  query: "?raw",
  import: "default",
  eager: true,
});

describe("the examples, with fewer filters and units", () => {
  const named = Object.entries(exampleTexts).map(([path, text]) => ({ name: path.split("/").at(-1), text }));

  /** A net that pools over the whole image takes small images, too. */
  const withSmallImages = (document: LayerscopeDocument): LayerscopeDocument => {
    if (!document.nodes.some(({ kind }) => kind === "globalAvgPool")) return document;
    const nodes = document.nodes.map((node) =>
      node.kind === "input" ? { ...node, params: { ...node.params, shape: [3, 8, 8] } } : node,
    );
    // A folder of whose content nothing is known.
    return { ...document, nodes, dataset: { source: "idx", directory: "/images" } };
  };

  it.each(named)("agree with their backward passes: $name", ({ text }) => {
    for (const { nodeId, tensor, relativeError } of checkDocument(withSmallImages(smallDocument(text)))) {
      expect(relativeError, `${nodeId} ${tensor}`).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
    }
  });
});

describe("checkGradients", () => {
  it("agrees with the backward passes of a small LeNet", () => {
    const checks = check(lenetMax);
    for (const { nodeId, tensor, relativeError, checked } of checks) {
      expect(relativeError, `${nodeId} ${tensor}`).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
      expect(checked, `${nodeId} ${tensor}`).toBeGreaterThan(0);
    }
    const named = checks.map(({ nodeId, tensor }) => `${nodeId} ${tensor}`);
    for (const gradient of ["conv1 input", "conv1 weight", "bn1 gamma", "bn1 beta", "relu1 input", "pool1 input"])
      expect(named).toContain(gradient);
    expect(named).toContain("output input");
  });

  it("finds a weight gradient that is one part in a million off, and names an element with both numbers", () => {
    plant("dense", (gradients) => {
      const weight = gradients.weights.weight as Tensor;
      gradients.weights.weight = scaled(weight, 1 + 1e-6);
    });
    const wrong = check(mlp).filter(({ relativeError }) => relativeError > GRADIENT_TOLERANCE);
    expect(wrong.map(({ nodeId, tensor }) => `${nodeId} ${tensor}`)).toEqual(
      [1, 2, 3, 4, 5, 6].map((number) => `fc${number} weight`),
    );
    const [first] = wrong;
    expect(first?.relativeError).toBeCloseTo(1e-6, 8);
    expect(first?.worst?.index).toHaveLength(2);
    expect((first?.worst?.analytic ?? 0) / (first?.worst?.numeric ?? 1)).toBeCloseTo(1 + 1e-6, 8);
  });

  it("calls a gradient of NaN wrong", () => {
    plant("relu", (gradients) => {
      const [input] = gradients.inputs;
      if (input !== undefined) gradients.inputs = [{ ...input, data: input.data.map(() => Number.NaN) }];
    });
    const relu = check(mlp).find(({ nodeId }) => nodeId === "relu1");
    expect(relu?.relativeError).toBe(Number.POSITIVE_INFINITY);
  });

  it("checks the sum where an output feeds two layers", () => {
    const document = smallDocument(mlp);
    const fork = {
      ...document,
      nodes: [
        ...document.nodes.filter(({ id }) => ["input", "fc1", "relu1", "fc6", "output"].includes(id)),
        ...document.nodes.filter(({ id }) => id === "bn1").map((node) => ({ ...node, kind: "add", params: {} })),
      ],
    };
    expect(fork.nodes).toHaveLength(6);
    const edge = (from: string, to: string) => ({ from: { node: from, port: "out" }, to: { node: to, port: "in" } });
    const checks = checkDocument({
      ...fork,
      edges: [
        edge("input", "fc1"),
        edge("fc1", "relu1"),
        edge("fc1", "bn1"),
        edge("relu1", "bn1"),
        edge("bn1", "fc6"),
        edge("fc6", "output"),
      ],
    });
    const sum = checks.find(({ nodeId, tensor }) => nodeId === "fc1" && tensor === "output");
    expect(sum?.relativeError).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
    expect(sum?.checked).toBe(20);
    expect(checks.filter(({ tensor }) => tensor === "output")).toHaveLength(1);
  });
});

/** A graph in which every kind occurs, with forks, on small images. */
const everyKind = (): LayerscopeDocument =>
  documentOf([
    { kind: "input", id: "input", params: { shape: [3, 8, 8], scaling: "none" } },
    { kind: "conv2d", id: "conv1", params: { filters: 4, kernel: [3, 3], padding: "same" } },
    { kind: "batchNorm", id: "bn1" },
    { kind: "relu", id: "relu1" },
    { kind: "conv2d", id: "grouped", params: { filters: 4, kernel: [3, 3], padding: "same", groups: 2 } },
    { kind: "groupNorm", id: "gn1", params: { groups: 2 } },
    { kind: "gelu", id: "gelu1" },
    { kind: "add", id: "add1", from: ["relu1", "gelu1"] },
    { kind: "concat", id: "concat1", from: ["add1", "relu1"] },
    { kind: "pool2d", id: "pool1" },
    { kind: "layerNorm", id: "ln1" },
    { kind: "leakyRelu", id: "leaky1" },
    { kind: "elu", id: "elu1" },
    { kind: "silu", id: "silu1" },
    { kind: "dropout", id: "dropout1" },
    { kind: "gaussianNoise", id: "noise1" },
    { kind: "flatten", id: "flatten1" },
    { kind: "dense", id: "fc1", params: { units: 16 } },
    { kind: "sigmoid", id: "sigmoid1" },
    { kind: "tanh", id: "tanh1" },
    { kind: "reshape", id: "reshape1", params: { shape: [4, 2, 2] } },
    { kind: "flatten", id: "flatten2" },
    { kind: "dense", id: "fc2", params: { units: 8 } },
    { kind: "softmax", id: "softmax1" },
    { kind: "globalAvgPool", id: "gap1", from: ["noise1"] },
    { kind: "add", id: "add2", from: ["softmax1", "gap1"] },
    { kind: "dense", id: "fc3", params: { units: 10 } },
    { kind: "output", id: "output" },
  ]);

describe("a graph with every kind", () => {
  it("has correct gradients in every layer and at every fork", () => {
    const document = everyKind();
    expect([...new Set(document.nodes.map(({ kind }) => kind))].sort()).toEqual(layers.map(({ kind }) => kind).sort());
    const { program, diagnostics } = compile(document, { dataset: null });
    expect(diagnostics).toEqual([]);
    if (program === null) throw new Error("The graph does not compile.");
    const checks = [...checkGradients(program, { seed: 1, initializer: document.training.initializer })];
    for (const { nodeId, tensor, relativeError, checked } of checks) {
      expect(relativeError, `${nodeId} ${tensor}`).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
      expect(checked, `${nodeId} ${tensor}`).toBeGreaterThan(0);
    }
    expect(checks.filter(({ tensor }) => tensor === "output").map(({ nodeId }) => nodeId)).toEqual(["relu1", "noise1"]);
  });
});
