/** Graphs with forks and merges, with a kind of two inputs that only this file knows. */
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { compile } from "../../../engine/compile/compile.ts";
import type { ProgramLayer } from "../../../engine/compile/compiled.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { defineLayer, elementsOf, type ParamValue, type Shape } from "../../../engine/layer.ts";
import { ok } from "../../../engine/result.ts";
import { referenceStep } from "../../../engine/train/reference.ts";
import { relativeError, separatedTensor, uniformTensor } from "../layers/tensors.ts";
import { applied } from "./documents.ts";

vi.mock("../../../engine/registry.ts", async (importOriginal) => {
  const registry = await importOriginal<typeof import("../../../engine/registry.ts")>();
  return { ...registry, layerOf: (kind: string) => (kind === "weightedSum" ? weightedSum : registry.layerOf(kind)) };
});

/** y = a + 2b: the factor tells the ports apart. */
const weightedSum = defineLayer({
  kind: "weightedSum",
  title: "Weighted sum",
  subtitle: "a + 2b",
  family: "merge",
  formula: "a + 2b",
  aliases: [],
  doc: "",
  namePrefix: "sum",
  params: z.strictObject({}),
  inputs: ["a", "b"],
  outputs: ["out"],
  inferShape: (_params, inputs) => ok(inputs[0] ?? []),
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  summary: () => "",
  torch: () => ({ call: ([a, b]) => `${a} + 2 * ${b}` }),
  onnx: () => ({ nodes: [] }),
  reference: {
    forward: ({ inputs: [a, b] }) => {
      if (a === undefined || b === undefined) throw new Error("two inputs");
      return {
        output: { shape: a.shape, data: a.data.map((value, index) => value + 2 * (b.data[index] ?? Number.NaN)) },
      };
    },
    backward: ({ outputGradient: { shape, data } }) => ({
      inputs: [
        { shape, data: data.slice() },
        { shape, data: data.map((value) => 2 * value) },
      ],
      weights: {},
    }),
  },
});

const connect = (from: string, to: string, port = "in"): Command => ({
  type: "connectPorts",
  from: { node: from, port: "out" },
  to: { node: to, port },
});

const add = (kind: string, id: string, params: Record<string, ParamValue> = {}): Command => ({
  type: "addNode",
  kind,
  id,
  name: id,
  params,
  position: { x: 0, y: 0 },
});

/** fc1 feeds relu1, bn1 and sum1; they meet again in sum1 and sum2. */
const document: LayerscopeDocument = applied(newDocument(), [
  add("input", "input", { shape: [6] }),
  add("dense", "fc1", { units: 4 }),
  add("relu", "relu1"),
  add("weightedSum", "sum1"),
  add("weightedSum", "sum2"),
  add("dense", "fc2", { units: 3 }),
  add("output", "output"),
  add("batchNorm", "bn1"),
  connect("input", "fc1"),
  connect("fc1", "relu1"),
  connect("fc1", "bn1"),
  connect("relu1", "sum1", "a"),
  connect("fc1", "sum1", "b"),
  connect("bn1", "sum2", "a"),
  connect("sum1", "sum2", "b"),
  connect("sum2", "fc2"),
  connect("fc2", "output"),
]);

describe("a graph with forks and merges", () => {
  const { program, diagnostics } = compile(document, { dataset: null });

  it("is ordered so that each layer follows all that feed it, first of the document first", () => {
    expect(diagnostics).toEqual([]);
    expect(program?.layers.map((layer) => layer.nodeId)).toEqual([
      "input",
      "fc1",
      "relu1",
      "sum1",
      "bn1",
      "sum2",
      "fc2",
      "output",
    ]);
    expect(program?.layers.find((layer) => layer.nodeId === "sum2")?.inputs).toEqual(["bn1", "sum1"]);
  });

  it("adds the gradients of all that an output feeds", () => {
    if (program === null) throw new Error("no program");
    const { layers } = program;
    const tensors = (specs: (layer: ProgramLayer) => readonly { name: string; shape: Shape }[]) =>
      new Map(
        layers.flatMap((layer) =>
          specs(layer).map(({ name, shape }) => [
            `${layer.nodeId}.${name}`,
            uniformTensor(shape, `${layer.nodeId}.${name}`, -1, 1),
          ]),
        ),
      );
    const weights = tensors((layer) => layer.weights);
    const state = tensors((layer) => layer.state);
    const samples = separatedTensor([5, 6], "samples");
    const labels = [0, 1, 2, 0, 1];
    const step = () =>
      referenceStep({ program, samples, weights, state, mode: "training", random: () => () => 0 }, labels);
    const { weightGradients } = step();
    for (const [name, weight] of weights) {
      const h = 1e-4;
      const numeric = weight.data.map((original, index) => {
        const lossAt = (value: number): number => {
          weight.data[index] = value;
          const { loss } = step();
          weight.data[index] = original;
          return loss;
        };
        return (
          (lossAt(original - 2 * h) - 8 * lossAt(original - h) + 8 * lossAt(original + h) - lossAt(original + 2 * h)) /
          (12 * h)
        );
      });
      expect(elementsOf(weight.shape)).toBe(numeric.length);
      expect(relativeError(weightGradients.get(name)?.data ?? [], numeric, 1e-2), name).toBeLessThanOrEqual(1e-7);
    }
  });

  it("names the open port of a layer with several, once", () => {
    const open = applied(document, [
      { type: "deleteEdges", edges: document.edges.filter((edge) => edge.to.node === "sum1") },
    ]);
    expect(compile(open, { dataset: null }).diagnostics).toMatchObject([
      {
        code: "LS106",
        nodeId: "sum1",
        port: "a",
        message: 'Weighted sum "sum1" has nothing connected to input "a" and 1 more.',
      },
    ]);
    const half = applied(open, [connect("relu1", "sum1", "b")]);
    expect(compile(half, { dataset: null }).diagnostics.map((diagnostic) => diagnostic.message)).toEqual([
      'Weighted sum "sum1" has nothing connected to input "a".',
    ]);
  });
});

describe("cycles through a merge", () => {
  it("are closed by the edges of the fix, all of them", () => {
    // Two circles share sum1: relu1 → sum1 → relu1 and sum1 → sum2 → … → sum1.
    const looped = applied(document, [connect("sum1", "relu1"), connect("sum2", "sum1", "b")]);
    const [cycle, ...others] = compile(looped, { dataset: null }).diagnostics.filter(
      (diagnostic) => diagnostic.code === "LS105",
    );
    expect(others).toEqual([]);
    expect(cycle?.message).toMatch(/^3 layers feed each other in a cycle: /);
    expect(cycle?.fix?.label).toBe("Delete 2 edges");
    const mended = applied(looped, cycle?.fix?.commands ?? []);
    expect(compile(mended, { dataset: null }).diagnostics.map((diagnostic) => diagnostic.code)).not.toContain("LS105");
  });
});
