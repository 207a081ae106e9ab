/** The sheet one draws on. A drawing begins on an empty one, whatever was shown before. */
import { useEffect, useRef } from "react";
import { chartColors, parseColor, subscribeTheme } from "../charts/colors.ts";
import { changeSample } from "./benchStore.ts";
import { drawLine, emptySheet, type Point, SHEET } from "./drawingPad.ts";
import type { Plane } from "./preprocess.ts";

interface Props {
  /** null: something else than a drawing is the sample; what is shown of it lies below this. */
  readonly sheet: Plane | null;
  readonly size: number;
  readonly thickness: number;
  readonly erases: boolean;
}

export const SheetCanvas = ({ sheet, size, thickness, erases }: Props) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Point | null>(null);
  const current = useRef<Plane | null>(sheet);
  current.current = sheet;
  useEffect(() => {
    const draw = (): void => {
      const context = canvas.current?.getContext("2d");
      if (!context) return;
      const ink = parseColor(chartColors().trace) ?? { red: 0, green: 0, blue: 0 };
      const image = context.createImageData(SHEET, SHEET);
      sheet?.values.forEach((value, at) => {
        image.data.set([ink.red, ink.green, ink.blue, value], 4 * at);
      });
      context.putImageData(image, 0, 0);
    };
    draw();
    return subscribeTheme(draw);
  }, [sheet]);
  const pointOf = (event: React.PointerEvent): Point => {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * SHEET,
      y: ((event.clientY - box.top) / box.height) * SHEET,
    };
  };
  const extend = (to: Point): void => {
    const from = last.current ?? to;
    last.current = to;
    const next = drawLine(current.current ?? emptySheet(), { from, to, thickness, erases });
    current.current = next;
    changeSample({ source: { type: "drawing", planes: [next] }, invert: false });
  };
  return (
    <canvas
      ref={canvas}
      className="bench-sheet"
      role="img"
      aria-label={sheet === null ? "Sheet: draw with the pointer" : "Your drawing"}
      width={SHEET}
      height={SHEET}
      style={{ width: size, height: size }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        last.current = null;
        extend(pointOf(event));
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) extend(pointOf(event));
      }}
    />
  );
};
