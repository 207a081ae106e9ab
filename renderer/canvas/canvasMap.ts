/** When the map of the graph shows, and what it covers. */
import type { ReactFlowState } from "@xyflow/react";
import type { Box } from "./geometry.ts";

/** As in Canvas.css. */
const MAP = { width: 140, height: 100, right: 8, bottom: 32 } as const;

/** In px. Nodes cut off by less can be read, and the map would cover more of the graph than it shows: a wider inspector alone brings none. */
const LEAST_OUTSIDE = 32;

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
    return Math.min(left, top) < -LEAST_OUTSIDE || right > width + LEAST_OUTSIDE || bottom > height + LEAST_OUTSIDE;
  });

/** In px of the view. */
export const mapBox = ({ width, height }: { readonly width: number; readonly height: number }): Box => ({
  left: width - MAP.right - MAP.width,
  top: height - MAP.bottom - MAP.height,
  right: width - MAP.right,
  bottom: height - MAP.bottom,
});

/** Of the map, in px, around the graph. */
const PADDING = 8;

/** How places of the graph become places of the map, with the whole graph in its middle, and back. */
export const mapScale = (
  nodes: readonly {
    readonly position: { readonly x: number; readonly y: number };
    readonly width?: number;
    readonly height?: number;
  }[],
) => {
  const least = (values: readonly number[]): number => Math.min(...values, Number.MAX_SAFE_INTEGER);
  const most = (values: readonly number[]): number => Math.max(...values, Number.MIN_SAFE_INTEGER);
  const [x0, y0] = [least(nodes.map(({ position }) => position.x)), least(nodes.map(({ position }) => position.y))];
  const x1 = most(nodes.map(({ position, width = 0 }) => position.x + width));
  const y1 = most(nodes.map(({ position, height = 0 }) => position.y + height));
  const factor = Math.min(
    (MAP.width - 2 * PADDING) / Math.max(1, x1 - x0),
    (MAP.height - 2 * PADDING) / Math.max(1, y1 - y0),
  );
  const [midX, midY] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return {
    factor,
    left: (x: number): number => MAP.width / 2 + (x - midX) * factor,
    top: (y: number): number => MAP.height / 2 + (y - midY) * factor,
    x: (left: number): number => midX + (left - MAP.width / 2) / factor,
    y: (top: number): number => midY + (top - MAP.height / 2) / factor,
  };
};
