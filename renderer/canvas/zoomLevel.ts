import { createContext, useContext, useSyncExternalStore } from "react";

/** What a node draws at a zoom; its box keeps its size. */
export type ZoomLevel = "full" | "reduced" | "small" | "glyph";

export const zoomLevel = (zoom: number): ZoomLevel =>
  zoom >= 0.7 ? "full" : zoom >= 0.4 ? "reduced" : zoom >= 0.2 ? "small" : "glyph";

/** Badges are icons alone. */
export const isFar = (level: ZoomLevel): boolean => level === "small" || level === "glyph";

export const ZoomLevelContext = createContext<ZoomLevel>("full");
export const SurfaceScaleContext = createContext(1);

export const useZoomLevel = (): ZoomLevel => useContext(ZoomLevelContext);

const subscribeRatio = (listener: () => void): (() => void) => {
  const query = matchMedia(`(resolution: ${globalThis.devicePixelRatio || 1}dppx)`);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
};

/** Renders anew when the window comes to a screen with other pixels. */
export const useDevicePixelRatio = (): number =>
  useSyncExternalStore(subscribeRatio, () => globalThis.devicePixelRatio || 1);

/** Backing pixels per px of a node's canvas elements at the present zoom and screen. */
export const useNodeSurfaceScale = (): number => useContext(SurfaceScaleContext);
