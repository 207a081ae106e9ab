/** React Flow's nodes and edges, derived from the document. Objects stay the same as long as what they show does. */
import { type Connection, type NodeChange, Position as Side, useStoreApi } from "@xyflow/react";
import { type RefObject, useCallback, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { COMPACT_NODE_HEIGHT, NODE_HEIGHT, NODE_WIDTH, type PortReference, type Position } from "../../engine/index.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { divergenceOf } from "../run/divergence.ts";
import { useRun } from "../run/runStore.ts";
import { applyGesture } from "./applyGesture.ts";
import { atRest } from "./atRest.ts";
import { type CanvasFlowNode, itemsMeant, movedBy, useCanvasItems } from "./canvasItems.ts";
import { guidesInView } from "./canvasView.ts";
import { useCarrying } from "./carrying.ts";
import { type EdgeView, edgeViews } from "./edgeViews.ts";
import { type FlowHandover, useFlowHandover } from "./flowStore.ts";
import { portShare, unionOf } from "./geometry.ts";
import { type Glide, useGlide } from "./glide.ts";
import { collapsedOwners, groupItemId } from "./groupViews.ts";
import { boxesForGuides } from "./guideBoxes.ts";
import { guidesFor } from "./guides.ts";
import type { LayerFlowNode } from "./LayerNode.tsx";
import { moveItems } from "./moveItems.ts";
import { readoutsIdOf } from "./nodeParts.ts";
import { type NodeView, nodeViews } from "./nodeViews.ts";
import { snap } from "./placement.ts";
import type { SignalFlowEdge } from "./SignalEdge.tsx";
import { sameList, useStable } from "./stableItems.ts";

export type Positions = Readonly<Record<string, Position>>;

const PORT_HIT = 24;

/** Given to React Flow so that edges stand right before anything was measured. */
const handlesOf = (view: NodeView, height: number): NonNullable<LayerFlowNode["handles"]> => {
  const side = (ports: readonly string[], type: "source" | "target", position: Side, y: number) =>
    ports.map((id, index) => ({
      id,
      type,
      position,
      x: NODE_WIDTH * portShare(index, ports.length) - PORT_HIT / 2,
      y: y - PORT_HIT / 2,
      width: PORT_HIT,
      height: PORT_HIT,
    }));
  return [...side(view.inputs, "target", Side.Top, 0), ...side(view.outputs, "source", Side.Bottom, height)];
};

/** What a screen reader says of a node: name, kind, shape, facts, findings. */
const describe = (view: NodeView): string =>
  [
    `${view.name}, ${view.title}`,
    `output ${view.shape === "?" ? "unknown" : view.shape}`,
    view.facts,
    view.divergence?.message ?? "",
    ...view.diagnostics.map(({ message }) => message),
  ]
    .filter((part) => part !== "")
    .join(", ");

const nodeKey = (view: NodeView): string => view.nodeId;
const edgeKey = (view: EdgeView): string => view.id;
const itemKey = (item: CanvasFlowNode): string => item.id;

export interface FlowElements {
  /** Layers, notes, and groups. */
  readonly nodes: CanvasFlowNode[];
  readonly edges: SignalFlowEdge[];
  readonly views: readonly NodeView[];
  readonly onNodesChange: (changes: NodeChange<CanvasFlowNode>[]) => void;
  /** Positions on screen before they are an edit: a drag, or arrow keys held down. */
  readonly setPreview: (positions: Positions) => void;
  readonly preview: Positions;
  /** React takes over what is dragged past it. */
  readonly land: () => void;
  /** What was previewed last, also before it is rendered. */
  readonly shown: RefObject<Positions>;
  readonly glide: Glide;
  /** Hands nodes and edges over to React Flow. */
  readonly handover: FlowHandover;
  /** Makes the previewed positions one undo step. */
  readonly commitMove: (positions: Positions) => void;
}

/** Within so many px of the screen a dragged node snaps to a guide. */
const GUIDE_REACH = 6;

/** When a hand rests for so long, React takes over what it drags: the map shows it, too. */
const REST_MS = 300;

const NO_POSITIONS: Positions = {};

const isEmpty = (positions: Positions): boolean => Object.keys(positions).length === 0;

/** The positions of what is dragged, all moved alike to what it nearly lines up with; the guides say what that is. */
const guided = (moved: Positions, zoom: number): Positions => {
  const { moving, others, frames } = boxesForGuides(documentStore.getState().document, moved);
  if (moving.length === 0) return moved;
  const { shift, guides } = guidesFor(unionOf(moving), others, GUIDE_REACH / zoom, frames);
  if (guides.length > 0 || guidesInView.getState().length > 0) guidesInView.setState(guides, true);
  return Object.fromEntries(Object.entries(moved).map(([id, { x, y }]) => [id, { x: x + shift.x, y: y + shift.y }]));
};

/** A click on one of several that are selected, which React Flow leaves as they are: they may be about to be dragged. */
export const selectAlone = (itemId: string): void => {
  const { document, selectedNodeIds, selectedEdgeIds, selectedNoteIds, select } = documentStore.getState();
  const { nodeIds, noteIds } = itemsMeant(document, itemId);
  const numSelected = selectedNodeIds.length + selectedEdgeIds.length + selectedNoteIds.length;
  if (numSelected > nodeIds.length + noteIds.length) select([...nodeIds], [], [...noteIds]);
};

export const useFlowElements = (): FlowElements => {
  const document = useDocument((state) => state.document);
  const compiled = useDocument((state) => state.compiled);
  const selectedNodeIds = useDocument((state) => state.selectedNodeIds);
  const selectedEdgeIds = useDocument((state) => state.selectedEdgeIds);
  const selectedNoteIds = useDocument((state) => state.selectedNoteIds);
  const runDocument = useRun((run) => run.runDocument);
  const runState = useRun((run) => run.state);
  const [preview, setPreviewState] = useState<Positions>(NO_POSITIONS);
  const shown = useRef<Positions>(NO_POSITIONS);
  const handover = useFlowHandover();
  const carrying = useCarrying(handover);
  const { setPreview, land, resting } = useMemo(() => {
    let last = NO_POSITIONS;
    /** React renders the whole canvas once more for the very state that it has. */
    const showPreview = (positions: Positions): void => {
      if (positions !== last) setPreviewState(positions);
      last = positions;
    };
    const takeOver = (): void => {
      if (!carrying.isCarrying()) return;
      flushSync(() => showPreview(shown.current));
      carrying.end();
    };
    const rest = atRest(REST_MS, takeOver);
    return {
      resting: rest,
      setPreview: (positions: Positions) => {
        shown.current = positions;
        rest.cancel();
        carrying.end();
        handover.tell();
        showPreview(isEmpty(positions) ? NO_POSITIONS : positions);
      },
      land: () => {
        rest.cancel();
        takeOver();
      },
    };
  }, [carrying, handover]);
  const hold = useCallback(
    (ids: readonly string[]) => {
      if (carrying.canCarry(ids)) handover.hold();
    },
    [carrying, handover],
  );
  const glide = useGlide(
    document,
    useDocument((state) => state.openedCount),
    shown,
    setPreview,
    carrying.carry,
    hold,
  );
  const flow = useStoreApi();

  const derived = useMemo(
    () => nodeViews(document, compiled, runDocument, divergenceOf({ state: runState, runDocument })),
    [document, compiled, runDocument, runState],
  );
  const views = useStable(derived, nodeKey);
  const derivedEdges = useMemo(() => edgeViews(document, compiled, views), [document, compiled, views]);
  const edgesShown = useStable(derivedEdges, edgeKey);

  const cache = useRef<ReadonlyMap<string, LayerFlowNode>>(new Map());
  const shownNodes = useRef<CanvasFlowNode[]>([]);
  const hidden = useMemo(() => collapsedOwners(document), [document]);
  const layerNodes = useMemo(() => {
    const placed = new Map(document.nodes.map((node) => [node.id, node.position]));
    const selected = new Set(selectedNodeIds);
    const open = hidden.size === 0 ? views : views.filter(({ nodeId }) => !hidden.has(nodeId));
    const made = open.map((view): LayerFlowNode => {
      const position = preview[view.nodeId] ?? placed.get(view.nodeId) ?? { x: 0, y: 0 };
      const old = cache.current.get(view.nodeId);
      // Whether it is selected may be out of date here: `useShownSelection` notes that on the very object.
      if (old?.data.view === view && old.position.x === position.x && old.position.y === position.y) return old;
      if (old?.data.view === view) return { ...old, position };
      const height = view.compact ? COMPACT_NODE_HEIGHT : NODE_HEIGHT;
      return {
        id: view.nodeId,
        type: "layer",
        position,
        selected: selected.has(view.nodeId),
        width: NODE_WIDTH,
        height,
        measured: { width: NODE_WIDTH, height },
        handles: handlesOf(view, height),
        ariaLabel: describe(view),
        domAttributes: view.compact ? {} : { "aria-describedby": readoutsIdOf(view.nodeId) },
        data: { view },
      };
    });
    cache.current = new Map(made.map((node) => [node.id, node]));
    return made;
  }, [document, views, hidden, selectedNodeIds, preview]);
  const items = useStable(
    useCanvasItems(document, compiled, preview, selectedNodeIds, selectedNoteIds, views),
    itemKey,
  );
  const nodes = useMemo(() => {
    shownNodes.current = sameList(shownNodes.current, items.length === 0 ? layerNodes : [...items, ...layerNodes]);
    return shownNodes.current;
  }, [items, layerNodes]);

  const edgeCache = useRef<ReadonlyMap<string, SignalFlowEdge>>(new Map());
  const shownEdges = useRef<SignalFlowEdge[]>([]);
  const edges = useMemo(() => {
    const selected = new Set(selectedEdgeIds);
    const made = edgesShown.flatMap((view): SignalFlowEdge[] => {
      const { from, to } = view.edge;
      const [source, target] = [hidden.get(from.node), hidden.get(to.node)];
      // Between two layers of a collapsed group.
      if (source !== undefined && source === target) return [];
      const ends = {
        source: source === undefined ? from.node : groupItemId(source),
        target: target === undefined ? to.node : groupItemId(target),
      };
      const isSelected = selected.has(view.id);
      // What shows the same stays the same object: React passes it by.
      const old = edgeCache.current.get(view.id);
      const isSame =
        old?.data?.view === view &&
        old.selected === isSelected &&
        old.source === ends.source &&
        old.target === ends.target;
      if (isSame) return [old];
      return [
        {
          id: view.id,
          type: "signal",
          ...ends,
          sourceHandle: source === undefined ? from.port : "out",
          targetHandle: target === undefined ? to.port : "in",
          selected: isSelected,
          ariaLabel: `${view.sourceName} to ${view.targetName}, ${view.shape}`,
          data: { view },
        },
      ];
    });
    shownEdges.current = sameList(shownEdges.current, made);
    if (shownEdges.current === made) edgeCache.current = new Map(made.map((edge) => [edge.id, edge]));
    return shownEdges.current;
  }, [edgesShown, hidden, selectedEdgeIds]);

  const onNodesChange = useCallback(
    (changes: NodeChange<CanvasFlowNode>[]) => {
      const dragged: Record<string, Position> = {};
      const { document: open, selectedEdgeIds: edgesBefore, select, ...before } = documentStore.getState();
      const [nodeSelection, noteSelection] = [new Set(before.selectedNodeIds), new Set(before.selectedNoteIds)];
      for (const change of changes) {
        if (change.type === "position" && change.position && change.dragging) {
          dragged[change.id] = snap(change.position);
        }
        if (change.type === "select") {
          const { nodeIds, noteIds } = itemsMeant(open, change.id);
          for (const nodeId of nodeIds) nodeSelection[change.selected ? "add" : "delete"](nodeId);
          for (const noteId of noteIds) noteSelection[change.selected ? "add" : "delete"](noteId);
        }
      }
      const moved = movedBy(open, dragged);
      if (!isEmpty(moved)) {
        glide.stop();
        const positions = { ...shown.current, ...guided(moved, flow.getState().transform[2]) };
        if (carrying.carry(positions)) {
          shown.current = positions;
          resting.note();
        } else setPreview(positions);
      }
      if (changes.some((change) => change.type === "select")) {
        select([...nodeSelection], edgesBefore, [...noteSelection]);
      }
    },
    [flow, carrying, resting, setPreview, glide],
  );

  const commitMove = useCallback(
    (positions: Positions) => {
      const { document: before } = documentStore.getState();
      applyGesture(moveItems(before, positions));
      // The new document takes over from what is on screen; without one, nodes are where they were.
      if (documentStore.getState().document === before) setPreview(NO_POSITIONS);
    },
    [setPreview],
  );

  return { nodes, edges, views, onNodesChange, preview, setPreview, land, shown, commitMove, handover, glide };
};

/** The two ends of a connection, output first, however it was drawn. */
export const endsOf = (
  connection: Pick<Connection, "source" | "sourceHandle" | "target" | "targetHandle">,
): {
  readonly from: PortReference;
  readonly to: PortReference;
} => ({
  from: { node: connection.source, port: connection.sourceHandle ?? "" },
  to: { node: connection.target, port: connection.targetHandle ?? "" },
});
