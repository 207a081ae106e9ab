import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Command, layers, newDocument, parse, serialize } from "../../../engine/index.ts";
import { createDocumentStore, type DocumentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";

const lenet = () => {
  const parsed = parse(exampleNamed("lenet-bn-avg")?.text ?? "");
  if (!parsed.ok) throw new Error("The example does not open.");
  return parsed.value;
};

/** A gesture that names nodes and edges by number, so that it can be made for any document. */
interface Gesture {
  readonly what:
    | "add"
    | "delete"
    | "move"
    | "connect"
    | "rename"
    | "params"
    | "training"
    | "notes"
    | "splice"
    | "deleteEdge";
  readonly a: number;
  readonly b: number;
}

const gesture: fc.Arbitrary<Gesture> = fc.record({
  what: fc.constantFrom(
    "add",
    "delete",
    "move",
    "connect",
    "rename",
    "params",
    "training",
    "notes",
    "splice",
    "deleteEdge",
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
});

const commandsOf = (store: DocumentStore, { what, a, b }: Gesture): readonly Command[] => {
  const { nodes, edges } = store.getState().document;
  const kind = layers[a % layers.length]?.kind ?? "relu";
  const node = nodes[a % Math.max(1, nodes.length)];
  const other = nodes[b % Math.max(1, nodes.length)];
  const edge = edges[a % Math.max(1, edges.length)];
  if (what === "add") return [{ type: "addNode", kind, position: { x: a, y: b } }];
  if (what === "training") return [{ type: "setTraining", training: { seed: a, epochs: b + 1 } }];
  if (what === "notes") return [{ type: "setNotes", notes: `note ${a}` }];
  if (edge && what === "splice") return [{ type: "insertNodeOnEdge", edge, kind }];
  if (edge && what === "deleteEdge") return [{ type: "deleteEdges", edges: [edge] }];
  if (!node || !other) return [];
  if (what === "delete") return [{ type: "deleteNodes", nodeIds: [node.id] }];
  if (what === "move") return [{ type: "moveNodes", positions: { [node.id]: { x: a, y: b } } }];
  if (what === "rename") return [{ type: "renameNode", nodeId: node.id, name: `n${b}` }];
  if (what === "params") return [{ type: "setParams", nodeId: node.id, params: { filters: b } }];
  return [{ type: "connectPorts", from: { node: node.id, port: "out" }, to: { node: other.id, port: "in" } }];
};

describe("documentStore", () => {
  it("undoes any gestures back to the same bytes and no unsaved mark, and redoes them to the same bytes", () => {
    fc.assert(
      fc.property(fc.array(gesture, { maxLength: 30 }), (gestures) => {
        const store = createDocumentStore();
        store.getState().open(lenet(), UNTITLED);
        const start = serialize(store.getState().document);
        for (const each of gestures) store.getState().apply(commandsOf(store, each), each.what);
        const end = serialize(store.getState().document);
        const { length } = store.getState().past;
        expect(store.getState().edited).toBe(length > 0);

        for (let count = 0; count < length; count += 1) store.getState().undo();
        expect(serialize(store.getState().document)).toBe(start);
        expect(store.getState().edited).toBe(false);
        expect(store.getState().past).toHaveLength(0);

        for (let count = 0; count < length; count += 1) store.getState().redo();
        expect(serialize(store.getState().document)).toBe(end);
        expect(store.getState().future).toHaveLength(0);
      }),
      { numRuns: 25 },
    );
  });

  it("makes several commands one undo step with one label", () => {
    const store = createDocumentStore();
    store.getState().apply(
      [
        { type: "addNode", kind: "input", position: { x: 0, y: 0 } },
        { type: "addNode", kind: "output", position: { x: 0, y: 120 } },
      ],
      "add two nodes",
    );
    expect(store.getState().past.map(({ label }) => label)).toEqual(["add two nodes"]);
    store.getState().undo();
    expect(store.getState().document.nodes).toHaveLength(0);
    expect(store.getState().future.map(({ label }) => label)).toEqual(["add two nodes"]);
  });

  it("says why a command is refused and changes nothing", () => {
    const store = createDocumentStore();
    const before = store.getState().document;
    const { refused } = store.getState().apply([{ type: "renameNode", nodeId: "fc9", name: "x" }], "rename");
    expect(refused).toBe('There is no node "fc9".');
    expect(store.getState().document).toBe(before);
    expect(store.getState().past).toHaveLength(0);
  });

  it("makes no undo step of a gesture that changes nothing", () => {
    const store = createDocumentStore();
    store.getState().open(lenet(), UNTITLED);
    const [node] = store.getState().document.nodes;
    if (!node) throw new Error("The example has no nodes.");
    store.getState().apply([{ type: "moveNodes", positions: { [node.id]: { ...node.position } } }], "move");
    expect(store.getState().past).toHaveLength(0);
    expect(store.getState().edited).toBe(false);
  });

  it("keeps the unsaved mark honest over save, edit and undo", () => {
    const store = createDocumentStore();
    const file = { handle: "h", fileName: "net.layerscope", folder: "/nets" };
    store.getState().apply([{ type: "setNotes", notes: "one" }], "edit notes");
    const written = store.getState().document;
    // An edit that is made while the file is being written stays unsaved.
    store.getState().apply([{ type: "setNotes", notes: "two" }], "edit notes");
    store.getState().markSaved(written, file);
    expect(store.getState().edited).toBe(true);
    store.getState().undo();
    expect(store.getState().edited).toBe(false);
    store.getState().undo();
    expect(store.getState().edited).toBe(true);
    expect(store.getState().file).toEqual(file);
  });

  it("deselects nodes that an edit or undo removes", () => {
    const store = createDocumentStore();
    store.getState().apply([{ type: "addNode", kind: "relu", id: "r", position: { x: 0, y: 0 } }], "add relu1");
    store.getState().select(["r"]);
    store.getState().undo();
    expect(store.getState().selectedNodeIds).toEqual([]);
  });

  it("compiles after each change", () => {
    const store = createDocumentStore();
    store.getState().open(lenet(), UNTITLED);
    expect(store.getState().compiled.program?.numClasses).toBe(10);
    store.getState().apply([{ type: "deleteNodes", nodeIds: ["flatten"] }], "delete flatten");
    expect(store.getState().compiled.program).toBeNull();
    expect(store.getState().compiled.diagnostics.some(({ severity }) => severity === "error")).toBe(true);
    store.getState().undo();
    expect(store.getState().compiled.program?.numClasses).toBe(10);
  });

  it("starts with a document that can be saved", () => {
    expect(parse(serialize(createDocumentStore().getState().document))).toEqual({ ok: true, value: newDocument() });
  });
});
