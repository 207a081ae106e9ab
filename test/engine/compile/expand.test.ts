/** The net that a document with repeated groups and bypassed nodes means. */
import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import { expand } from "../../../engine/compile/expand.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { parse } from "../../../engine/document/parse.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { serialize } from "../../../engine/document/serialize.ts";
import { applied, chain } from "./documents.ts";

const block = (repeat: number): LayerscopeDocument =>
  applied(
    chain(
      ["input", "input"],
      ["flatten", "flatten"],
      ["dense", "first", { units: 32 }],
      ["dense", "fc1", { units: 32 }],
      ["relu", "relu1"],
      ["dense", "last", { units: 10 }],
      ["output", "output"],
    ),
    [{ type: "addGroup", group: { title: "Block", color: "blue", nodeIds: ["fc1", "relu1"], repeat } }],
  );

const sequence = (document: LayerscopeDocument): readonly string[] =>
  compile(document).program?.layers.map(({ nodeId }) => nodeId) ?? [];

const connect = (from: string, to: string): Command => ({
  type: "connectPorts",
  from: { node: from, port: "out" },
  to: { node: to, port: "in" },
});

describe("a group that repeats", () => {
  it("keeps what is known of its copies where an edit does not reach them, and only there", () => {
    const layersOf = (document: LayerscopeDocument) =>
      new Map(compile(document, { plan: false }).program?.layers.map((layer) => [layer.nodeId, layer]));
    const before = block(3);
    const known = layersOf(before);
    const kept = (commands: readonly Command[]): readonly string[] =>
      [...layersOf(applied(before, commands))].flatMap(([id, layer]) => (layer === known.get(id) ? [id] : []));
    expect(kept([{ type: "renameNode", nodeId: "last", name: "classes" }])).toEqual(
      [...known.keys()].filter((id) => id !== "last"),
    );
    expect(kept([{ type: "setParams", nodeId: "fc1", params: { units: 33 } }])).not.toContain("fc1×2");
    const renamed = layersOf(applied(before, [{ type: "renameNode", nodeId: "fc1", name: "wide" }]));
    expect(renamed.get("fc1×3")?.name).toBe("wide ×3");
  });

  it("is a chain of copies, each fed by the one before and with weights of its own", () => {
    const compiled = compile(block(3));
    expect(compiled.diagnostics).toEqual([]);
    expect(sequence(block(3))).toEqual([
      "input",
      "flatten",
      "first",
      "fc1",
      "relu1",
      "fc1×2",
      "relu1×2",
      "fc1×3",
      "relu1×3",
      "last",
      "output",
    ]);
    const inputs = new Map(compiled.program?.layers.map((layer) => [layer.nodeId, layer.inputs]));
    expect(inputs.get("fc1×2")).toEqual(["relu1"]);
    expect(inputs.get("last")).toEqual(["relu1×3"]);
    expect(compiled.totals.numWeights).toBe(784 * 32 + 32 + 3 * (32 * 32 + 32) + 330);
    expect([...compiled.facts.keys()]).toEqual(["input", "flatten", "first", "fc1", "relu1", "last", "output"]);
  });

  it("trains as the same net drawn out", () => {
    const { document } = expand(block(2));
    expect(expand(document).document).toBe(document);
    expect(compile(document).program).toEqual(compile(block(2)).program);
  });

  it("feeds the skip of a residual block from the copy before", () => {
    const residual = applied(
      chain(
        ["input", "input"],
        ["flatten", "flatten"],
        ["dense", "first", { units: 16 }],
        ["dense", "fc", { units: 16 }],
        ["add", "add"],
        ["dense", "last", { units: 10 }],
        ["output", "output"],
      ),
      [
        connect("first", "add"),
        { type: "addGroup", group: { title: "", color: "neutral", nodeIds: ["fc", "add"], repeat: 2 } },
      ],
    );
    const { program, diagnostics } = compile(residual);
    expect(diagnostics).toEqual([]);
    const inputs = new Map(program?.layers.map((layer) => [layer.nodeId, [...layer.inputs].sort()]));
    expect(inputs.get("add×2")).toEqual(["add", "fc×2"]);
    expect(inputs.get("last")).toEqual(["add×2"]);
  });

  it("tells a fault of its copies once, on the node itself", () => {
    // The second copy receives 16 maps of 24×24 where only a vector fits.
    const document = applied(
      chain(["input", "input"], ["flatten", "flatten"], ["dense", "fc", { units: 0 }], ["output", "output"]),
      [{ type: "addGroup", group: { title: "", color: "neutral", nodeIds: ["fc"], repeat: 4 } }],
    );
    expect(compile(document).diagnostics.map(({ code, nodeId }) => [code, nodeId])).toEqual([["LS113", "fc"]]);
  });

  it("says what keeps it from repeating, with names", () => {
    const forked = applied(block(2), [
      { type: "addNode", kind: "add", id: "sum", position: { x: 0, y: 0 } },
      connect("fc1", "sum"),
      connect("relu1", "sum"),
      connect("sum", "last"),
    ]);
    expect(compile(forked).diagnostics.map(({ message }) => message)).toEqual([
      'Group "Block" cannot repeat: 2 of its nodes lead out of it, Dense "fc1" and ReLU "relu1". One may.',
    ]);
    expect(compile(block(1000)).diagnostics).toEqual([]);
    const names = Array.from({ length: 12 }, (_, index) => `relu${index + 1}`);
    const huge = applied(
      chain(
        ["input", "input"],
        ["flatten", "flatten"],
        ...names.map((name) => ["relu", name] as const),
        ["dense", "fc", { units: 10 }],
        ["output", "output"],
      ),
      [{ type: "addGroup", group: { title: "Huge", color: "red", nodeIds: names, repeat: 1000 } }],
    );
    expect(compile(huge).diagnostics.map(({ message }) => message)).toEqual([
      'Group "Huge" cannot repeat: the net would have 12,004 layers, more than 10,000. At most ×833.',
    ]);
  });
});

describe("a bypassed node", () => {
  const bypassed = (...nodeIds: string[]): LayerscopeDocument =>
    applied(block(2), [{ type: "setBypassed", nodeIds, bypassed: true }]);

  it("is left out: what feeds it feeds what it fed, and it costs nothing", () => {
    expect(sequence(bypassed("first"))).toEqual([
      "input",
      "flatten",
      "fc1",
      "relu1",
      "fc1×2",
      "relu1×2",
      "last",
      "output",
    ]);
    const facts = compile(bypassed("first")).facts.get("first");
    expect(facts).toMatchObject({
      inputShapes: [[784]],
      outputShape: [784],
      numWeights: 0,
      summary: "passes flatten through",
    });
    expect([...compile(bypassed("first")).facts.keys()]).toEqual([
      "input",
      "flatten",
      "first",
      "fc1",
      "relu1",
      "last",
      "output",
    ]);
  });

  it("in a repeated group is left out of each copy, several in a row too", () => {
    expect(sequence(bypassed("relu1"))).toEqual(["input", "flatten", "first", "fc1", "fc1×2", "last", "output"]);
    expect(sequence(bypassed("relu1", "first"))).toEqual(["input", "flatten", "fc1", "fc1×2", "last", "output"]);
    expect(compile(bypassed("first", "fc1", "relu1")).facts.get("relu1")?.summary).toBe("passes flatten through");
  });

  it("comes back as it was", () => {
    const back = applied(bypassed("first"), [{ type: "setBypassed", nodeIds: ["first"], bypassed: false }]);
    expect(serialize(back)).toBe(serialize(block(2)));
    expect(parse(serialize(bypassed("first")))).toEqual({ ok: true, value: bypassed("first") });
  });

  it("keeps the place of a fault downstream", () => {
    const flatGone = applied(
      chain(["input", "input"], ["flatten", "flatten"], ["dense", "fc", { units: 10 }], ["output", "output"]),
      [{ type: "setBypassed", nodeIds: ["flatten"], bypassed: true }],
    );
    expect(compile(flatGone).diagnostics.map(({ code, nodeId, message }) => [code, nodeId, message])).toEqual([
      ["LS201", "fc", 'Dense "fc" expects a flat input but receives 1×28×28.'],
    ]);
  });
});
