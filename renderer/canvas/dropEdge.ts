import { type DocumentNode, type LayerscopeDocument, NODE_WIDTH, type Position } from "../../engine/index.ts";
import type { EdgeView } from "./edgeViews.ts";
import { boxOf, distanceToRoute, routeEdge } from "./geometry.ts";
import type { SignalFlowEdge } from "./SignalEdge.tsx";
import { canSplice } from "./splice.ts";

/** How near to an edge the pointer must be for a drop, in canvas px. */
const REACH = 24;
/** The same for the middle of a node that is carried there. */
export const NODE_REACH = 40;

/** The way of an edge from and to the middles of its nodes' borders; null without one of the nodes. */
export const routeOf = (nodes: readonly DocumentNode[], { edge, obstructed }: EdgeView) => {
  const [from, to] = [edge.from, edge.to].map((end) => nodes.find(({ id }) => id === end.node));
  if (from === undefined || to === undefined) return null;
  const start = [from.position.x + NODE_WIDTH / 2, boxOf(from).bottom] as const;
  return routeEdge(start, [to.position.x + NODE_WIDTH / 2, to.position.y], obstructed, edge.points);
};

const distanceTo = ({ nodes }: LayerscopeDocument, view: EdgeView, point: Position): number => {
  const route = routeOf(nodes, view);
  return route === null ? Number.POSITIVE_INFINITY : distanceToRoute(route, point);
};

/** The edge that a node of the kind is spliced into when it is dropped at the point. */
export const edgeNear = (
  document: LayerscopeDocument,
  edges: readonly SignalFlowEdge[],
  kind: string,
  point: Position,
  reach = REACH,
): EdgeView | null => {
  if (!canSplice(kind)) return null;
  let nearest: EdgeView | null = null;
  let least = reach;
  for (const { data } of edges) {
    if (data === undefined) continue;
    const distance = distanceTo(document, data.view, point);
    if (distance < least) {
      least = distance;
      nearest = data.view;
    }
  }
  return nearest;
};
