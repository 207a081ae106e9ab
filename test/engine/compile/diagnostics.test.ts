/** Each diagnostic of the table: when it appears, its words with both numbers, and that its fix mends it. */
import { describe, expect, it } from "vitest";
import { type CompileOptions, compile } from "../../../engine/compile/compile.ts";
import type { Diagnostic } from "../../../engine/compile/compiled.ts";
import { diagnosticKinds } from "../../../engine/compile/diagnostics.ts";
import { applyCommands } from "../../../engine/document/applyCommands.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import type { DocumentEdge, LayerscopeDocument } from "../../../engine/document/schema.ts";
import { applied, chain, lenet, smallNet } from "./documents.ts";

const edge = (from: string, to: string, fromPort = "out", toPort = "in"): DocumentEdge => ({
  from: { node: from, port: fromPort },
  to: { node: to, port: toPort },
});

const withEdges = (document: LayerscopeDocument, ...edges: DocumentEdge[]): LayerscopeDocument => ({
  ...document,
  edges: [...document.edges, ...edges],
});

const add = (kind: string, id: string): Command => ({
  type: "addNode",
  kind,
  id,
  name: id,
  position: { x: 300, y: 0 },
});

interface Example {
  readonly code: string;
  readonly document: LayerscopeDocument;
  readonly nodeId: string | null;
  /** `#` is a number that only the plan of the memory knows. */
  readonly message: string;
  readonly badge: string;
  /** Label of the fix, or null when there is none. */
  readonly fix: string | null;
  /** Codes of all diagnostics that remain after the fix; none unless said. */
  readonly after?: readonly string[];
  readonly options?: CompileOptions;
}

const matching = (text: string): unknown =>
  expect.stringMatching(new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("#", "[\\d.,]+")}$`));

const cut = (document: LayerscopeDocument, ...edges: DocumentEdge[]): LayerscopeDocument =>
  applied(document, [{ type: "deleteEdges", edges }]);

const small = smallNet();

const examples: readonly Example[] = [
  {
    code: "LS101",
    document: applied(small, [{ type: "deleteNodes", nodeIds: ["input"] }]),
    nodeId: null,
    message: "The net has no Input. Samples of the dataset enter it there.",
    badge: "no input",
    fix: "Add Input",
  },
  {
    code: "LS102",
    document: applied(small, [{ type: "deleteNodes", nodeIds: ["output"] }]),
    nodeId: null,
    message: "The net has no Output. Training lowers its loss.",
    badge: "no output",
    fix: "Add Output",
  },
  {
    code: "LS103",
    document: applied(small, [add("input", "input2")]),
    nodeId: "input2",
    message: 'Input "input2" is one of 2 inputs; a net has one.',
    badge: "2 inputs",
    fix: "Delete input2",
  },
  {
    code: "LS104",
    document: applied(small, [add("output", "output2"), { type: "connectPorts", ...edge("fc1", "output2") }]),
    nodeId: "output2",
    message: 'Output "output2" is one of 2 outputs; a net has one.',
    badge: "2 outputs",
    fix: "Delete output2",
  },
  {
    code: "LS105",
    document: applied(lenet(), [{ type: "connectPorts", ...edge("relu1", "conv1") }]),
    nodeId: "conv1",
    message: "3 layers feed each other in a cycle: conv1 → bn1 → relu1 → conv1. Delete an edge.",
    badge: "cycle of 3",
    fix: "Delete edge",
    // The edge took the place of the input's: the port is open now.
    after: ["LS106"],
  },
  {
    code: "LS106",
    document: cut(small, edge("flatten", "fc1")),
    nodeId: "fc1",
    message: 'Dense "fc1" has nothing connected to its input.',
    badge: "not connected",
    fix: "Connect flatten",
  },
  {
    code: "LS107",
    document: withEdges(
      applied(small, [add("flatten", "flatten2")]),
      edge("input", "flatten2"),
      edge("flatten2", "fc1"),
    ),
    nodeId: "fc1",
    message: 'Dense "fc1" has two edges into its port "in", from flatten and flatten2. One port takes one edge.',
    badge: "two edges into one port",
    fix: "Delete edge from flatten2",
    after: ["LS109"],
  },
  {
    code: "LS108",
    document: withEdges(small, edge("flatten", "fc9")),
    nodeId: "flatten",
    message: 'The edge from "flatten" to "fc9" has no end: there is no node "fc9".',
    badge: "edge without an end",
    fix: "Delete edge",
  },
  {
    code: "LS108",
    document: withEdges(small, edge("flatten", "fc1", "out", "skip")),
    nodeId: "fc1",
    message: 'The edge from "flatten" to "fc1" has no end: Dense "fc1" has no input port "skip".',
    badge: "edge without an end",
    fix: "Delete edge",
  },
  {
    code: "LS109",
    document: applied(small, [add("relu", "relu1"), { type: "connectPorts", ...edge("fc1", "relu1") }]),
    nodeId: "relu1",
    message: 'ReLU "relu1" does not lead to the output; training leaves it out.',
    badge: "not used",
    fix: "Delete relu1",
  },
  {
    code: "LS110",
    document: {
      ...small,
      nodes: [...small.nodes, { id: "fc1", kind: "relu", name: "relu1", params: {}, position: { x: 0, y: 0 } }],
    },
    nodeId: "fc1",
    message: 'ReLU "relu1" has the id "fc1" of Dense "fc1".',
    badge: "id used twice",
    fix: null,
  },
  {
    code: "LS111",
    document: applied(small, [{ type: "renameNode", nodeId: "fc1", name: "flatten" }]),
    nodeId: "fc1",
    message: 'Dense "flatten" has the name of another node.',
    badge: "name used twice",
    fix: "Rename to fc2",
  },
  {
    code: "LS112",
    document: {
      ...small,
      nodes: small.nodes.map((node) => (node.id === "fc1" ? { ...node, kind: "attention" } : node)),
    },
    nodeId: "fc1",
    message: 'Node "fc1" is of kind "attention", which this version does not know.',
    badge: "unknown kind attention",
    fix: null,
  },
  {
    code: "LS113",
    document: applied(small, [{ type: "setParams", nodeId: "fc1", params: { bias: "yes" } }]),
    nodeId: "fc1",
    message: 'Dense "fc1": Bias is "yes", expected true or false.',
    badge: 'bias "yes"',
    fix: "Reset to default",
  },
  {
    code: "LS113",
    document: applied(small, [{ type: "setParams", nodeId: "fc1", params: { size: 3 } }]),
    nodeId: "fc1",
    message: 'Dense "fc1": There is no param "size".',
    badge: "no param size",
    fix: 'Remove "size"',
  },
  {
    code: "LS113",
    document: applied(lenet(), [{ type: "setParams", nodeId: "conv1", params: { kernel: [3, 0], padding: "full" } }]),
    nodeId: "conv1",
    message: 'Conv2D "conv1": Kernel is 0, expected 1 or more. 1 more param to correct.',
    badge: "kernel 0",
    fix: "Reset to default",
  },
  {
    code: "LS114",
    document: applied(small, [
      { type: "addGroup", group: { title: "Stem", color: "blue", nodeIds: ["input", "flatten"], repeat: 3 } },
    ]),
    nodeId: "input",
    message: 'Group "Stem" cannot repeat: nothing outside feeds it. Connect a node before it.',
    badge: "cannot repeat ×3",
    fix: "Do not repeat it",
  },
  {
    code: "LS115",
    document: applied(small, [{ type: "setBypassed", nodeIds: ["input"], bypassed: true }]),
    nodeId: "input",
    message: 'Input "input" cannot be bypassed: a net needs it. Delete it instead.',
    badge: "cannot be bypassed",
    fix: "Do not bypass it",
  },
  {
    code: "LS201",
    document: applied(lenet(), [
      { type: "deleteNodes", nodeIds: ["flatten"] },
      { type: "connectPorts", ...edge("pool2", "fc1") },
    ]),
    nodeId: "fc1",
    message: 'Dense "fc1" expects a flat input but receives 50×4×4.',
    badge: "50×4×4 is not flat",
    fix: "Insert Flatten",
  },
  {
    code: "LS201",
    document: applied(small, [
      add("conv2d", "conv1"),
      { type: "connectPorts", ...edge("flatten", "conv1") },
      { type: "connectPorts", ...edge("conv1", "fc1") },
    ]),
    nodeId: "conv1",
    message: 'Conv2D "conv1" expects an image, channels×height×width, but receives 784.',
    badge: "784 is no image",
    fix: null,
  },
  {
    code: "LS202",
    document: applied(lenet(), [{ type: "setParams", nodeId: "conv2", params: { kernel: [29, 29] } }]),
    nodeId: "conv2",
    message: 'Conv2D "conv2": Kernel 29 is larger than the input, 13. Use 13 or less, or add padding.',
    badge: "kernel 29 > input 13",
    fix: "Use kernel 13×13",
    after: ["LS202"],
  },
  {
    code: "LS202",
    document: applied(lenet(), [
      { type: "setParams", nodeId: "conv2", params: { kernel: [3, 5], dilation: [4, 4], padding: [0, 1] } },
    ]),
    nodeId: "conv2",
    message:
      'Conv2D "conv2": Kernel 3×5 with dilation 4 spans 9×17 and is larger than the padded input, 13×15. Use 3×4 or less, or add padding.',
    badge: "kernel 3×5 > input 13×15",
    fix: "Use kernel 3×4",
  },
  {
    code: "LS202",
    document: applied(lenet(), [{ type: "setParams", nodeId: "pool2", params: { size: [2, 10] } }]),
    nodeId: "pool2",
    message: 'Pool2D "pool2": Pool 2×10 is larger than the input, 9. Use 2×9 or less, or add padding.',
    badge: "pool 2×10 > input 9",
    fix: "Use pool 2×9",
  },
  {
    code: "LS203",
    document: applied(lenet(), [{ type: "setParams", nodeId: "pool1", params: { padding: [2, 1] } }]),
    nodeId: "pool1",
    message: 'Pool2D "pool1": Padding 2×1 is more than half of the window, 2×2. Use 1×1 or less.',
    badge: "padding > half of 2×2",
    fix: "Use padding 1×1",
  },
  {
    code: "LS204",
    document: applied(small, [{ type: "setParams", nodeId: "input", params: { shape: [3, 32, 32] } }]),
    nodeId: "input",
    message: 'Input "input": Shape 3×32×32 differs from the dataset\'s samples, 1×28×28. Use 1×28×28.',
    badge: "dataset is 1×28×28",
    fix: "Use 1×28×28",
  },
  {
    code: "LS204",
    document: chain(["input", "input", { shape: [100] }], ["dense", "fc1", { units: 10 }], ["output", "output"]),
    nodeId: "input",
    message: 'Input "input": Shape 100 differs from the dataset\'s samples, 1×28×28. Use 784.',
    badge: "dataset is 1×28×28",
    fix: "Use 784",
  },
  {
    code: "LS205",
    document: applied(lenet(), [{ type: "setParams", nodeId: "fc2", params: { units: 12 } }]),
    nodeId: "output",
    message: 'Output "output" receives 12 values, but the dataset has 10 classes.',
    badge: "12 of 10 classes",
    fix: "Set units of fc2 to 10",
  },
  {
    code: "LS205",
    document: chain(["input", "input"], ["flatten", "flatten"], ["output", "output"]),
    nodeId: "output",
    message: 'Output "output" receives 784 values, but the dataset has 10 classes.',
    badge: "784 of 10 classes",
    fix: null,
  },
  {
    code: "LS206",
    document: applied(small, [
      { type: "insertNodeOnEdge", edge: edge("fc1", "output"), kind: "batchNorm" },
      { type: "setTraining", training: { batchSize: 1 } },
    ]),
    nodeId: "bn1",
    message:
      'BatchNorm "bn1" has one value of each feature in a batch of 1, so its variance is 0 and its output β. Use a larger batch, or LayerNorm.',
    badge: "one value a feature",
    fix: "Use batch size 32",
  },
  {
    code: "LS203",
    document: applied(small, [
      { type: "insertNodeOnEdge", edge: edge("fc1", "output"), kind: "groupNorm" },
      { type: "setParams", nodeId: "gn1", params: { groups: 4 } },
    ]),
    nodeId: "gn1",
    message: 'GroupNorm "gn1": 10 features do not divide into 4 groups. Use a divisor, 5 say.',
    badge: "10 into 4 groups",
    fix: "Use 5 groups",
  },
  {
    code: "LS203",
    document: applied(small, [
      { type: "insertNodeOnEdge", edge: edge("fc1", "output"), kind: "groupNorm" },
      { type: "setParams", nodeId: "gn1", params: { grouping: "channels" } },
    ]),
    nodeId: "gn1",
    message:
      'GroupNorm "gn1": Each of the 10 groups of 10 holds a single value, which normalizing turns into 0. Normalize over groups of channels.',
    badge: "one value a group",
    fix: "Use groups of channels",
  },
  {
    code: "LS201",
    document: chain(
      ["input", "input", { shape: [784] }],
      ["dense", "fc1", { units: 1 }],
      ["layerNorm", "ln1"],
      ["dense", "fc2", { units: 10 }],
      ["output", "output"],
    ),
    nodeId: "ln1",
    message: 'LayerNorm "ln1" expects several values a sample to normalize but receives 1.',
    badge: "one value a sample",
    fix: null,
  },
  {
    code: "LS301",
    document: applied(lenet(), [{ type: "setTraining", training: { batchSize: 65_536 } }]),
    nodeId: null,
    message:
      "Training needs # GiB of memory, more than the 4 GiB that WebAssembly can address. Use a batch of # or less instead of 65,536.",
    badge: "too large for memory",
    fix: "Use batch size #",
  },
  {
    code: "LS301",
    document: applied(small, [
      { type: "setParams", nodeId: "fc1", params: { units: 1_000_000 } },
      { type: "insertNodeOnEdge", edge: edge("fc1", "output"), kind: "dense" },
      { type: "setParams", nodeId: "fc2", params: { units: 10_000 } },
      { type: "insertNodeOnEdge", edge: edge("fc2", "output"), kind: "dense" },
      { type: "setParams", nodeId: "fc3", params: { units: 10 } },
    ]),
    nodeId: null,
    message:
      "Training needs 81.2 GiB of memory, more than the 4 GiB that WebAssembly can address. Not even a batch of one fits: use fewer filters, fewer units or smaller images.",
    badge: "too large for memory",
    fix: null,
  },
];

const only = (example: Example): Diagnostic => {
  const { diagnostics } = compile(example.document, example.options);
  const [first] = diagnostics;
  expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([example.code]);
  if (first === undefined) throw new Error("no diagnostic");
  return first;
};

describe("the table", () => {
  it("has an example for every code", () => {
    expect([...new Set(examples.map((example) => example.code))].sort()).toEqual(
      diagnosticKinds.map((kind) => kind.code),
    );
  });

  it("explains each in a sentence", () => {
    for (const kind of diagnosticKinds) expect(kind.explanation).toMatch(/\.$/);
  });
});

describe("nets without fault", () => {
  it("have no diagnostics", () => {
    expect(compile(small).diagnostics).toEqual([]);
    expect(compile(lenet()).diagnostics).toEqual([]);
  });
});

describe.each(examples)("$code: $message", (example) => {
  it("is the only diagnostic of its document, with its words", () => {
    const diagnostic = only(example);
    expect(diagnostic).toMatchObject({
      nodeId: example.nodeId,
      message: matching(example.message),
      badge: example.badge,
    });
    expect(diagnostic.badge.length).toBeLessThanOrEqual(26);
    expect(diagnostic.fix?.label ?? null).toEqual(example.fix === null ? null : matching(example.fix));
    const { program } = compile(example.document, example.options);
    expect(program === null).toBe(diagnostic.severity === "error");
  });

  it("is gone after its fix", () => {
    const { fix } = only(example);
    if (fix === null) return;
    const mended = applyCommands(example.document, fix.commands);
    if (!mended.ok) throw new Error(JSON.stringify(mended.error));
    const left = compile(mended.value, example.options).diagnostics;
    // With `after` other nodes may be at fault now; this diagnostic is gone all the same.
    expect(left.map((diagnostic) => diagnostic.code)).toEqual(example.after ?? []);
    expect(left.map((diagnostic) => diagnostic.message)).not.toContain(example.message);
  });
});

describe("fixes of more than one command", () => {
  it("connect the Input and the Output they add where only one place can be meant", () => {
    for (const nodeId of ["input", "output"]) {
      const document = applied(lenet(), [{ type: "deleteNodes", nodeIds: [nodeId] }]);
      const fix = compile(document).diagnostics.find((diagnostic) => diagnostic.nodeId === null)?.fix;
      expect(compile(applied(document, fix?.commands ?? [])).program?.layers.length).toBe(14);
    }
  });

  it("turn an empty document into Input and Output", () => {
    const fixes = (document: LayerscopeDocument) => compile(document).diagnostics.map((diagnostic) => diagnostic.fix);
    const [addInput, addOutput] = fixes(newDocument());
    const document = applied(newDocument(), [...(addInput?.commands ?? []), ...(addOutput?.commands ?? [])]);
    expect(document.nodes.map((node) => node.id)).toEqual(["input", "output"]);
    expect(compile(document).diagnostics.map((diagnostic) => diagnostic.code)).toEqual(["LS106"]);
  });
});
