import { act, cleanup, render } from "@testing-library/react";
import { ReactFlowProvider, useStoreApi } from "@xyflow/react";
import { afterEach, expect, it } from "vitest";
import { subscribeView, usePanning } from "../../../renderer/canvas/panning.ts";

type Store = ReturnType<typeof useStoreApi>;

afterEach(cleanup);

/** A canvas of 1000 × 600 px with one node in view, and what is told of its view. */
const setUp = () => {
  const held: { store?: Store } = {};
  let move: (x: number, y: number, zoom?: number) => void = () => undefined;
  const Probe = () => {
    held.store = useStoreApi();
    const { onViewportChange } = usePanning();
    move = (x, y, zoom = 1) => act(() => onViewportChange({ x, y, zoom }));
    return null;
  };
  render(
    <ReactFlowProvider>
      <Probe />
    </ReactFlowProvider>,
  );
  const flow = held.store;
  if (flow === undefined) throw new Error("Nothing was rendered.");
  const domNode = document.createElement("div");
  domNode.innerHTML = '<div class="react-flow__viewport"></div>';
  const node = { id: "fc1", position: { x: 400, y: 200 }, measured: { width: 240, height: 102 }, data: {} };
  flow.setState({ domNode, width: 1000, height: 600, nodes: [node] });
  const told = { reactFlow: 0, view: 0 };
  flow.subscribe((state, before) => {
    if (state.transform !== before.transform) told.reactFlow += 1;
  });
  subscribeView(flow, () => {
    told.view += 1;
  });
  const style = () => domNode.querySelector<HTMLElement>(".react-flow__viewport")?.style.transform;
  return { flow, told, style, domNode, move: (...to: Parameters<typeof move>) => move(...to) };
};

it("moves the view while a hand pans, and tells React Flow when the hand lets go", async () => {
  const { flow, told, style, move } = setUp();
  act(() => flow.setState({ paneDragging: true }));
  move(10, 20);
  move(30, 40);
  expect(style()).toBe("translate(30px,40px) scale(1)");
  // Whoever asks knows where the view is.
  expect(flow.getState().transform).toEqual([30, 40, 1]);
  expect(told).toEqual({ reactFlow: 0, view: 2 });
  await act(async () => flow.setState({ paneDragging: false }));
  expect(told).toEqual({ reactFlow: 1, view: 3 });
  expect(flow.getState().transform).toEqual([30, 40, 1]);
});

it("tells React Flow at once of all that does not come from a hand, of another zoom, and when the map comes or goes", () => {
  const { flow, told, move } = setUp();
  move(10, 20);
  expect(told).toEqual({ reactFlow: 1, view: 1 });
  act(() => flow.setState({ paneDragging: true }));
  move(12, 22, 1.1);
  expect(told.reactFlow).toBe(2);
  // The node leaves the view, and the map comes.
  move(500, 22, 1.1);
  expect(told.reactFlow).toBe(3);
  move(510, 22, 1.1);
  expect(told).toEqual({ reactFlow: 3, view: 4 });
  // It stays until the hand lets go.
  move(12, 22, 1.1);
  expect(told).toEqual({ reactFlow: 3, view: 5 });
});

it("tells React Flow of each move while a callout is open, which stands in the window", () => {
  const { flow, told, domNode, move } = setUp();
  const callout = document.createElement("div");
  callout.className = "react-flow__node-toolbar";
  domNode.append(callout);
  act(() => flow.setState({ paneDragging: true }));
  move(10, 20);
  move(20, 20);
  expect(told).toEqual({ reactFlow: 2, view: 2 });
});
