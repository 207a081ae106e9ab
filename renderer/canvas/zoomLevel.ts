import { useStore } from "@xyflow/react";
import { useSyncExternalStore } from "react";
import { surfaceScale } from "../charts/surface.ts";

/** What a node draws at a zoom; its box keeps its size. */
export type ZoomLevel = "full" | "reduced" | "small" | "glyph";

export const zoomLevel = (zoom: number): ZoomLevel =>
  zoom >= 0.7 ? "full" : zoom >= 0.4 ? "reduced" : zoom >= 0.2 ? "small" : "glyph";

export const useZoomLevel = (): ZoomLevel => useStore((state) => zoomLevel(state.transform[2]));

const subscribeRatio = (listener: () => void): (() => void) => {
  const query = matchMedia(`(resolution: ${globalThis.devicePixelRatio || 1}dppx)`);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
};

/** Backing pixels per px of a node's canvas elements at the present zoom and screen. */
export const useNodeSurfaceScale = (): number => {
  useSyncExternalStore(subscribeRatio, () => globalThis.devicePixelRatio || 1);
  return useStore((state) => surfaceScale(state.transform[2]));
};
