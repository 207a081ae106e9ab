/** What the canvas shows of each edge, derived from the document, its compilation and what its nodes show. Pure. */
import {
  type Compiled,
  type Diagnostic,
  type DocumentEdge,
  type DocumentNode,
  edgeId,
  formatShape,
  type Group,
  isCompact,
  type LayerscopeDocument,
} from "../../engine/index.ts";
import { type BoxesByHeight, boxesByHeight } from "./boxesByHeight.ts";
import { boxOf, overlaps } from "./geometry.ts";
import type { NodeView } from "./nodeViews.ts";

export interface EdgeView {
  readonly id: string;
  readonly edge: DocumentEdge;
  /** The node whose output it carries, as the run measures it: of a group that repeats, its last copy. */
  readonly measuredId: string;
  /** Shape of what it carries, or `?`. */
  readonly shape: string;
  readonly diagnostic: Diagnostic | null;
  /** Something stands in the straight way. */
  readonly obstructed: boolean;
  readonly stale: boolean;
  readonly sourceName: string;
  readonly targetName: string;
}

interface Placing {
  readonly nodes: readonly DocumentNode[];
  readonly boxes: BoxesByHeight;
}

let placedBefore: Placing = { nodes: [], boxes: boxesByHeight([]) };

/** The very object of before as long as the nodes have the places and sizes that they had. */
const placingOf = ({ nodes }: LayerscopeDocument): Placing => {
  const { nodes: before } = placedBefore;
  const standsThere = (node: DocumentNode, other: DocumentNode | undefined): boolean =>
    node === other ||
    (other !== undefined &&
      node.id === other.id &&
      node.position === other.position &&
      isCompact(node) === isCompact(other));
  if (nodes.length === before.length && nodes.every((node, index) => standsThere(node, before[index]))) {
    return placedBefore;
  }
  placedBefore = { nodes, boxes: boxesByHeight(nodes.map((node) => ({ id: node.id, box: boxOf(node) }))) };
  return placedBefore;
};

/** Whether something stands in the straight way between two nodes. */
const isObstructed = ({ boxes }: Placing, from: DocumentNode, to: DocumentNode): boolean => {
  const way = {
    left: Math.max(from.position.x, to.position.x) + 100,
    right: Math.min(from.position.x, to.position.x) + 140,
    top: boxOf(from).bottom,
    bottom: to.position.y,
  };
  return (
    way.left < way.right &&
    boxes.isAnyBeside(way, ({ id, box }) => id !== from.id && id !== to.id && overlaps(way, box, 0))
  );
};

interface ShownEdge {
  readonly source: NodeView;
  readonly target: NodeView;
  readonly placing: Placing;
  readonly groups: readonly Group[];
  readonly view: EdgeView;
}

const measuredIdOf = ({ from, to }: DocumentEdge, groups: readonly Group[]): string => {
  const repeated = groups.find(({ nodeIds, repeat = 1 }) => repeat > 1 && nodeIds.includes(from.node));
  if (repeated === undefined || repeated.nodeIds.includes(to.node)) return from.node;
  return `${from.node}×${repeated.repeat}`;
};

/** Per edge, what it showed last, and by what; not where something may be wrong with it. */
const shownEdgesBefore = new WeakMap<DocumentEdge, ShownEdge>();

/** Edges whose both ends exist; the others are diagnostics only. */
export const edgeViews = (
  document: LayerscopeDocument,
  compiled: Compiled,
  nodes: readonly NodeView[],
): readonly EdgeView[] => {
  const views = new Map(nodes.map((view) => [view.nodeId, view]));
  const ofEdges = compiled.diagnostics.filter(({ edge }) => edge !== null);
  const placed = new Map(document.nodes.map((node) => [node.id, node]));
  const placing = placingOf(document);
  const { groups } = document;
  const seen = new Map<string, number>();
  return document.edges.flatMap((edge) => {
    const [source, target] = [views.get(edge.from.node), views.get(edge.to.node)];
    const [from, to] = [placed.get(edge.from.node), placed.get(edge.to.node)];
    if (source === undefined || target === undefined || from === undefined || to === undefined) return [];
    if (!source.outputs.includes(edge.from.port) || !target.inputs.includes(edge.to.port)) return [];
    const plain = edgeId(edge);
    const copy = seen.get(plain) ?? 0;
    seen.set(plain, copy + 1);
    const isSound = copy === 0 && ofEdges.length === 0 && target.diagnostics.length === 0;
    const before = isSound ? shownEdgesBefore.get(edge) : undefined;
    const measuredId = measuredIdOf(edge, groups);
    // What leaves a group that repeats is the output of its last copy, which may be another size.
    const ofCopy = measuredId === edge.from.node ? undefined : compiled.writtenFacts.get(measuredId);
    const shape =
      ofCopy === undefined ? source.shape : ofCopy.outputShape === null ? "?" : formatShape(ofCopy.outputShape);
    const isSame = before?.source === source && before.target === target && before.view.shape === shape;
    if (isSame && before.placing === placing && before.groups === groups) return [before.view];
    const diagnostic =
      ofEdges.find((found) => found.edge !== null && edgeId(found.edge) === plain) ??
      target.diagnostics.find((found) => found.severity === "error" && found.port === edge.to.port) ??
      null;
    const view: EdgeView = {
      id: copy === 0 ? plain : `${plain}#${copy}`,
      edge,
      measuredId,
      shape,
      diagnostic,
      obstructed: isObstructed(placing, from, to),
      stale: source.measured === "stale",
      sourceName: source.name,
      targetName: target.name,
    };
    if (isSound) shownEdgesBefore.set(edge, { source, target, placing, groups, view });
    return [view];
  });
};
