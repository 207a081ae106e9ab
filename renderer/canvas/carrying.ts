/**
 * Layers while a hand drags them: moved on the page and on the stages, past React. With 200 nodes each move through React takes some 15 ms, and the new
 * paths of the edges have the browser lay out and arrange the page, which takes as long again. React learns where the layers are when the hand lets go.
 */
import { type ReactFlowState, useStoreApi } from "@xyflow/react";
import { useMemo } from "react";
import type { LayerscopeDocument, Position } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { canvasView } from "./canvasView.ts";
import { useEdgeStage } from "./edgeStage.ts";
import type { FlowHandover } from "./flowStore.ts";
import { nodeElements } from "./nodeElements.ts";
import type { SignalFlowEdge } from "./SignalEdge.tsx";
import { sameList } from "./stableItems.ts";
import { useStripStage } from "./stripStage.ts";

type Positions = Readonly<Record<string, Position>>;

export interface Carrying {
  /** Whether no more than layers and edges goes by the places of these. */
  readonly canCarry: (ids: readonly string[]) => boolean;
  /** Shows layers where React does not have them yet; false, and nothing done, where more than layers and edges goes by their places. */
  readonly carry: (positions: Positions) => boolean;
  /** Shows them where React has them. */
  readonly end: () => void;
  readonly isCarrying: () => boolean;
}

const NOT_MOVED: Position = { x: 0, y: 0 };
/** Each of them is a layer of the page. */
const MOST_LIFTED = 4;

/** Whether all of them are layers outside of groups: a group has a frame around its layers. */
const areLoneLayers = ({ nodes, groups }: LayerscopeDocument, ids: readonly string[]): boolean => {
  const lone = new Set(nodes.map(({ id }) => id));
  for (const { nodeIds } of groups) for (const id of nodeIds) lone.delete(id);
  return ids.every((id) => lone.has(id));
};

const edgesOf = (edges: readonly SignalFlowEdge[], ids: readonly string[]): readonly SignalFlowEdge[] => {
  const carried = new Set(ids);
  return edges.filter(({ source, target }) => carried.has(source) || carried.has(target));
};

/** What stays the same from one move of a hand to the next is found once. */
interface Load {
  readonly document: LayerscopeDocument;
  readonly edges: ReactFlowState["edges"];
  readonly ids: readonly string[];
  /** Those that end at what is carried. */
  readonly carriedEdges: readonly SignalFlowEdge[];
  /** Whether no more than layers and edges goes by the places of what is carried. */
  readonly isPlain: boolean;
}

/** An edge that says what is wrong with it says so on the page. */
const hasLabel = ({ data }: SignalFlowEdge): boolean => data?.view.diagnostic?.severity === "error";

export const useCarrying = (handover: FlowHandover): Carrying => {
  const flow = useStoreApi();
  const [strips, edges] = [useStripStage(), useEdgeStage()];
  return useMemo(() => {
    const elements = new Map<string, HTMLElement>();
    const lifted = new Map<string, () => void>();
    let load: Load | null = null;

    const loadOf = (ids: readonly string[]): Load => {
      const { document } = documentStore.getState();
      const { edges: all } = flow.getState();
      if (load?.document === document && load.edges === all && sameList(load.ids, ids) === load.ids) return load;
      const carriedEdges = edgesOf(all as SignalFlowEdge[], ids);
      const isPlain = areLoneLayers(document, ids) && !carriedEdges.some(hasLabel);
      load = { document, edges: all, ids, carriedEdges, isPlain };
      return load;
    };

    const show = (positions: Positions, carriedEdges: readonly SignalFlowEdge[]): void => {
      const state = flow.getState();
      // As React Flow writes it.
      for (const [id, { x, y }] of Object.entries(positions)) {
        const element = elements.get(id);
        if (element !== undefined) element.style.transform = `translate(${x}px,${y}px)`;
      }
      const movedBy = (id: string): Position => {
        const [to, known] = [positions[id], state.nodeLookup.get(id)?.internals.positionAbsolute];
        const from = handover.toldPlace(id) ?? known;
        return to === undefined || from === undefined ? NOT_MOVED : { x: to.x - from.x, y: to.y - from.y };
      };
      for (const { id, source, target } of carriedEdges) edges?.carry(id, movedBy(source), movedBy(target));
      strips?.carry(positions);
    };

    const canCarry = (ids: readonly string[]): boolean => !canvasView.getState().copying && loadOf(ids).isPlain;

    return {
      isCarrying: () => elements.size > 0,
      canCarry,
      carry: (positions) => {
        const ids = Object.keys(positions);
        if (!canCarry(ids)) return false;
        const missing = ids.filter((id) => !elements.has(id));
        const found = nodeElements(flow.getState().domNode, missing);
        if (found.size < missing.length) return false;
        for (const [id, element] of found) {
          elements.set(id, element);
          if (ids.length <= MOST_LIFTED && strips !== null) lifted.set(id, strips.lift(id, element));
        }
        show(positions, loadOf(ids).carriedEdges);
        return true;
      },
      end: () => {
        if (elements.size === 0) return;
        const { nodeLookup, edges: all } = flow.getState();
        load = null;
        show(
          Object.fromEntries(
            [...elements.keys()].flatMap((id) => {
              const node = nodeLookup.get(id);
              return node === undefined ? [] : [[id, node.internals.positionAbsolute]];
            }),
          ),
          edgesOf(all as SignalFlowEdge[], [...elements.keys()]),
        );
        elements.clear();
        edges?.putDown();
        strips?.carry({});
        for (const putBack of lifted.values()) putBack();
        lifted.clear();
      },
    };
  }, [flow, handover, strips, edges]);
};
