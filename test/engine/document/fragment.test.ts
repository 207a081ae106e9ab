/** Parts of documents as text: copy, paste, templates. */
import { describe, expect, it } from "vitest";
import { applyCommands } from "../../../engine/document/applyCommands.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import { fragmentOf, parseFragment, placeFragment, serializeFragment } from "../../../engine/document/fragment.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { serialize } from "../../../engine/document/serialize.ts";
import { applied, chain } from "../compile/documents.ts";

const net = (): LayerscopeDocument =>
  applied(
    chain(
      ["input", "input"],
      ["conv2d", "conv1", { filters: 7 }],
      ["batchNorm", "bn1"],
      ["relu", "relu1"],
      ["output", "output"],
    ),
    [
      { type: "renameNode", nodeId: "relu1", name: "the end" },
      { type: "setBypassed", nodeIds: ["bn1"], bypassed: true },
      { type: "setFolded", nodeIds: ["relu1"], folded: true },
      {
        type: "setEdgePoints",
        edge: { from: { node: "conv1", port: "out" }, to: { node: "bn1", port: "in" } },
        points: [{ x: 4, y: 8 }],
      },
      { type: "addGroup", group: { title: "Block", color: "green", nodeIds: ["conv1", "bn1"], repeat: 2 } },
      {
        type: "addCanvasNote",
        note: { text: "why 7?", color: "amber", position: { x: -200, y: 0 }, size: { width: 160, height: 80 } },
      },
    ],
  );

const middle = ["conv1", "bn1", "relu1"];

describe("a copied part", () => {
  it("arrives in an empty document as it was, names and all", () => {
    const text = serializeFragment(fragmentOf(net(), middle, ["note1"]));
    const read = parseFragment(text);
    if (!read.ok) throw new Error(read.error);
    const { commands, nodeIds, noteIds } = placeFragment(newDocument(), read.value, { x: 0, y: 0 });
    const pasted = applied(newDocument(), commands);
    expect(nodeIds).toEqual(middle);
    expect(noteIds).toEqual(["note1"]);
    expect(serializeFragment(fragmentOf(pasted, nodeIds, noteIds))).toBe(text);
  });

  it("gets free ids beside the original, keeps what it is, and moves with its points and notes", () => {
    const original = net();
    const fragment = fragmentOf(original, middle, ["note1"]);
    const { commands, nodeIds, noteIds } = placeFragment(original, fragment, { x: 276, y: 10 });
    expect(nodeIds).toEqual(["conv2", "bn2", "relu2"]);
    expect(noteIds).toEqual(["note2"]);
    const after = applied(original, commands);
    expect(after.nodes.slice(-3)).toMatchObject([
      { id: "conv2", name: "conv2", params: { filters: 7 }, position: { x: 276, y: 128 } },
      { id: "bn2", name: "bn2", bypassed: true },
      { id: "relu2", name: "relu2", folded: true },
    ]);
    expect(after.edges.slice(-2)).toEqual([
      { from: { node: "conv2", port: "out" }, to: { node: "bn2", port: "in" }, points: [{ x: 280, y: 18 }] },
      { from: { node: "bn2", port: "out" }, to: { node: "relu2", port: "in" } },
    ]);
    expect(after.groups.at(-1)).toEqual({
      id: "group2",
      title: "Block",
      color: "green",
      nodeIds: ["conv2", "bn2"],
      repeat: 2,
    });
    expect(after.canvasNotes.at(-1)).toMatchObject({ id: "note2", position: { x: 76, y: 10 } });
    // What was there stays as it was.
    expect(after.nodes.slice(0, -3)).toEqual(original.nodes);
  });

  it("can be a whole document", () => {
    const read = parseFragment(serialize(net()));
    expect(read.ok && read.value.nodes.length).toBe(5);
    expect(read.ok && read.value.canvasNotes.length).toBe(1);
  });

  it.each([
    ["", "There is no text to paste."],
    ["hello there", 'The text "hello there" is no layers of Layerscope: it is not JSON.'],
    ['{"a": 1}', 'The text is JSON, but no layers of Layerscope: "format" should be "layerscope-fragment".'],
    ['{"format": "layerscope-fragment", "version": 9}', "The layers have version 9; this Layerscope reads up to 3."],
    [
      '{"format": "layerscope-fragment", "version": 3, "nodes": [3], "edges": [], "groups": [], "canvasNotes": []}',
      "The layers cannot be read: nodes[0] is 3, expected an object.",
    ],
  ])("%s is refused with a sentence", (text, sentence) => {
    expect(parseFragment(text)).toEqual({ ok: false, error: sentence });
  });

  it("of an unknown kind is refused whole", () => {
    const fragment = fragmentOf(net(), ["conv1"], []);
    const strange = { ...fragment, nodes: fragment.nodes.map((node) => ({ ...node, kind: "mystery" })) };
    expect(applyCommands(newDocument(), placeFragment(newDocument(), strange, { x: 0, y: 0 }).commands)).toEqual({
      ok: false,
      error: { type: "unknownKind", kind: "mystery" },
    });
  });
});

describe("groups", () => {
  it("lose the nodes that are deleted or join another group, and go with their last", () => {
    const document = net();
    expect(applied(document, [{ type: "deleteNodes", nodeIds: ["bn1"] }]).groups).toMatchObject([
      { nodeIds: ["conv1"] },
    ]);
    expect(applied(document, [{ type: "deleteNodes", nodeIds: ["bn1", "conv1"] }]).groups).toEqual([]);
    const joined = applied(document, [
      { type: "addGroup", group: { title: "", color: "red", nodeIds: ["bn1", "relu1"] } },
    ]);
    expect(joined.groups.map(({ id, nodeIds }) => [id, nodeIds])).toEqual([
      ["group1", ["conv1"]],
      ["group2", ["bn1", "relu1"]],
    ]);
  });

  it("change by what is named; once and open are said by saying nothing", () => {
    const changed = applied(net(), [
      { type: "changeGroup", groupId: "group1", change: { title: "Stage", repeat: 1, collapsed: true } },
    ]);
    expect(changed.groups).toEqual([
      { id: "group1", title: "Stage", color: "green", nodeIds: ["conv1", "bn1"], collapsed: true },
    ]);
    const opened = applied(changed, [{ type: "changeGroup", groupId: "group1", change: { collapsed: false } }]);
    expect(opened.groups[0]).not.toHaveProperty("collapsed");
  });

  it("take in a node that is spliced between two of theirs", () => {
    const edge = { from: { node: "conv1", port: "out" }, to: { node: "bn1", port: "in" } };
    const spliced = applied(net(), [{ type: "insertNodeOnEdge", edge, kind: "relu" }]);
    expect(spliced.groups[0]?.nodeIds).toEqual(["conv1", "bn1", "relu2"]);
  });

  it.each([
    [{ type: "changeGroup", groupId: "none", change: {} } as const, "unknownGroup"],
    [{ type: "addGroup", group: { title: "", color: "red", nodeIds: [] } } as const, "invalidValue"],
    [{ type: "addGroup", group: { title: "", color: "red", nodeIds: ["nobody"] } } as const, "unknownNode"],
    [{ type: "deleteCanvasNotes", noteIds: ["none"] } as const, "unknownNote"],
    [{ type: "changeGroup", groupId: "group1", change: { repeat: 1001 } } as const, "invalidValue"],
  ])("%o is refused", (command, type) => {
    expect(applyCommands(net(), [command])).toMatchObject({ ok: false, error: { type } });
  });
});
