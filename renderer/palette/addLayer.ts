import type { Position } from "../../engine/index.ts";
import { applyGesture } from "../canvas/applyGesture.ts";
import { addAfter } from "../canvas/gestures.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { documentStore } from "../document/documentStore.ts";

/** Adds a layer after the selected node, or free at `elsewhere`, and shows it. */
export const addLayer = (kind: string, elsewhere: Position): void => {
  const { document, selectedNodeIds } = documentStore.getState();
  const [selected = null] = selectedNodeIds.length === 1 ? selectedNodeIds : [];
  applyGesture(addAfter(document, kind, selected, elsewhere));
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
