/**
 * An edge, tinted by the std of the signal it carries at the step shown. The stage draws it, while a run streams past React; here is what the
 * pointer and the keyboard meet.
 */
import { type Edge, EdgeLabelRenderer, type EdgeProps, type ReactFlowState, useStoreApi } from "@xyflow/react";
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useState } from "react";
import type { Position } from "../../engine/index.ts";
import { keepDrawn } from "../charts/drawQueue.ts";
import { runStore, useRun } from "../run/runStore.ts";
import { useCanvasView } from "./canvasView.ts";
import { addBend, EdgeBends, edgeRoutes } from "./EdgeBends.tsx";
import { type EdgeTone, useEdgeStage } from "./edgeStage.ts";
import type { EdgeView } from "./edgeViews.ts";
import { middleOfRoute, roundedPath, routeEdge } from "./geometry.ts";
import { signalLook } from "./signalStd.ts";
import "./SignalEdge.css";

export type SignalFlowEdge = Edge<{ readonly view: EdgeView } & Record<string, unknown>, "signal">;

const CORNER_RADIUS = 8;
/** React Flow ends an edge at the rim of the port's hit area; it is drawn to the port's middle. */
const PORT_REACH = 12;
/** A shorter edge than this lies between two nodes of a column, where a badge begins right of it: its label stands left of it. */
const LEAST_BESIDE_BADGE = 40;
const NOT_MOVED: Position = { x: 0, y: 0 };

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
  const stage = useEdgeStage();
  const history = useRun((run) => run.history);
  const isDropTarget = useCanvasView((state) => state.dropEdgeId === id);
  const broken = view?.diagnostic?.severity === "error";
  const measuredId = view?.measuredId;
  const live = broken || view?.stale ? null : history;

  useEffect(() => {
    if (stage === null || live === null || measuredId === undefined) return;
    let hasChanged = false;
    const draw = (): void => {
      const { std } = live.statisticsAt(measuredId, runStore.getState().shownStep) ?? {};
      hasChanged = stage.measured(id, signalLook(std ?? null));
    };
    const stop = keepDrawn(draw, {
      place: () => stage.tileOf(id),
      tiles: () => (hasChanged ? stage.tilesOf(id) : []),
    });
    return () => {
      stop();
      stage.measured(id, null);
    };
  }, [stage, id, live, measuredId]);

  const routeMoved = useCallback(
    (source: Position, target: Position) =>
      routeEdge(
        [sourceX + source.x, sourceY + source.y - PORT_REACH],
        [targetX + target.x, targetY + target.y + PORT_REACH],
        view?.obstructed ?? false,
        bent ?? view?.edge.points,
      ),
    [sourceX, sourceY, targetX, targetY, view, bent],
  );
  const points = useMemo(() => routeMoved(NOT_MOVED, NOT_MOVED), [routeMoved]);
  const tone: EdgeTone = broken ? "broken" : view?.stale ? "stale" : "signal";
  const marked = selected === true || isDropTarget;
  useLayoutEffect(() => {
    edgeRoutes.set(id, points);
    return () => void edgeRoutes.delete(id);
  }, [id, points]);
  useLayoutEffect(
    () => stage?.show(id, { points, routeMoved, tone, marked, hovered }),
    [stage, id, points, routeMoved, tone, marked, hovered],
  );
  useEffect(() => () => stage?.hide(id), [stage, id]);

  const path = useMemo(() => roundedPath(points, CORNER_RADIUS), [points]);

  if (view === undefined) return null;
  const [labelX, labelY] = middleOfRoute(points);
  const isShort = points.length === 2 && Math.abs(targetY - sourceY) < LEAST_BESIDE_BADGE;
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keyboard bends it with B */}
      <g
        className="SignalEdge"
        onPointerEnter={() => setHovered(true)}
        onPointerLeave={() => setHovered(false)}
        onDoubleClick={(event) => {
          event.stopPropagation();
          addBend(view.edge, points, placeOf(store.getState(), event));
        }}
      >
        <path id={id} className="react-flow__edge-path" d={path} />
        <path className="react-flow__edge-interaction" d={path} />
      </g>
      {selected && view.edge.points !== undefined && (
        <EdgeBends id={id} edge={view.edge} name={`${view.sourceName} to ${view.targetName}`} preview={setBent} />
      )}
      {(hovered || broken) && (
        <EdgeLabelRenderer>
          <div
            className={`SignalEdge-label${broken ? " is-broken" : ""}`}
            style={{
              transform: `translate(${isShort ? "calc(-100% - 8px)" : "-50%"}, -50%) translate(${labelX}px, ${labelY}px)`,
            }}
          >
            {view.shape}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
SignalEdge.displayName = "SignalEdge";
