import { act, cleanup, render } from "@testing-library/react";
import { ReactFlowProvider, useStoreApi } from "@xyflow/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Command } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { type FlowElements, useFlowElements } from "../../../renderer/canvas/flowElements.ts";
import { useShownInFlow } from "../../../renderer/canvas/flowStore.ts";
import { groupIdOf } from "../../../renderer/canvas/groupViews.ts";
import { useShownSelection } from "../../../renderer/canvas/shownSelection.ts";
import { documentStore, useDocument } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { createFakeShell } from "../fakeShell.ts";

type Store = ReturnType<typeof useStoreApi>;

beforeEach(async () => {
  setShell(createFakeShell());
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(cleanup);

/** The store that Probe is in. */
const storeWith = (Probe: (props: { readonly held: { store?: Store } }) => null): Store => {
  const held: { store?: Store } = {};
  render(
    <ReactFlowProvider>
      <Probe held={held} />
    </ReactFlowProvider>,
  );
  if (held.store === undefined) throw new Error("Nothing was rendered.");
  return held.store;
};

const setUp = () => {
  const shown: { elements?: FlowElements } = {};
  const flow = storeWith(({ held }) => {
    held.store = useStoreApi();
    shown.elements = useFlowElements();
    useShownInFlow(shown.elements.handover, shown.elements.nodes, shown.elements.edges);
    useShownSelection(
      shown.elements.nodes,
      useDocument((state) => state.selectedNodeIds),
      null,
    );
    return null;
  });
  // What React Flow makes of the same edges by itself.
  const reference = storeWith(({ held }) => {
    held.store = useStoreApi();
    return null;
  });
  let told = 0;
  flow.subscribe(() => {
    told += 1;
  });
  /** How often React Flow tells its listeners of a change. */
  const timesTold = (change: () => void): number => {
    told = 0;
    act(change);
    const { nodes, edges, nodeLookup, edgeLookup, connectionLookup } = flow.getState();
    expect(nodes).toBe(shown.elements?.nodes);
    expect([...nodeLookup.keys()]).toEqual(nodes.map(({ id }) => id));
    expect(edges).toBe(shown.elements?.edges);
    reference.getState().setEdges([...edges]);
    expect([...edgeLookup]).toEqual([...reference.getState().edgeLookup]);
    expect([...connectionLookup]).toEqual([...reference.getState().connectionLookup]);
    return told;
  };
  const apply = (...commands: Command[]) => documentStore.getState().apply(commands, "edit");
  const elements = (): FlowElements => {
    if (shown.elements === undefined) throw new Error("Nothing was rendered.");
    return shown.elements;
  };
  return { flow, timesTold, apply, elements };
};

it("tells once of an edit after which other nodes and edges show something else", () => {
  const { flow, timesTold, apply } = setUp();
  const { edges } = flow.getState();
  expect(timesTold(() => apply({ type: "setParams", nodeId: "fc1", params: { units: 77 } }))).toBe(1);
  const texts = flow.getState().edges.map(({ ariaLabel }) => ariaLabel);
  expect(texts.filter((text) => text?.endsWith(", 77"))).not.toEqual([]);
  expect(flow.getState().edges).not.toBe(edges);
});

it("tells of edges that are selected, and not of what changes nothing on the canvas", () => {
  const { flow, timesTold, apply } = setUp();
  const [{ id } = { id: "" }] = flow.getState().edges;
  expect(timesTold(() => documentStore.getState().select([], [id]))).toBe(1);
  expect(flow.getState().edgeLookup.get(id)?.selected).toBe(true);
  expect(timesTold(() => documentStore.getState().select([]))).toBe(1);
  expect(timesTold(() => apply({ type: "setTraining", training: { batchSize: 32 } }))).toBe(0);
  expect(timesTold(() => apply({ type: "setNotes", notes: "Only words." }))).toBe(0);
});

it("notes which layers are selected without telling anybody", () => {
  const { flow, timesTold, apply } = setUp();
  const { select } = documentStore.getState();
  const selected = () =>
    [...flow.getState().nodeLookup.values()].flatMap(({ id, selected: isSelected, internals }) => {
      expect(internals.userNode.selected).toBe(isSelected);
      expect(internals.z).toBe(isSelected ? 1000 : 0);
      return isSelected ? [id] : [];
    });
  expect(timesTold(() => select(["fc1", "bn1"]))).toBe(0);
  expect(selected()).toEqual(["fc1", "bn1"]);
  timesTold(() => apply({ type: "setParams", nodeId: "fc1", params: { units: 77 } }));
  expect(selected()).toEqual(["fc1", "bn1"]);
  // At once with an edit that makes one of them anew.
  timesTold(() => {
    apply({ type: "renameNode", nodeId: "bn1", name: "norm" });
    select(["bn1", "output"]);
  });
  expect(selected()).toEqual(["bn1", "output"]);
  expect(timesTold(() => select([]))).toBe(0);
  expect(selected()).toEqual([]);
});

it("frames what stays selected of what was selected with a frame, and tells of that", () => {
  const { flow, timesTold } = setUp();
  act(() => documentStore.getState().select(["fc1", "bn1"]));
  act(() => flow.setState({ nodesSelectionActive: true }));
  expect(timesTold(() => documentStore.getState().select(["fc1"]))).toBe(1);
  expect(flow.getState().nodesSelectionActive).toBe(true);
  expect(timesTold(() => documentStore.getState().select([]))).toBe(1);
  expect(flow.getState().nodesSelectionActive).toBe(false);
});

it("has a collapsed group as another item than its frame", () => {
  const { flow, timesTold, apply } = setUp();
  const group = { title: "Middle", color: "blue", nodeIds: ["fc1", "bn1"] } as const;
  timesTold(() => apply({ type: "addGroup", group }));
  const item = () => flow.getState().nodes.find(({ type }) => type !== "layer");
  const frame = item();
  const [{ id } = { id: "" }] = documentStore.getState().document.groups;
  timesTold(() => apply({ type: "changeGroup", groupId: id, change: { collapsed: true } }));
  expect([frame?.type, item()?.type]).toEqual(["frame", "layerGroup"]);
  expect(item()?.id).not.toBe(frame?.id);
  expect([frame?.id, item()?.id].map((itemId) => groupIdOf(itemId ?? ""))).toEqual([id, id]);
});

it("tells nothing of groups and notes that show what they showed", () => {
  const { flow, timesTold, apply } = setUp();
  const group = { title: "Middle", color: "blue", nodeIds: ["fc1", "bn1"] } as const;
  const note = {
    text: "Why here?",
    position: { x: 600, y: 0 },
    size: { width: 200, height: 80 },
    color: "amber",
  } as const;
  timesTold(() => apply({ type: "addGroup", group }, { type: "addCanvasNote", note }));
  const items = () => flow.getState().nodes.filter(({ type }) => type !== "layer");
  expect(items().map(({ type }) => type)).toEqual(["frame", "note"]);
  const before = items();
  expect(timesTold(() => apply({ type: "setTraining", training: { batchSize: 32 } }))).toBe(0);
  expect(timesTold(() => apply({ type: "renameNode", nodeId: "output", name: "loss" }))).toBe(1);
  expect(items().every((item, index) => item === before[index])).toBe(true);
});

it("connects in React Flow what is connected in the document, through edits, undo and redo", () => {
  const { flow, timesTold, apply } = setUp();
  const count = flow.getState().edges.length;
  expect(timesTold(() => apply({ type: "deleteNodes", nodeIds: ["bn1"] }))).toBe(1);
  expect(flow.getState().edges.length).toBeLessThan(count);
  const [edge] = documentStore.getState().document.edges;
  if (edge !== undefined) timesTold(() => apply({ type: "deleteEdges", edges: [edge] }));
  timesTold(() => documentStore.getState().goTo(0));
  expect(flow.getState().edges).toHaveLength(count);
  timesTold(() => documentStore.getState().redo());
  expect(flow.getState().edges.length).toBeLessThan(count);
});

it("notes where a layer stands in the objects that React Flow has, and tells of a glide when it is over", () => {
  const { flow, timesTold, apply, elements } = setUp();
  const known = () => {
    const node = flow.getState().nodeLookup.get("fc1");
    if (node === undefined) throw new Error("fc1 is not on the canvas.");
    return node;
  };
  const [node, { internals, position: from }] = [known(), known()];
  const to = { x: from.x + 400, y: from.y };
  // It glides there, past React and past all that listen.
  let told = 0;
  const stop = flow.subscribe(() => {
    told += 1;
  });
  act(() => apply({ type: "moveNodes", positions: { fc1: to } }));
  expect(told).toBe(0);
  expect(known()).toBe(node);
  expect(known().internals).toBe(internals);
  expect([node.position, internals.positionAbsolute, internals.userNode.position]).toEqual([to, to, to]);
  expect(elements().handover.toldPlace("fc1")).toEqual(from);
  // Selected on its way, it stays so.
  act(() => documentStore.getState().select(["fc1"]));
  act(() => elements().setPreview({}));
  stop();
  expect(told).toBe(1);
  expect(elements().handover.toldPlace("fc1")).toBeNull();
  expect(flow.getState().nodes.find(({ id }) => id === "fc1")).toMatchObject({ position: to, selected: true });
  expect(known().internals).toBe(internals);
  // An edit of something else besides is told at once.
  const again = () =>
    apply({ type: "moveNodes", positions: { fc1: from } }, { type: "renameNode", nodeId: "bn1", name: "n" });
  expect(timesTold(again)).toBe(1);
  expect(known().position).toEqual(from);
});

it("shows edges where they end, though nobody was told of a glide, as soon as anybody is told of anything", () => {
  const { flow, apply, elements } = setUp();
  act(() => apply({ type: "moveNodes", positions: { fc1: { x: -900, y: 0 } } }));
  expect(elements().handover.toldPlace("fc1")).not.toBeNull();
  act(() => flow.setState({ nodesDraggable: true }));
  expect(elements().handover.toldPlace("fc1")).toBeNull();
});
