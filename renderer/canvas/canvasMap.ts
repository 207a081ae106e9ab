/** When the map of the graph shows, and what it covers. */
import type { ReactFlowState } from "@xyflow/react";
import type { Box } from "./geometry.ts";

/** As in Canvas.css. */
const MAP = { width: 140, height: 100, right: 8, bottom: 32 } as const;

/** Whether part of the graph lies outside the view. */
export const exceedsView = ({
  nodes,
  transform: [x, y, zoom],
  width,
  height,
}: Pick<ReactFlowState, "nodes" | "transform" | "width" | "height">): boolean =>
  nodes.some(({ position, measured }) => {
    const [left, top] = [position.x * zoom + x, position.y * zoom + y];
    const [right, bottom] = [left + (measured?.width ?? 0) * zoom, top + (measured?.height ?? 0) * zoom];
    return left < -1 || top < -1 || right > width + 1 || bottom > height + 1;
  });

/** In px of the view. */
export const mapBox = ({ width, height }: { readonly width: number; readonly height: number }): Box => ({
  left: width - MAP.right - MAP.width,
  top: height - MAP.bottom - MAP.height,
  right: width - MAP.right,
  bottom: height - MAP.bottom,
});
