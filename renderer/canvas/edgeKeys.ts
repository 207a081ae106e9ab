/** The keyboard on an edge: arrows go along it and to its neighbours, Enter splices a layer in, B bends, Delete disconnects. */
import type { DocumentEdge } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { applyGesture } from "./applyGesture.ts";
import { canvasView } from "./canvasView.ts";
import { enterBends } from "./EdgeBends.tsx";
import { disconnect } from "./gestures.ts";
import type { SignalFlowEdge } from "./SignalEdge.tsx";

/** The edge that an event happened on, or null. */
const edgeIdAt = (target: EventTarget | null): string | null =>
  target instanceof Element ? (target.closest<SVGGElement>(".react-flow__edge")?.dataset.id ?? null) : null;

const focusNode = (container: HTMLElement | null, nodeId: string): void =>
  container
    ?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(nodeId)}"]`)
    ?.focus({ preventScroll: true });

/** Tab goes through nodes only: a deep net has as many edges again. */
const focusEdge = (container: HTMLElement | null, { id }: SignalFlowEdge): void => {
  const element = container?.querySelector<SVGGElement>(`.react-flow__edge[data-id="${CSS.escape(id)}"]`);
  if (!element) return;
  documentStore.getState().select([], [id]);
  element.setAttribute("tabindex", "-1");
  element.focus({ preventScroll: true });
};

/** From a node to the first edge that leaves it, or else that ends at it; tells whether there is one. */
export const enterEdge = (container: HTMLElement | null, edges: readonly SignalFlowEdge[], nodeId: string): boolean => {
  const edge = edges.find(({ source }) => source === nodeId) ?? edges.find(({ target }) => target === nodeId);
  if (edge !== undefined) focusEdge(container, edge);
  return edge !== undefined;
};

const searchFor = (element: Element, edge: DocumentEdge): void => {
  const { left, top, width, height } = element.getBoundingClientRect();
  const source = documentStore.getState().document.nodes.find(({ id }) => id === edge.from.node);
  canvasView.setState({
    search: {
      left: left + width / 2,
      top: top + height / 2,
      place: source?.position ?? { x: 0, y: 0 },
      end: null,
      edge,
    },
  });
};

/** Handles a key on an edge; tells whether it has. */
export const pressOnEdge = (
  event: React.KeyboardEvent,
  container: HTMLElement | null,
  edges: readonly SignalFlowEdge[],
): boolean => {
  const id = edgeIdAt(event.target);
  const at = edges.find((edge) => edge.id === id);
  if (at?.data === undefined || event.ctrlKey || event.metaKey || event.altKey) return false;
  // Neighbours leave the same node or end at the same one.
  const beside = edges.filter(({ source, target }) => source === at.source || target === at.target);
  const neighbour = (step: number) => beside[(beside.indexOf(at) + step + beside.length) % beside.length];
  const go = (edge: SignalFlowEdge | undefined) => edge && focusEdge(container, edge);
  const keys: Readonly<Record<string, () => void>> = {
    ArrowUp: () => focusNode(container, at.source),
    ArrowDown: () => focusNode(container, at.target),
    ArrowLeft: () => go(neighbour(-1)),
    ArrowRight: () => go(neighbour(1)),
    Enter: () => event.target instanceof Element && at.data && searchFor(event.target, at.data.view.edge),
    b: () => at.data && enterBends(at.id, at.data.view.edge),
    Escape: () => {
      documentStore.getState().select([]);
      focusNode(container, at.source);
    },
    Delete: () => {
      if (at.data) applyGesture(disconnect(documentStore.getState().document, at.data.view.edge));
      focusNode(container, at.source);
    },
  };
  const act = keys[event.key === "Backspace" ? "Delete" : event.key === "B" ? "b" : event.key];
  act?.();
  return act !== undefined;
};
