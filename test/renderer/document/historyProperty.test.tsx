import { act, cleanup, fireEvent, render } from "@testing-library/react";
import { ReactFlowProvider } from "@xyflow/react";
import fc from "fast-check";
import { useRef } from "react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LayerscopeDocument, newDocument, parse, serialize } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { useCanvasKeys } from "../../../renderer/canvas/canvasKeys.ts";
import { type FlowElements, useFlowElements } from "../../../renderer/canvas/flowElements.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { createFakeShell } from "../fakeShell.ts";
import { type Hands, steps } from "./historySteps.ts";

const NUM_SEQUENCES = 1000;

const example = (name: string): LayerscopeDocument => {
  const parsed = parse(exampleNamed(name)?.text ?? "");
  if (!parsed.ok) throw new Error(`The example ${name} does not open.`);
  return parsed.value;
};
/** The document with every edge led through a point of its own. */
const bent = (document: LayerscopeDocument): LayerscopeDocument => ({
  ...document,
  edges: document.edges.map((edge, index) => ({ ...edge, points: [{ x: 40 * index, y: 400 }] })),
});
/** The document with two of its nodes in a group, which steps find often enough to take it apart. */
const grouped = (document: LayerscopeDocument): LayerscopeDocument => ({
  ...document,
  groups: [{ id: "group1", title: "Block", color: "neutral", nodeIds: document.nodes.slice(1, 3).map(({ id }) => id) }],
});
const file = { handle: "1", fileName: "net.layerscope", folder: "/nets" };
const store = () => documentStore.getState();
const text = () => serialize(store().document);

/** For what is asked a hundred thousand times: an expectation that holds takes Vitest longer than the question. */
const expectSame = (actual: unknown, expected: unknown): void => {
  if (actual !== expected) expect(actual).toBe(expected);
};

const draw = fc.record({ a: fc.nat(1000), b: fc.nat(1000), c: fc.nat(1000) });
const sequence = fc.array(fc.record({ step: fc.nat(steps.length - 1), draw }), { minLength: 1, maxLength: 12 });

let elements: FlowElements | null = null;

/** The canvas without its drawing: what its keys and drags do. */
const BareCanvas = () => {
  const container = useRef<HTMLElement>(null);
  elements = useFlowElements();
  const keys = useCanvasKeys(elements, () => undefined, container);
  return (
    <section ref={container} aria-label="Graph" {...keys}>
      <div className="react-flow__node" data-testid="node" />
    </section>
  );
};

const openCanvas = (): Hands => {
  const node = render(<BareCanvas />, { wrapper: ReactFlowProvider }).getByTestId("node");
  return {
    elements() {
      if (elements === null) throw new Error("The canvas is not on screen.");
      return elements;
    },
    holdKey(nodeId, key, repeats, shiftKey) {
      node.dataset.id = nodeId;
      for (let count = 0; count <= repeats; count += 1) fireEvent.keyDown(node, { key, shiftKey, repeat: count > 0 });
      fireEvent.keyUp(node, { key, shiftKey });
    },
  };
};

beforeEach(() => {
  setShell(createFakeShell());
  viewStore.setState({ view: "editor", editorView: "canvas" });
});
afterEach(cleanup);

it("makes one entry of each gesture, and goes back to the bytes of the file and forth to the last ones", () => {
  const hands = openCanvas();
  const files = [newDocument(), bent(example("spiral-bn")), grouped(example("mlp-bn"))];
  /** Of each kind of step, how often it changed something. */
  const changed = steps.map(() => 0);
  fc.assert(
    fc.property(sequence, fc.nat(2), fc.nat(12), (taken, fileAt, savedAfter) => {
      act(() => store().open(files[fileAt] ?? newDocument(), file));
      const texts = [text()];
      let saved = 0;
      for (const [index, { step, draw: numbers }] of taken.entries()) {
        act(() => steps[step]?.take(numbers, hands));
        const now = text();
        // One gesture is one entry, and none where nothing has changed.
        if (now !== texts.at(-1)) {
          texts.push(now);
          changed[step] = (changed[step] ?? 0) + 1;
        }
        expectSame(store().past.length, texts.length - 1);
        expectSame(store().future.length, 0);
        expectSame(
          store().past.every(({ label }) => label !== ""),
          true,
        );
        if (index === savedAfter) {
          act(() => store().markSaved(store().document, file));
          saved = store().past.length;
        }
        expectSame(store().edited, store().past.length !== saved);
      }
      act(() => {
        const last = texts.length - 1;
        for (let at = last - 1; at >= 0; at -= 1) {
          store().undo();
          expectSame(text(), texts[at]);
          expectSame(store().edited, at !== saved);
        }
        expectSame(store().past.length, 0);
        for (let at = 1; at <= last; at += 1) {
          store().redo();
          expectSame(text(), texts[at]);
          expectSame(store().edited, at !== saved);
        }
        expectSame(store().future.length, 0);
        store().goTo(saved);
        expectSame(text(), texts[saved]);
        expectSame(store().edited, false);
      });
    }),
    { numRuns: NUM_SEQUENCES },
  );
  // A step that never does anything proves nothing.
  expect(steps.filter((_step, index) => changed[index] === 0).map(({ name }) => name)).toEqual([]);
});
