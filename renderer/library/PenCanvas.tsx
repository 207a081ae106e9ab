import { useEffect, useRef } from "react";
import { type ChartColors, chartColors, subscribeTheme } from "../charts/colors.ts";
import { canvasPen, type PagePen } from "../charts/pen.ts";
import { openSurface } from "../charts/surface.ts";
import { usePixelRatio } from "../charts/useChartSurface.ts";

/** A drawing of what does not change by itself: made anew with its size, its theme, or with another `draw`. */
export const PenCanvas = ({
  width,
  height,
  draw,
}: {
  readonly width: number;
  readonly height: number;
  readonly draw: (pen: PagePen, colors: ChartColors) => void;
}) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const ratio = usePixelRatio();
  useEffect(() => {
    const redraw = (): void => {
      if (canvas.current === null || width <= 0 || height <= 0) return;
      const surface = openSurface(canvas.current, width, height, ratio);
      if (surface !== null) draw(canvasPen(surface), chartColors());
    };
    redraw();
    return subscribeTheme(redraw);
  }, [width, height, ratio, draw]);
  return <canvas ref={canvas} style={{ width, height }} />;
};
