import type { Viewport } from "@xyflow/react";
import { type Box, unionOf } from "./geometry.ts";

/** Room above for badges and edges that turn back up, below for the legend. */
const PADDING = { top: 28, bottom: 40, left: 24, right: 24 } as const;
const MAX_ZOOM = 1;
const MIN_ZOOM = 0.1;

/** The view that shows all boxes in its middle, not larger than life. On whole pixels, so that text and lines stay sharp. */
export const fitViewport = (boxes: readonly Box[], width: number, height: number): Viewport => {
  if (boxes.length === 0) return { x: Math.round(width / 2), y: Math.round(height / 3), zoom: 1 };
  const { left, top, right, bottom } = unionOf(boxes);
  const roomX = width - PADDING.left - PADDING.right;
  const roomY = height - PADDING.top - PADDING.bottom;
  const fitting = Math.min(MAX_ZOOM, roomX / Math.max(1, right - left), roomY / Math.max(1, bottom - top));
  const zoom = Math.max(MIN_ZOOM, fitting);
  return {
    x: Math.round(PADDING.left + (roomX - (right - left) * zoom) / 2 - left * zoom),
    y: Math.round(PADDING.top + (roomY - (bottom - top) * zoom) / 2 - top * zoom),
    zoom,
  };
};

/** How far the view must move, in px of the screen, to show the box; nothing when it already does. */
export const panIntoView = (
  box: Box,
  { x, y, zoom }: Viewport,
  { width, height }: { readonly width: number; readonly height: number },
): { readonly x: number; readonly y: number } => {
  const along = (from: number, to: number, low: number, high: number): number => {
    if (from < low) return Math.round(low - from);
    return to > high ? Math.round(Math.max(high - to, low - from)) : 0;
  };
  return {
    x: along(box.left * zoom + x, box.right * zoom + x, PADDING.left, width - PADDING.right),
    y: along(box.top * zoom + y, box.bottom * zoom + y, PADDING.top, height - PADDING.bottom),
  };
};

/** Whether all of the box is in view. */
export const isInView = (
  { left, top, right, bottom }: Box,
  { x, y, zoom }: Viewport,
  { width, height }: { readonly width: number; readonly height: number },
): boolean => left * zoom + x >= 0 && top * zoom + y >= 0 && right * zoom + x <= width && bottom * zoom + y <= height;
