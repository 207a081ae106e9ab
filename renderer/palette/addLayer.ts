import { layerOf, type Position } from "../../engine/index.ts";
import { applyGesture } from "../canvas/applyGesture.ts";
import { addAfter } from "../canvas/gestures.ts";
import { addAtLooseEnd, type LooseEnd } from "../canvas/looseEnd.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { documentStore } from "../document/documentStore.ts";

/** Adds a layer after the selected node, or free at `elsewhere`, and shows it. */
export const addLayer = (kind: string, elsewhere: Position): void => {
  const { document, selectedNodeIds } = documentStore.getState();
  const [selected = null] = selectedNodeIds.length === 1 ? selectedNodeIds : [];
  applyGesture(addAfter(document, kind, selected, elsewhere));
};

/** Adds a layer at the other end of a link that was let go at `point`. */
export const addLinked = (kind: string, end: LooseEnd, point: Position): void => {
  applyGesture(addAtLooseEnd(documentStore.getState().document, kind, end, point));
};

/** The output that a layer would be added after: of the one selected node. */
export const selectedEnd = (): LooseEnd | null => {
  const { document, selectedNodeIds } = documentStore.getState();
  const [selected] = selectedNodeIds.length === 1 ? selectedNodeIds : [];
  const kind = document.nodes.find(({ id }) => id === selected)?.kind;
  const [output] = layerOf(kind ?? "")?.outputs ?? [];
  return selected === undefined || output === undefined
    ? null
    : { side: "output", port: { node: selected, port: output } };
};

/** Where a layer goes that nobody placed: below the last node, or at the origin of an empty canvas. */
export const defaultPlace = (): Position => {
  const { document } = documentStore.getState();
  const lowest = document.nodes.reduce<(typeof document.nodes)[number] | null>(
    (low, node) => (low === null || node.position.y > low.position.y ? node : low),
    null,
  );
  return lowest?.position ?? { x: 0, y: 0 };
};

/** Brings the selected node into view, with the keyboard focus where asked. */
export const showSelected = (): void => {
  const [selected] = documentStore.getState().selectedNodeIds;
  if (selected !== undefined) canvasViewport()?.showNode(selected);
};
