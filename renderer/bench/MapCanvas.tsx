/** One map of values, a colour a value. */
import { useEffect, useRef } from "react";
import { subscribeTheme } from "../charts/colors.ts";
import { paintValues } from "./paintMaps.ts";

interface Props {
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The magnitude that has the full colour. */
  readonly limit: number;
  /** Of the longer side, px. */
  readonly size: number;
  /** Of a map that stands alone; null: its group is named. */
  readonly label: string | null;
}

export const MapCanvas = ({ values, width, height, limit, size, label }: Props) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const draw = (): void => {
      const context = canvas.current?.getContext("2d");
      if (!context) return;
      const image = context.createImageData(width, height);
      paintValues(values, limit, image.data);
      context.putImageData(image, 0, 0);
    };
    draw();
    return subscribeTheme(draw);
  }, [values, width, height, limit]);
  const scale = size / Math.max(width, height);
  return (
    <canvas
      ref={canvas}
      className="bench-picture"
      width={width}
      height={height}
      {...(label === null ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
      style={{ width: width * scale, height: height * scale }}
    />
  );
};
