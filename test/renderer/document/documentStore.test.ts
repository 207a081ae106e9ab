import { describe, expect, it } from "vitest";
import { newDocument, parse, serialize } from "../../../engine/index.ts";
import { createDocumentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";

const lenet = () => {
  const parsed = parse(exampleNamed("lenet-bn-avg")?.text ?? "");
  if (!parsed.ok) throw new Error("The example does not open.");
  return parsed.value;
};

describe("documentStore", () => {
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

  it("takes a held key for one undo step, and what else was done for its own", () => {
    const store = createDocumentStore();
    const { apply, continueGesture } = store.getState();
    apply([{ type: "addNode", kind: "input", position: { x: 0, y: 0 } }], "add Input");
    const id = store.getState().document.nodes[0]?.id ?? "";
    const rename = (name: string) => apply([{ type: "renameNode", nodeId: id, name }], "rename");
    // The first one of a held key has another gesture before it, whose label is not its own.
    continueGesture(() => rename("a"));
    continueGesture(() => rename("ab"));
    expect(store.getState().past.map(({ label }) => label)).toEqual(["add Input", "rename"]);
    // Held until it was back where it began.
    continueGesture(() => rename("Input"));
    rename("b");
    rename("c");
    expect(
      store
        .getState()
        .past.map(({ label }) => label)
        .at(-1),
    ).toBe("rename");
    store.getState().undo();
    expect(store.getState().document.nodes[0]?.name).toBe("b");
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
