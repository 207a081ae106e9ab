/** What is drawn over the graph during a gesture: guides, the places that copies leave, and a link that waits for its layer. */
import { useEffect } from "react";
import { layerOf, NODE_WIDTH } from "../../engine/index.ts";
import { useDocument } from "../document/documentStore.ts";
import { canvasView, guidesInView, useCanvasView } from "./canvasView.ts";
import { routeOf } from "./dropEdge.ts";
import type { Positions } from "./flowElements.ts";
import { boxOf, portShare, roundedPath, routeEdge } from "./geometry.ts";
import type { Guide } from "./guides.ts";
import { InView } from "./InView.tsx";
import type { SignalFlowEdge } from "./SignalEdge.tsx";
import { useStripStage } from "./stripStage.ts";
import "./CanvasMarks.css";

const NO_GUIDES: readonly Guide[] = [];

const useGuidesOnStage = (): void => {
  const stage = useStripStage();
  useEffect(() => {
    let shown: readonly Guide[] | null = null;
    const update = (): void => {
      const { dropEdgeId, isDragging } = canvasView.getState();
      const due = dropEdgeId === null ? guidesInView.getState() : NO_GUIDES;
      if (!isDragging && due.length === 0) {
        if (shown !== null) stage?.hideGuides();
        shown = null;
      } else if (due !== shown) {
        stage?.showGuides(due);
        shown = due;
      }
    };
    update();
    const stops = [canvasView.subscribe(update), guidesInView.subscribe(update)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [stage]);
};

/** Where the originals stay while their copies follow the pointer. */
const Originals = ({ dragged }: { readonly dragged: Positions }) => {
  const copying = useCanvasView((state) => state.copying);
  const nodes = useDocument(({ document }) => document.nodes);
  if (!copying) return null;
  return nodes
    .filter(({ id }) => dragged[id] !== undefined)
    .map((node) => {
      const { left, top, right, bottom } = boxOf(node);
      return (
        <rect
          key={node.id}
          className="CanvasMarks-original"
          x={left}
          y={top}
          width={right - left}
          height={bottom - top}
          rx={8}
        />
      );
    });
};

const PendingLink = () => {
  const search = useCanvasView((state) => state.search);
  const node = useDocument(({ document }) => document.nodes.find(({ id }) => id === search?.end?.port.node));
  if (!search?.end || node === undefined) return null;
  const { side, port } = search.end;
  const layer = layerOf(node.kind);
  const ports = (side === "output" ? layer?.outputs : layer?.inputs) ?? [];
  const { left, top, bottom } = boxOf(node);
  const x = left + NODE_WIDTH * portShare(Math.max(0, ports.indexOf(port.port)), ports.length);
  const here = [x, side === "output" ? bottom : top] as const;
  const there = [search.place.x, search.place.y] as const;
  const route = side === "output" ? routeEdge(here, there, false) : routeEdge(there, here, false);
  return <path className="ConnectionLine" d={roundedPath(route, 8)} />;
};

/** The edge that takes in what is dropped, above the node that is dragged over it. */
const DropEdge = ({ edges }: { readonly edges: readonly SignalFlowEdge[] }) => {
  const dropEdgeId = useCanvasView((state) => state.dropEdgeId);
  const nodes = useDocument(({ document }) => document.nodes);
  const view = edges.find(({ id }) => id === dropEdgeId)?.data?.view;
  const route = view && routeOf(nodes, view);
  return route ? <path className="CanvasMarks-dropEdge" d={roundedPath(route, 8)} /> : null;
};

export const CanvasMarks = ({
  dragged,
  edges,
}: {
  readonly dragged: Positions;
  readonly edges: readonly SignalFlowEdge[];
}) => {
  useGuidesOnStage();
  return (
    <InView>
      <svg className="CanvasMarks" aria-hidden="true">
        <Originals dragged={dragged} />
        <PendingLink />
        <DropEdge edges={edges} />
      </svg>
    </InView>
  );
};
