import { type ConnectionLineComponentProps, EdgeLabelRenderer, useStore } from "@xyflow/react";
import { documentStore } from "../document/documentStore.ts";
import type { CanvasFlowNode } from "./canvasItems.ts";
import { roundedPath, routeEdge } from "./geometry.ts";
import { checkConnection } from "./gestures.ts";

/** The line from a port to the pointer, with what letting go there would do. */
export const ConnectionLine = (props: ConnectionLineComponentProps<CanvasFlowNode>) => {
  const { fromX, fromY, toX, toY, fromHandle, toHandle } = props;
  const zoom = useStore((state) => state.transform[2]);
  const forward = fromHandle.type === "source";
  const check =
    toHandle === null || toHandle.type === fromHandle.type
      ? null
      : checkConnection(
          documentStore.getState().document,
          { node: (forward ? fromHandle : toHandle).nodeId, port: (forward ? fromHandle : toHandle).id ?? "" },
          { node: (forward ? toHandle : fromHandle).nodeId, port: (forward ? toHandle : fromHandle).id ?? "" },
        );
  const wrongSide = toHandle !== null && toHandle.type === fromHandle.type && toHandle.nodeId !== fromHandle.nodeId;
  const note = wrongSide
    ? forward
      ? "Outputs connect to inputs, at the top of a node."
      : "Inputs connect to outputs, at the bottom of a node."
    : check !== null && "text" in check
      ? check.text
      : check?.status === "exists"
        ? "Already connected"
        : "";
  const refused = wrongSide || check?.status === "refused";
  const route = forward ? routeEdge([fromX, fromY], [toX, toY], false) : routeEdge([toX, toY], [fromX, fromY], false);
  return (
    <g>
      <path className={`ConnectionLine${refused ? " is-refused" : ""}`} d={roundedPath(route, 8)} />
      {note !== "" && (
        <EdgeLabelRenderer>
          <div
            className={`ConnectionLine-note${refused ? " is-refused" : ""}`}
            style={{ transform: `translate(${toX}px, ${toY}px) scale(${1 / zoom}) translate(16px, -50%)` }}
          >
            {note}
          </div>
        </EdgeLabelRenderer>
      )}
    </g>
  );
};
