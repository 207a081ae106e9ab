/**
 * The sheet one draws on, by the pointer or by the keyboard: arrows move the pen, Space puts it down and lifts it. A drawing begins on an
 * empty one, whatever was shown before.
 */
import { useEffect, useRef, useState } from "react";
import { chartColors, parseColor, subscribeTheme } from "../charts/colors.ts";
import { changeSample, keepBeforeStroke } from "./benchStore.ts";
import { drawLine, emptySheet, type Point, SHEET } from "./drawingPad.ts";
import type { Plane } from "./preprocess.ts";

interface Props {
  /** null: something else than a drawing is the sample; what is shown of it lies below this. */
  readonly sheet: Plane | null;
  readonly size: number;
  readonly thickness: number;
  readonly erases: boolean;
}

/** An arrow key moves the pen by a pixel of MNIST, with Shift by a fifth of one. */
const STEP = SHEET / 28;
const FINE_STEP = STEP / 5;

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

interface Pen {
  readonly at: Point;
  readonly isDown: boolean;
}

const moved = (at: Point, by: Point, step: number): Point => {
  const within = (value: number): number => Math.max(0, Math.min(SHEET, value));
  return { x: within(at.x + step * by.x), y: within(at.y + step * by.y) };
};

/** `right 14, down 3 of 28`: in pixels of MNIST from the top left. */
const placeWords = ({ x, y }: Point): string => `right ${Math.round(x / STEP)}, down ${Math.round(y / STEP)} of 28`;

export const SheetCanvas = ({ sheet, size, thickness, erases }: Props) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Point | null>(null);
  const current = useRef<Plane | null>(sheet);
  current.current = sheet;
  const [pen, setPen] = useState<Pen>({ at: { x: SHEET / 2, y: SHEET / 2 }, isDown: false });
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
  const begin = (at: Point): void => {
    keepBeforeStroke();
    last.current = null;
    extend(at);
  };
  const press = (event: React.KeyboardEvent): void => {
    const direction = ARROWS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (direction !== undefined) {
      const at = moved(pen.at, direction, event.shiftKey ? FINE_STEP : STEP);
      setPen({ ...pen, at });
      if (pen.isDown) extend(at);
    } else if (event.key === " " || event.key === "Enter") {
      if (event.repeat) return;
      if (!pen.isDown) begin(pen.at);
      setPen({ ...pen, isDown: !pen.isDown });
    } else if (event.key === "Escape" && pen.isDown) setPen({ ...pen, isDown: false });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const scale = size / SHEET;
  const diameter = Math.max(6, thickness * scale);
  return (
    <>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: its keys draw, a screen reader must leave them to it */}
      <canvas
        ref={canvas}
        className="bench-sheet"
        role="application"
        tabIndex={0}
        aria-label={sheet === null ? "Sheet: draw with the pointer or with keys" : "Your drawing"}
        aria-describedby="bench-keys"
        width={SHEET}
        height={SHEET}
        style={{ width: size, height: size }}
        onKeyDown={press}
        onBlur={() => setPen({ ...pen, isDown: false })}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          begin(pointOf(event));
        }}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) extend(pointOf(event));
        }}
      />
      <span
        className={pen.isDown ? "bench-pen is-down" : "bench-pen"}
        aria-hidden="true"
        style={{ left: pen.at.x * scale, top: pen.at.y * scale, width: diameter, height: diameter }}
      />
      <span id="bench-keys" className="bench-keys" hidden={pen.isDown}>
        Arrows move the pen, <kbd>Space</kbd> puts it down
      </span>
      <span className="visually-hidden" role="status">
        {`Pen ${pen.isDown ? "down" : "up"}, ${placeWords(pen.at)}`}
      </span>
    </>
  );
};
