import { act, cleanup, render } from "@testing-library/react";
import { type NodeProps, ReactFlow, ReactFlowProvider } from "@xyflow/react";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { applyGesture } from "../../../renderer/canvas/applyGesture.ts";
import { ElementOrder, longestGrowing, orderElements } from "../../../renderer/canvas/ElementOrder.tsx";
import { useFlowElements } from "../../../renderer/canvas/flowElements.ts";
import { useShownInFlow } from "../../../renderer/canvas/flowStore.ts";
import { spliceNode } from "../../../renderer/canvas/splice.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { createFakeShell } from "../fakeShell.ts";

beforeEach(async () => {
  setShell(createFakeShell());
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(cleanup);

const Layer = ({ id }: NodeProps) => <span>{id}</span>;
const nodeTypes = { layer: Layer };

const Canvas = () => {
  const { handover, nodes, edges } = useFlowElements();
  useShownInFlow(handover, nodes, edges);
  return (
    <ReactFlow nodeTypes={nodeTypes}>
      <ElementOrder handover={handover} />
    </ReactFlow>
  );
};

/** The canvas, what Tab passes, and which elements were taken out of the page or put into it since it was asked last. */
const setUp = () => {
  const { container } = render(<Canvas />, { wrapper: ReactFlowProvider });
  const parent = container.querySelector(".react-flow__nodes");
  if (parent === null) throw new Error("There is no canvas.");
  const observer = new MutationObserver(() => undefined);
  observer.observe(parent, { childList: true });
  const idOf = (node: Node): string => (node instanceof HTMLElement ? (node.dataset.id ?? "") : "");
  return {
    element: (id: string) => parent.querySelector<HTMLElement>(`[data-id="${id}"]`),
    order: () => [...parent.children].map(idOf),
    moved: () => new Set(observer.takeRecords().flatMap(({ addedNodes }) => [...addedNodes].map(idOf))),
  };
};

const store = () => documentStore.getState();

it("takes nothing but the layer that is connected to its place in the order of the keyboard, with the keyboard on it", () => {
  const { order, moved, element } = setUp();
  const [before] = [order()];
  act(() => void store().apply([{ type: "addNode", kind: "relu", position: { x: 900, y: 0 } }], "add"));
  const loose = store().document.nodes.at(-1)?.id ?? "";
  const behind = store().document.edges.find(({ from }) => from.node === "fc1");
  if (behind === undefined) throw new Error("Nothing follows fc1.");
  expect(order()).toHaveLength(before.length + 1);
  element(loose)?.focus();
  expect(document.activeElement).toBe(element(loose));
  moved();
  act(() => void applyGesture(spliceNode(store().document, loose, behind, { x: 900, y: 0 })));
  const spliced = [...before];
  spliced.splice(before.indexOf("fc1") + 1, 0, loose);
  expect(order()).toEqual(spliced);
  expect([...moved()]).toEqual([loose]);
  expect(document.activeElement).toBe(element(loose));
  // And back, however React has them.
  act(() => store().undo());
  expect(order().filter((id) => id !== loose)).toEqual(before);
  act(() => store().redo());
  expect(order()).toEqual(spliced);
  act(() => store().goTo(0));
  expect(order()).toEqual(before);
});

it("puts elements in any order, and moves as few as can be", () => {
  const shuffled = fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(shuffled, (numbers) => {
      const parent = document.createElement("div");
      for (const number of numbers) {
        const child = document.createElement("i");
        child.dataset.id = String(number);
        parent.append(child);
      }
      const before = [...parent.children];
      const sorted = [...numbers].sort((a, b) => a - b);
      const observer = new MutationObserver(() => undefined);
      observer.observe(parent, { childList: true });
      orderElements(parent, sorted.map(String));
      expect([...parent.children].map((child) => child.getAttribute("data-id"))).toEqual(sorted.map(String));
      const moved = new Set(observer.takeRecords().flatMap(({ addedNodes }) => [...addedNodes]));
      expect(moved.size).toBe(before.length - longestOf(numbers));
      expect(longestGrowing(numbers).size).toBe(longestOf(numbers));
    }),
  );
});

/** How long the longest growing list among the numbers is, tried from each of them. */
const longestOf = (numbers: readonly number[]): number => {
  const lengths: number[] = [];
  for (const [index, number] of numbers.entries())
    lengths[index] =
      1 + Math.max(0, ...numbers.slice(0, index).map((other, at) => (other < number ? (lengths[at] ?? 0) : 0)));
  return Math.max(...lengths);
};
