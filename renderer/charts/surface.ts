/** A canvas element with its backing pixels: sharp at any device pixel ratio and zoom. */

export interface Surface {
  readonly context: CanvasRenderingContext2D;
  /** Backing pixels. */
  readonly width: number;
  readonly height: number;
  /** Backing pixels of one CSS pixel. */
  readonly scale: number;
}

/**
 * Sizes the canvas to `width` × `height` CSS pixels at `scale` backing pixels each. Returns null where there is no 2D context.
 * Setting the size clears it.
 */
export const openSurface = (
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  scale: number,
): Surface | null => {
  const [pixelWidth, pixelHeight] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  canvas.width = pixelWidth;
  canvas.height = pixelHeight;
  const context = canvas.getContext("2d");
  return context === null ? null : { context, width: pixelWidth, height: pixelHeight, scale };
};

/** Backing pixels per CSS pixel for a canvas shown at a zoom: in coarse steps, so that zooming does not redraw at every turn of the wheel. */
export const surfaceScale = (zoom: number): number => {
  const step = [0.25, 0.5, 1, 1.5].find((candidate) => zoom <= candidate) ?? 2;
  return (globalThis.devicePixelRatio || 1) * step;
};
