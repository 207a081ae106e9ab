import { act, cleanup, render } from "@testing-library/react";
import { ReactFlow, ReactFlowProvider } from "@xyflow/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { canvasView } from "../../../renderer/canvas/canvasView.ts";
import { type FlowElements, useFlowElements } from "../../../renderer/canvas/flowElements.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { createFakeShell } from "../fakeShell.ts";

beforeEach(async () => {
  setShell(createFakeShell());
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(() => {
  canvasView.setState({ copying: false, guides: [] });
  cleanup();
});

const setUp = () => {
  const held: { elements?: FlowElements } = {};
  let numRenders = 0;
  const Probe = () => {
    const elements = useFlowElements();
    held.elements = elements;
    numRenders += 1;
    return <ReactFlow nodes={elements.nodes} edges={[]} onNodesChange={elements.onNodesChange} />;
  };
  render(
    <ReactFlowProvider>
      <Probe />
    </ReactFlowProvider>,
  );
  const latest = (): FlowElements => {
    if (held.elements === undefined) throw new Error("Nothing was rendered.");
    return held.elements;
  };
  return {
    latest,
    numRenders: () => numRenders,
    place: () => document.querySelector<HTMLElement>('.react-flow__node[data-id="fc1"]')?.style.transform,
    // Far from whatever it might snap to.
    drag: (x: number, y: number) =>
      act(() => latest().onNodesChange([{ type: "position", id: "fc1", position: { x, y }, dragging: true }])),
  };
};

it("moves a dragged layer past React, which takes over when the hand lets go", () => {
  const { latest, numRenders, place, drag } = setUp();
  const before = numRenders();
  drag(-2000, 5004);
  drag(-2400, 5204);
  expect(place()).toBe("translate(-2400px,5204px)");
  expect(latest().shown.current).toEqual({ fc1: { x: -2400, y: 5204 } });
  expect(numRenders()).toBe(before);
  act(() => latest().land());
  expect(latest().preview).toEqual({ fc1: { x: -2400, y: 5204 } });
  expect(place()).toBe("translate(-2400px,5204px)");
  act(() => latest().commitMove(latest().shown.current));
  expect(documentStore.getState().document.nodes.find(({ id }) => id === "fc1")?.position).toEqual({
    x: -2400,
    y: 5204,
  });
  expect(place()).toBe("translate(-2400px,5204px)");
});

it("puts a layer back where nothing comes of its drag", () => {
  const { latest, place, drag } = setUp();
  const before = place();
  drag(-2400, 5204);
  act(() => latest().setPreview({}));
  expect(place()).toBe(before);
});

it("leaves to React what has a frame around it, and copies, whose originals are drawn", () => {
  const { latest, drag } = setUp();
  canvasView.setState({ copying: true });
  drag(-2400, 5204);
  expect(latest().preview).toEqual({ fc1: { x: -2400, y: 5204 } });
  canvasView.setState({ copying: false });
  act(() => latest().setPreview({}));
  const group = { title: "Block", color: "blue", nodeIds: ["fc1", "bn1"] } as const;
  act(() => documentStore.getState().apply([{ type: "addGroup", group }], "group"));
  expect(documentStore.getState().document.groups).toHaveLength(1);
  drag(-2400, 5204);
  expect(latest().preview).toEqual({ fc1: { x: -2400, y: 5204 } });
});
