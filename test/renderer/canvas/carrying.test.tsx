import { act, cleanup, render } from "@testing-library/react";
import { ReactFlow, ReactFlowProvider } from "@xyflow/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { canvasView, guidesInView } from "../../../renderer/canvas/canvasView.ts";
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
  canvasView.setState({ copying: false });
  guidesInView.setState([], true);
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

it("glides past React to where an edit moves a layer, and on from there when the next edit comes", () => {
  const { latest, numRenders, place } = setUp();
  const frames: FrameRequestCallback[] = [];
  const requested = vi.spyOn(window, "requestAnimationFrame").mockImplementation((callback) => frames.push(callback));
  const draw = (afterMs: number) =>
    act(() => {
      for (const callback of frames.splice(0)) callback(start + afterMs);
    });
  const start = performance.now();
  const before = documentStore.getState().document.nodes.find(({ id }) => id === "fc1")?.position ?? { x: 0, y: 0 };
  const move = (x: number, y: number) =>
    act(() => {
      documentStore.getState().apply([{ type: "moveNodes", positions: { fc1: { x, y } } }], "move fc1");
    });
  move(-3000, before.y);
  const rendered = numRenders();
  draw(0);
  const [first] = Object.values(latest().shown.current);
  expect(first?.x).toBeCloseTo(before.x);
  draw(60);
  const under = latest().shown.current.fc1?.x ?? 0;
  expect(under).toBeLessThan(before.x);
  expect(under).toBeGreaterThan(-3000);
  expect(place()).toBe(`translate(${under}px,${before.y}px)`);
  expect(numRenders()).toBe(rendered);
  move(-3000, 5000);
  draw(0);
  expect(latest().shown.current.fc1?.x).toBeCloseTo(under);
  draw(10_000);
  expect(place()).toBe("translate(-3000px,5000px)");
  expect(latest().shown.current).toEqual({});
  requested.mockRestore();
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
