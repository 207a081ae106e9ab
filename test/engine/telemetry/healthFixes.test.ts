import { describe, expect, test } from "vitest";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import {
  type Ailing,
  type HealthFix,
  healthFixes,
  insertNormAtAll,
  insertNormThroughout,
} from "../../../engine/telemetry/healthFixes.ts";
import { applied, chain } from "../compile/documents.ts";

const relu = (): LayerscopeDocument =>
  applied(
    chain(
      ["input", "input", { shape: [784] }],
      ["dense", "fc1"],
      ["relu", "relu1"],
      ["dense", "fc2", { units: 10 }],
      ["output", "output"],
    ),
    [{ type: "setTraining", training: { initializer: { name: "normal", std: 0.01 }, learningRate: 0.03 } }],
  );

const ailing = (rule: Ailing["rule"], nodeId: string, since = 1): Ailing => ({ rule, nodeId, since });
const labels = (fixes: readonly HealthFix[]): readonly string[] => fixes.map(({ label }) => label);
const edges = (document: LayerscopeDocument): readonly string[] =>
  document.edges.map(({ from, to }) => `${from.node} ${to.node}`).sort();
const fixed = (document: LayerscopeDocument, about: Ailing, label: string): LayerscopeDocument => {
  const fix = healthFixes(document, about).find((other) => other.label === label);
  if (fix === undefined) throw new Error(`no ${label}`);
  return applied(document, fix.commands);
};

describe("Insert BatchNorm", () => {
  test("stands after the layer with weights, before the activation", () => {
    const after = fixed(relu(), ailing("vanishing", "fc1"), "Insert BatchNorm");
    expect(edges(after)).toEqual(["bn1 relu1", "fc1 bn1", "fc2 output", "input fc1", "relu1 fc2"]);
    const before = fixed(relu(), ailing("dead", "relu1"), "Insert BatchNorm");
    expect(edges(before)).toEqual(edges(after));
  });

  test("is not offered where a normalization is there already, nor for a node that is gone", () => {
    const after = fixed(relu(), ailing("vanishing", "fc1"), "Insert BatchNorm");
    expect(labels(healthFixes(after, ailing("vanishing", "fc1")))).not.toContain("Insert BatchNorm");
    expect(labels(healthFixes(after, ailing("dead", "relu1")))).not.toContain("Insert BatchNorm");
    expect(healthFixes(relu(), ailing("vanishing", "gone"))).toEqual([]);
  });

  test("takes over every edge of the layer, and several inputs keep their order", () => {
    const forked = applied(relu(), [
      { type: "addNode", kind: "concat", id: "concat1", position: { x: 0, y: 900 } },
      { type: "connectPorts", from: { node: "fc1", port: "out" }, to: { node: "concat1", port: "in" } },
      { type: "connectPorts", from: { node: "relu1", port: "out" }, to: { node: "concat1", port: "in" } },
      { type: "connectPorts", from: { node: "concat1", port: "out" }, to: { node: "fc2", port: "in" } },
    ]);
    const after = fixed(forked, ailing("vanishing", "fc1"), "Insert BatchNorm");
    expect(edges(after)).toEqual(
      ["bn1 concat1", "bn1 relu1", "concat1 fc2", "fc1 bn1", "fc2 output", "input fc1", "relu1 concat1"].sort(),
    );
    expect(after.edges.filter(({ to }) => to.node === "concat1").map(({ from }) => from.node)).toEqual([
      "bn1",
      "relu1",
    ]);
  });

  test("at several layers is one edit, and passes over those that have one", () => {
    const document = relu();
    const all = insertNormAtAll(document, ["fc1", "fc2"], () => ({}));
    expect(all?.label).toBe("Insert BatchNorm at all 2");
    expect(edges(applied(document, all?.commands ?? []))).toEqual(
      ["bn1 relu1", "bn2 output", "fc1 bn1", "fc2 bn2", "input fc1", "relu1 fc2"].sort(),
    );
    const half = fixed(document, ailing("vanishing", "fc1"), "Insert BatchNorm");
    expect(insertNormAtAll(half, ["fc1", "fc2"], () => ({}))).toBeNull();
  });

  test("stands after every layer with weights but the last, where none is yet", () => {
    const document = chain(
      ["input", "input", { shape: [1, 8, 8] }],
      ["conv2d", "conv1"],
      ["relu", "relu1"],
      ["conv2d", "conv2"],
      ["layerNorm", "ln1"],
      ["flatten", "flatten"],
      ["dense", "fc1"],
      ["tanh", "tanh1"],
      ["dropout", "drop1"],
      ["dense", "fc2", { units: 10 }],
      ["softmax", "softmax1"],
      ["output", "output"],
    );
    const inserted = insertNormThroughout(document, () => ({}));
    expect(inserted?.after.map(({ id }) => id)).toEqual(["conv1", "fc1"]);
    const after = applied(document, inserted?.commands ?? []);
    const added = ["conv1 bn1", "bn1 relu1", "fc1 bn2", "bn2 tanh1"];
    expect(edges(after)).toEqual(
      [...edges(document).filter((edge) => edge !== "conv1 relu1" && edge !== "fc1 tanh1"), ...added].sort(),
    );
    expect(inserted?.normIds).toEqual(["bn1", "bn2"]);
    expect(insertNormThroughout(after, () => ({}))).toBeNull();
  });
});

describe("the start", () => {
  test("is set for the document, or for the node that has its own", () => {
    expect(fixed(relu(), ailing("vanishing", "fc1"), "Use He initialization").training.initializer).toEqual({
      name: "heNormal",
    });
    const own = applied(relu(), [
      { type: "setParams", nodeId: "fc1", params: { initializer: { name: "uniform", limit: 1 } } },
    ]);
    const after = fixed(own, ailing("dead", "relu1"), "Use He initialization");
    expect(after.training.initializer).toEqual({ name: "normal", std: 0.01 });
    expect(after.nodes.find(({ id }) => id === "fc1")?.params.initializer).toEqual({ name: "heNormal" });
  });

  test("is Xavier's before tanh, and not offered where it is that already", () => {
    const squashed = chain(
      ["input", "input", { shape: [784] }],
      ["dense", "fc1"],
      ["tanh", "tanh1"],
      ["dense", "fc2", { units: 10 }],
      ["output", "output"],
    );
    expect(labels(healthFixes(squashed, ailing("saturated", "tanh1")))).toEqual([
      "Insert BatchNorm",
      "Use Xavier initialization",
    ]);
    const xavier = fixed(squashed, ailing("saturated", "tanh1"), "Use Xavier initialization");
    expect(labels(healthFixes(xavier, ailing("saturated", "tanh1")))).toEqual(["Insert BatchNorm"]);
  });
});

describe("the learning rate", () => {
  test("is a tenth, offered for what began after the first update", () => {
    expect(labels(healthFixes(relu(), ailing("exploding", "fc1", 1)))).not.toContain("Lower the learning rate");
    expect(labels(healthFixes(relu(), ailing("exploding", "fc1", 12)))[0]).toBe("Lower the learning rate");
    const lower = fixed(relu(), ailing("diverged", "fc1", 12), "Lower the learning rate");
    expect(lower.training.learningRate).toBe(0.003);
  });

  test("is raised for weights that hardly move, unless no gradient arrives at all", () => {
    expect(labels(healthFixes(relu(), { ...ailing("notLearning", "fc1"), ratio: -6 }))).toContain(
      "Raise the learning rate",
    );
    const still = { ...ailing("notLearning", "fc1"), ratio: -Infinity };
    expect(labels(healthFixes(relu(), still))).not.toContain("Raise the learning rate");
  });
});
