import { useCallback } from "react";
import { type ChartColors, chartColors } from "../charts/colors.ts";
import { canvasPen, type PagePen } from "../charts/pen.ts";
import type { Surface } from "../charts/surface.ts";
import { useChartSurface } from "../charts/useChartSurface.ts";

/** A drawing of a study; `draw` is memoized and changes when what it draws does. */
export const StudyCanvas = ({
  width,
  height,
  draw,
}: {
  readonly width: number;
  readonly height: number;
  readonly draw: (pen: PagePen, colors: ChartColors) => void;
}) => {
  const create = useCallback(
    (surface: Surface) => {
      let drawn = -1;
      return () => {
        const colors = chartColors();
        if (drawn === colors.revision) return;
        drawn = colors.revision;
        draw(canvasPen(surface), colors);
      };
    },
    [draw],
  );
  const canvas = useChartSurface(width, height, create);
  return <canvas ref={canvas} className="study-canvas" style={{ width, height }} />;
};
