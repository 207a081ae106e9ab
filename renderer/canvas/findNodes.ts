/** Finding nodes by name, kind or shape. */
import { type Compiled, formatShape, type LayerscopeDocument, layerOf } from "../../engine/index.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { documentStore } from "../document/documentStore.ts";
import { canvasView } from "./canvasView.ts";

export interface FoundNode {
  readonly nodeId: string;
  readonly kind: string;
  readonly name: string;
  readonly title: string;
  /** `50×9×9`, or `?`. */
  readonly shape: string;
}

/** How well a node fits: smaller is better, null not at all. */
const rank = ({ name, kind, title, shape }: FoundNode, query: string): number | null => {
  const [own, called] = [name.toLowerCase(), title.toLowerCase()];
  if (own === query) return 0;
  if (own.startsWith(query)) return 1;
  if (own.includes(query)) return 2;
  if (called.startsWith(query) || kind.toLowerCase() === query) return 3;
  if (called.includes(query)) return 4;
  // As people type it: 50x9x9, or a part of it.
  return shape.includes(query.replace(/[x*]/g, "×")) ? 5 : null;
};

/** Best first, else in execution order; all for an empty query. */
export const findNodes = (document: LayerscopeDocument, compiled: Compiled, query: string): readonly FoundNode[] => {
  const order = new Map([...compiled.facts.keys()].map((nodeId, index) => [nodeId, index]));
  const wanted = query.trim().toLowerCase();
  return document.nodes
    .map(({ id, kind, name }) => {
      const shape = compiled.facts.get(id)?.outputShape;
      return { nodeId: id, kind, name, title: layerOf(kind)?.title ?? kind, shape: shape ? formatShape(shape) : "?" };
    })
    .flatMap((node) => {
      const score = wanted === "" ? 0 : rank(node, wanted);
      return score === null ? [] : [{ node, score }];
    })
    .sort((a, b) => a.score - b.score || (order.get(a.node.nodeId) ?? 0) - (order.get(b.node.nodeId) ?? 0))
    .map(({ node }) => node);
};

/** Selects the node and brings it into view; the keyboard stays where it is. */
export const revealFound = (nodeId: string): void => {
  documentStore.getState().select([nodeId]);
  canvasViewport()?.revealNode(nodeId);
};

/** The next (1) or previous (−1) node that was searched for last, around the end. */
export const goToFound = (step: 1 | -1): void => {
  const { document, compiled, selectedNodeIds } = documentStore.getState();
  const found = findNodes(document, compiled, canvasView.getState().findQuery);
  const at = found.findIndex(({ nodeId }) => nodeId === selectedNodeIds[0]);
  const next = found[at < 0 ? (step === 1 ? 0 : found.length - 1) : (at + step + found.length) % found.length];
  if (next === undefined) return;
  documentStore.getState().select([next.nodeId]);
  if (canvasView.getState().finding) canvasViewport()?.revealNode(next.nodeId);
  else canvasViewport()?.showNode(next.nodeId);
};
