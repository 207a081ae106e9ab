/** An edge, tinted by the std of the signal it carries at the step shown. Colour and width are written past React while a run streams. */
import {
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  type ReactFlowState,
  useStoreApi,
} from "@xyflow/react";
import { memo, useEffect, useRef, useState } from "react";
import type { Position } from "../../engine/index.ts";
import { chartColors } from "../charts/colors.ts";
import { keepDrawn } from "../charts/drawQueue.ts";
import { runStore, useRun } from "../run/runStore.ts";
import { useCanvasView } from "./canvasView.ts";
import { addBend, EdgeBends } from "./EdgeBends.tsx";
import { middleOfRoute, roundedPath, routeEdge } from "./geometry.ts";
import type { EdgeView } from "./nodeViews.ts";
import { edgeStyle } from "./signalStd.ts";
import "./SignalEdge.css";

export type SignalFlowEdge = Edge<{ readonly view: EdgeView } & Record<string, unknown>, "signal">;

const CORNER_RADIUS = 8;
/** React Flow ends an edge at the rim of the port's hit area; it is drawn to the port's middle. */
const PORT_REACH = 12;

/** Where on the graph the pointer is. */
const placeOf = (
  { domNode, transform: [x, y, zoom] }: Pick<ReactFlowState, "domNode" | "transform">,
  { clientX, clientY }: React.MouseEvent,
): Position => {
  const { left = 0, top = 0 } = domNode?.getBoundingClientRect() ?? {};
  return { x: (clientX - left - x) / zoom, y: (clientY - top - y) / zoom };
};

export const SignalEdge = memo((props: EdgeProps<SignalFlowEdge>) => {
  const { id, sourceX, sourceY, targetX, targetY, selected, data } = props;
  const view = data?.view;
  const [hovered, setHovered] = useState(false);
  /** Its points while one of them is dragged. */
  const [bent, setBent] = useState<readonly Position[] | null>(null);
  const store = useStoreApi();
  const group = useRef<SVGGElement>(null);
  const history = useRun((run) => run.history);
  const isDropTarget = useCanvasView((state) => state.dropEdgeId === id);
  const broken = view?.diagnostic?.severity === "error";
  const sourceId = view?.edge.from.node;
  const live = broken || view?.stale ? null : history;

  useEffect(() => {
    const path = group.current?.querySelector<SVGPathElement>(".react-flow__edge-path");
    if (!path || live === null || sourceId === undefined) return;
    let shown = { stroke: "", width: "" };
    const draw = (): void => {
      const { std } = live.statisticsAt(sourceId, runStore.getState().shownStep) ?? {};
      const { stroke, width } = edgeStyle(std ?? null, chartColors().std);
      // Setting a style costs even when it stays the same.
      if (stroke === shown.stroke && width === shown.width) return;
      shown = { stroke, width };
      path.style.stroke = stroke;
      path.style.strokeWidth = width;
    };
    const stop = keepDrawn(draw);
    return () => {
      stop();
      path.style.stroke = "";
      path.style.strokeWidth = "";
    };
  }, [live, sourceId]);

  if (view === undefined) return null;
  const points = routeEdge(
    [sourceX, sourceY - PORT_REACH],
    [targetX, targetY + PORT_REACH],
    view.obstructed,
    bent ?? view.edge.points,
  );
  const [labelX, labelY] = middleOfRoute(points);
  const classes = `SignalEdge${selected ? " is-selected" : ""}${broken ? " is-broken" : ""}${view.stale ? " is-stale" : ""}${isDropTarget ? " is-drop-target" : ""}`;
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: bends are looks; what an edge is can be changed with C on a node */}
      <g
        ref={group}
        className={classes}
        onPointerEnter={() => setHovered(true)}
        onPointerLeave={() => setHovered(false)}
        onDoubleClick={(event) => {
          event.stopPropagation();
          addBend(view.edge, points, placeOf(store.getState(), event));
        }}
      >
        <BaseEdge id={id} path={roundedPath(points, CORNER_RADIUS)} interactionWidth={20} />
      </g>
      {selected && view.edge.points !== undefined && <EdgeBends edge={view.edge} preview={setBent} />}
      {(hovered || broken) && (
        <EdgeLabelRenderer>
          <div
            className={`SignalEdge-label${broken ? " is-broken" : ""}`}
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
          >
            {view.shape}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
SignalEdge.displayName = "SignalEdge";
