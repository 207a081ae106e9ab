import { type RefObject, useEffect, useRef, useSyncExternalStore } from "react";
import { keepDrawn } from "./drawQueue.ts";
import { openSurface, type Surface } from "./surface.ts";

const pixelRatio = (): number => globalThis.devicePixelRatio || 1;

const subscribePixelRatio = (listener: () => void): (() => void) => {
  const query = matchMedia(`(resolution: ${pixelRatio()}dppx)`);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
};

/** Backing pixels of a CSS pixel on the present screen. */
export const usePixelRatio = (): number => useSyncExternalStore(subscribePixelRatio, pixelRatio);

/**
 * A canvas that is drawn again whenever the run, the step shown or the theme changes. `create` makes the drawing for a fresh
 * surface and must be memoized; a new one begins with an empty surface.
 */
export const useChartSurface = (
  width: number,
  height: number,
  create: (surface: Surface) => () => void,
): RefObject<HTMLCanvasElement | null> => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const ratio = usePixelRatio();
  useEffect(() => {
    if (canvas.current === null || width <= 0 || height <= 0) return;
    const surface = openSurface(canvas.current, width, height, ratio);
    return surface === null ? undefined : keepDrawn(create(surface));
  }, [width, height, ratio, create]);
  return canvas;
};
