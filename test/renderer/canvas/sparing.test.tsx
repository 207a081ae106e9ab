import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { ReactFlow, ReactFlowProvider } from "@xyflow/react";
import { afterEach, expect, it } from "vitest";
import { canvasView } from "../../../renderer/canvas/canvasView.ts";
import { useSparing } from "../../../renderer/canvas/sparing.ts";
import { isPaced } from "../../../renderer/run/liveRun.ts";

afterEach(() => {
  canvasView.setState({ isDragging: false });
  cleanup();
});

const Graph = () => {
  useSparing();
  return <ReactFlow nodes={[]} edges={[]} />;
};

it("draws measurements less often from the press of a button on the graph until it is let go and nothing is dragged", () => {
  render(
    <ReactFlowProvider>
      <button type="button">elsewhere</button>
      <Graph />
    </ReactFlowProvider>,
  );
  fireEvent.pointerDown(screen.getByRole("button", { name: "elsewhere" }));
  expect(isPaced()).toBe(false);
  fireEvent.pointerUp(window);
  const pane = document.querySelector(".react-flow__pane");
  if (pane === null) throw new Error("The graph has no pane.");
  fireEvent.pointerDown(pane);
  expect(isPaced()).toBe(true);
  canvasView.setState({ isDragging: true });
  fireEvent.pointerUp(pane);
  expect(isPaced()).toBe(true);
  canvasView.setState({ isDragging: false });
  expect(isPaced()).toBe(false);
  fireEvent.pointerDown(pane);
  fireEvent.pointerCancel(pane);
  expect(isPaced()).toBe(false);
});
