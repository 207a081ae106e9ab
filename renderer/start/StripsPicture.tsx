import { useEffect, useRef } from "react";
import { chartColors, subscribeTheme } from "../charts/colors.ts";
import { bytesOf, type MeasuredRun, STRIP_COLUMNS, STRIP_ROWS } from "./measuredRuns.ts";

const Strip = ({ heat }: { heat: string }) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const draw = () => {
      const context = canvas.current?.getContext("2d");
      if (!context) return;
      const { ramp } = chartColors();
      const bytes = bytesOf(heat);
      const image = context.createImageData(STRIP_COLUMNS, STRIP_ROWS);
      const pixels = new Uint32Array(image.data.buffer);
      for (let column = 0; column < STRIP_COLUMNS; column += 1) {
        for (let row = 0; row < STRIP_ROWS; row += 1) {
          pixels[row * STRIP_COLUMNS + column] = ramp[bytes[column * STRIP_ROWS + row] ?? 0] ?? 0;
        }
      }
      context.putImageData(image, 0, 0);
    };
    draw();
    return subscribeTheme(draw);
  }, [heat]);
  return <canvas ref={canvas} className="strips-picture-strip" width={STRIP_COLUMNS} height={STRIP_ROWS} />;
};

/** The values of an example's layers over the user's own last run of it. */
export const StripsPicture = ({ run }: { run: MeasuredRun }) => (
  <div className="strips-picture" aria-hidden="true">
    {run.strips.map(({ name, heat }) => (
      <div key={name} className="strips-picture-row">
        <Strip heat={heat} />
        <span>{name}</span>
      </div>
    ))}
  </div>
);
