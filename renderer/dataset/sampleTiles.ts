/** Draws the samples of a dataset that are in view: images with their labels below, rows of numbers as text. */
import type { ChartColors } from "../charts/colors.ts";
import { parseColor } from "../charts/colors.ts";
import { formatCount } from "../charts/format.ts";
import { samplePixels } from "../charts/samplePainter.ts";

/** Samples as they were read. */
export interface SampleBlock {
  readonly numbers: readonly number[];
  readonly labels: readonly number[];
  readonly values: Uint8Array | Float64Array;
}

export interface GridLayout {
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly height: number;
}

const TILE = 72;
const LABEL_HEIGHT = 18;
const ROW_HEIGHT = 24;

/** Images in as many columns as fit; a table has one sample a row. */
export const gridLayout = (stores: "bytes" | "numbers", count: number, width: number): GridLayout => {
  if (stores === "numbers") {
    return { columns: 1, tileWidth: Math.max(1, width), tileHeight: ROW_HEIGHT, height: count * ROW_HEIGHT };
  }
  const columns = Math.max(1, Math.floor(width / (TILE + 8)));
  const tileHeight = TILE + LABEL_HEIGHT + 6;
  return {
    columns,
    tileWidth: Math.max(1, width) / columns,
    tileHeight,
    height: Math.ceil(count / columns) * tileHeight,
  };
};

/** The samples that a scroll position shows, as a range of positions. */
export const visibleRange = (
  { columns, tileHeight }: GridLayout,
  count: number,
  top: number,
  height: number,
): { readonly start: number; readonly end: number } => ({
  start: Math.max(0, Math.floor(top / tileHeight)) * columns,
  end: Math.min(count, Math.ceil((top + height) / tileHeight) * columns),
});

/** `1.50  −0.25`: six significant digits at most. */
const formatValue = (value: number): string => String(Number(value.toPrecision(4))).replace("-", "−");

const drawImage = (
  context: CanvasRenderingContext2D,
  image: { readonly pixels: Uint8ClampedArray; readonly width: number; readonly height: number },
  box: { readonly x: number; readonly y: number; readonly size: number },
): void => {
  const tile = document.createElement("canvas");
  tile.width = image.width;
  tile.height = image.height;
  const tileContext = tile.getContext("2d");
  if (tileContext === null) return;
  const data = tileContext.createImageData(image.width, image.height);
  data.data.set(image.pixels);
  tileContext.putImageData(data, 0, 0);
  const scale = Math.min(box.size / image.width, box.size / image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  context.drawImage(tile, box.x + (box.size - width) / 2, box.y + (box.size - height) / 2, width, height);
};

/** Cuts a text so that it fits, with an ellipsis. */
const fitText = (context: CanvasRenderingContext2D, text: string, width: number): string => {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
};

export const drawTiles = (call: {
  readonly context: CanvasRenderingContext2D;
  readonly colors: ChartColors;
  readonly layout: GridLayout;
  /** Scroll position, and size of what is visible, in CSS pixels. */
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly shape: readonly number[];
  readonly range: { readonly start: number; readonly end: number };
  /** The sample at a position; null while it is being read. */
  readonly sampleAt: (position: number) => { readonly block: SampleBlock; readonly at: number } | null;
  readonly labelOf: (label: number) => string;
  readonly fontFamily: string;
}): void => {
  const { context, colors, layout, shape, range } = call;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const ink = parseColor(colors.trace) ?? { red: 0, green: 0, blue: 0 };
  context.clearRect(0, 0, call.width, call.height);
  context.imageSmoothingEnabled = false;
  for (let position = range.start; position < range.end; position++) {
    const found = call.sampleAt(position);
    const column = position % layout.columns;
    const y = Math.floor(position / layout.columns) * layout.tileHeight - call.top;
    const x = column * layout.tileWidth;
    if (found === null) continue;
    const { block, at } = found;
    const label = call.labelOf(block.labels[at] ?? 0);
    if (block.values instanceof Uint8Array) {
      const left = x + (layout.tileWidth - TILE) / 2;
      context.fillStyle = colors.sunken;
      context.fillRect(left, y, TILE, TILE);
      const image = samplePixels(
        {
          shape: [...shape],
          count: 1,
          bytes: block.values.subarray(at * size, (at + 1) * size),
          labels: new Uint8Array(1),
        },
        0,
        ink,
      );
      if (image !== null) drawImage(context, image, { x: left, y, size: TILE });
      context.fillStyle = colors.text2;
      context.font = `400 11px ${call.fontFamily}`;
      context.textAlign = "center";
      context.fillText(fitText(context, label, layout.tileWidth - 6), x + layout.tileWidth / 2, y + TILE + 13);
      continue;
    }
    const values = [...block.values.subarray(at * size, (at + 1) * size)].slice(0, 64).map(formatValue);
    context.font = `400 12px ${call.fontFamily}`;
    context.textAlign = "left";
    context.fillStyle = colors.text3;
    context.fillText(formatCount((block.numbers[at] ?? 0) + 1), 4, y + 16);
    context.fillStyle = colors.text;
    context.fillText(fitText(context, label, 120), 64, y + 16);
    context.fillStyle = colors.text2;
    context.fillText(fitText(context, values.join("   "), layout.tileWidth - 200), 196, y + 16);
  }
};
