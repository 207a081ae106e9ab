import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyCommands, describeCommandError } from "../../../engine/document/applyCommands.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { defaultParams, newDocument } from "../../../engine/document/defaults.ts";
import { parse } from "../../../engine/document/parse.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { serialize } from "../../../engine/document/serialize.ts";
import { layers } from "../../../engine/registry.ts";
import { applied, smallNet } from "../compile/documents.ts";
import { documentWithUniqueIds, nodeIds } from "./arbitraries.ts";

const refusal = (document: LayerscopeDocument, ...commands: Command[]): string => {
  const outcome = applyCommands(document, commands);
  if (outcome.ok) throw new Error("it was applied");
  return describeCommandError(outcome.error);
};

const add = (kind: string): Command => ({ type: "addNode", kind, position: { x: 0, y: 0 } });
const edge = (from: string, to: string) => ({ from: { node: from, port: "out" }, to: { node: to, port: "in" } });
const edgesOf = (document: LayerscopeDocument): string[] =>
  document.edges.map(({ from, to }) => `${from.node} ${to.node}`);

/** Recursively frozen: a command that changed its document in place would throw. */
const deepFreeze = <T>(value: T): T => {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
};

describe("addNode", () => {
  it("takes the next free id of the kind and its default params", () => {
    const { nodes } = applied(
      newDocument(),
      ["conv2d", "conv2d", "dense", "input", "flatten", "flatten", "output"].map(add),
    );
    expect(nodes.map((node) => node.id)).toEqual(["conv1", "conv2", "fc1", "input", "flatten", "flatten2", "output"]);
    expect(nodes.map((node) => node.name)).toEqual(nodes.map((node) => node.id));
    expect(nodes[0]?.params).toEqual(defaultParams("conv2d"));
  });

  it("fills a gap and avoids names that users gave", () => {
    const document = applied(newDocument(), [
      add("relu"),
      add("relu"),
      add("relu"),
      { type: "deleteNodes", nodeIds: ["relu2"] },
    ]);
    expect(applied(document, [add("relu")]).nodes.at(-1)?.id).toBe("relu2");
    const renamed = applied(document, [{ type: "renameNode", nodeId: "relu1", name: "relu2" }]);
    expect(applied(renamed, [add("relu")]).nodes.at(-1)?.id).toBe("relu4");
  });

  it("merges given params over the defaults", () => {
    const command: Command = { type: "addNode", kind: "dense", position: { x: 2, y: 4 }, params: { units: 7 } };
    expect(applied(newDocument(), [command]).nodes[0]).toMatchObject({
      params: { units: 7, bias: true },
      position: { x: 2, y: 4 },
    });
  });

  it("refuses unknown kinds, ids in use and positions that are no numbers", () => {
    expect(refusal(newDocument(), add("attention"))).toBe('There is no kind of layer "attention".');
    expect(
      refusal(smallNet(), { ...add("dense"), type: "addNode", kind: "dense", position: { x: 0, y: 0 }, id: "fc1" }),
    ).toBe('There is already a node "fc1".');
    expect(refusal(newDocument(), { type: "addNode", kind: "dense", position: { x: Number.NaN, y: 0 } })).toContain(
      "position.x is NaN",
    );
  });
});

describe("edges", () => {
  it("replaces the edge that ends at the port", () => {
    const document = applied(smallNet(), [add("relu"), { type: "connectPorts", ...edge("relu1", "output") }]);
    expect(edgesOf(document)).toEqual(["input flatten", "flatten fc1", "relu1 output"]);
  });

  it("does nothing twice", () => {
    const document = smallNet();
    expect(edgesOf(applied(document, [{ type: "connectPorts", ...edge("fc1", "output") }]))).toEqual(edgesOf(document));
  });

  it("refuses ports and nodes that do not exist, and a node that would feed itself", () => {
    expect(refusal(smallNet(), { type: "connectPorts", ...edge("output", "fc1") })).toBe(
      'Node "output" has no port "out" on that side.',
    );
    expect(refusal(smallNet(), { type: "connectPorts", ...edge("fc1", "input") })).toBe(
      'Node "input" has no port "in" on that side.',
    );
    expect(refusal(smallNet(), { type: "connectPorts", ...edge("fc9", "fc1") })).toBe('There is no node "fc9".');
    expect(refusal(smallNet(), { type: "connectPorts", ...edge("fc1", "fc1") })).toBe('Node "fc1" cannot feed itself.');
    expect(refusal(smallNet(), { type: "deleteEdges", edges: [edge("input", "fc1")] })).toBe(
      'There is no edge from "input" to "fc1".',
    );
  });

  it("go with the nodes they touch", () => {
    expect(edgesOf(applied(smallNet(), [{ type: "deleteNodes", nodeIds: ["flatten"] }]))).toEqual(["fc1 output"]);
    expect(edgesOf(applied(smallNet(), [{ type: "deleteEdges", edges: [edge("flatten", "fc1")] }]))).toEqual([
      "input flatten",
      "fc1 output",
    ]);
  });
});

describe("insertNodeOnEdge", () => {
  it("splices a node in halfway, at the place of the edge, and moves nothing else", () => {
    const document = smallNet();
    const spliced = applied(document, [{ type: "insertNodeOnEdge", edge: edge("flatten", "fc1"), kind: "dropout" }]);
    expect(edgesOf(spliced)).toEqual(["input flatten", "flatten dropout1", "dropout1 fc1", "fc1 output"]);
    // flatten is 48 high at y 118 and fc1 begins at 236: the middle of the gap is 201, half of a node of 102 above it 150.
    expect(spliced.nodes.at(-1)).toMatchObject({ id: "dropout1", position: { x: 0, y: 150 } });
    expect(spliced.nodes.slice(0, -1)).toEqual(document.nodes);
  });

  it("refuses kinds that cannot stand in the middle", () => {
    expect(refusal(smallNet(), { type: "insertNodeOnEdge", edge: edge("flatten", "fc1"), kind: "output" })).toContain(
      "has no port",
    );
    expect(refusal(smallNet(), { type: "insertNodeOnEdge", edge: edge("flatten", "fc1"), kind: "input" })).toContain(
      "has no port",
    );
  });
});

describe("params and settings", () => {
  it("setParams keeps the params it does not name", () => {
    const document = applied(smallNet(), [{ type: "setParams", nodeId: "fc1", params: { units: 3 } }]);
    expect(document.nodes[2]?.params).toEqual({ ...defaultParams("dense"), units: 3 });
  });

  it("setParams takes any value: what is wrong with it is a diagnostic", () => {
    expect(
      applied(smallNet(), [{ type: "setParams", nodeId: "fc1", params: { units: "many" } }]).nodes[2]?.params.units,
    ).toBe("many");
  });

  it("resetParams restores defaults and removes what the kind does not know", () => {
    const broken = applied(smallNet(), [{ type: "setParams", nodeId: "fc1", params: { units: -1, colour: "red" } }]);
    const reset = applied(broken, [{ type: "resetParams", nodeId: "fc1", names: ["units", "colour"] }]);
    expect(reset.nodes[2]?.params).toEqual(defaultParams("dense"));
  });

  it("refuses settings out of range, with path, found and expected", () => {
    expect(refusal(smallNet(), { type: "setTraining", training: { learningRate: -1 } })).toBe(
      "learningRate is -1, expected more than 0.",
    );
    expect(refusal(smallNet(), { type: "setTraining", training: { batchSize: 0 } })).toBe(
      "batchSize is 0, expected 1 or more.",
    );
    expect(refusal(smallNet(), { type: "setDataset", dataset: { source: "idx", directory: "" } })).toContain(
      "directory",
    );
    expect(refusal(smallNet(), { type: "renameNode", nodeId: "fc1", name: "x".repeat(201) })).toContain("200 or less");
  });

  it("changes only the settings it names", () => {
    const document = applied(smallNet(), [
      { type: "setTraining", training: { epochs: 9 } },
      { type: "setNotes", notes: "hi" },
    ]);
    expect(document.training).toEqual({ ...newDocument().training, epochs: 9 });
    expect(document.notes).toBe("hi");
  });
});

describe("all commands", () => {
  const id = fc.constantFrom(...nodeIds, "conv1", "relu1", "nobody");
  const position = fc.record({ x: fc.integer({ min: -500, max: 500 }), y: fc.integer({ min: -500, max: 500 }) });
  const kind = fc.constantFrom(...layers.map((layer) => layer.kind), "mystery");
  const port = fc.constantFrom("in", "out", "side");
  const anyEdge = fc.record({ from: fc.record({ node: id, port }), to: fc.record({ node: id, port }) });
  const record: fc.Arbitrary<Command> = fc.oneof(
    fc.record({ type: fc.constant("addNode" as const), kind, position }),
    fc.record({ type: fc.constant("deleteNodes" as const), nodeIds: fc.array(id, { maxLength: 2 }) }),
    fc.record({ type: fc.constant("deleteEdges" as const), edges: fc.array(anyEdge, { maxLength: 1 }) }),
    fc.record({ type: fc.constant("moveNodes" as const), positions: fc.dictionary(id, position, { maxKeys: 2 }) }),
    fc
      .record({ from: fc.record({ node: id, port }), to: fc.record({ node: id, port }) })
      .map((ends) => ({ type: "connectPorts" as const, ...ends })),
    fc.record({ type: fc.constant("renameNode" as const), nodeId: id, name: fc.string() }),
    fc.record({ type: fc.constant("setParams" as const), nodeId: id, params: fc.constant({ units: 3 }) }),
    fc.record({ type: fc.constant("resetParams" as const), nodeId: id, names: fc.constant(["units", "filters"]) }),
    fc.record({ type: fc.constant("insertNodeOnEdge" as const), edge: anyEdge, kind }),
    fc.record({
      type: fc.constant("setTraining" as const),
      training: fc.record({ epochs: fc.integer({ min: -1, max: 10 }) }),
    }),
    fc.record({ type: fc.constant("setNotes" as const), notes: fc.string() }),
  );
  // fast-check's records have no prototype; commands are plain objects.
  const command = record.map((each) => structuredClone(each));

  it("leave their document as it was, so that undo is keeping the old one", () => {
    fc.assert(
      fc.property(documentWithUniqueIds, fc.array(command, { maxLength: 6 }), (document, commands) => {
        const before = serialize(document);
        const outcome = applyCommands(deepFreeze(document), commands);
        expect(serialize(document)).toBe(before);
        // What is applied is a document again, and what is refused has words.
        if (outcome.ok) expect(parse(serialize(outcome.value))).toStrictEqual({ ok: true, value: outcome.value });
        else expect(describeCommandError(outcome.error)).toMatch(/\.$/);
      }),
    );
  });

  it("keep ids unique", () => {
    fc.assert(
      fc.property(documentWithUniqueIds, fc.array(command, { maxLength: 6 }), (document, commands) => {
        let current = document;
        for (const each of commands) {
          const outcome = applyCommands(current, [each]);
          if (outcome.ok) current = outcome.value;
        }
        expect(new Set(current.nodes.map((node) => node.id)).size).toBe(current.nodes.length);
      }),
    );
  });

  it("are applied all or not at all", () => {
    const document = smallNet();
    const outcome = applyCommands(document, [add("relu"), { type: "deleteNodes", nodeIds: ["nobody"] }]);
    expect(outcome).toEqual({ ok: false, error: { type: "unknownNode", nodeId: "nobody" } });
  });
});
