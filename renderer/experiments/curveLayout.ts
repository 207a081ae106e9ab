/** Where the cells of the small multiples stand, and what their axes span. */
import { linearScale, logScale, logTicks, roundDomain, type Scale } from "../charts/scale.ts";

export const GUTTER = 30;
const TITLE = 18;
const CELL_GAP = 12;
const ROW_GAP = 12;
const TICKS = 18;
const RIGHT = 4;
const MIN_WIDTH = 104;
const MIN_PLOT = 56;
const MAX_PLOT = 640;
/** Right of a single cell: the names of its lines. */
const NAMES = 132;

export interface CurveLayout {
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  readonly cellWidth: number;
  readonly plotHeight: number;
  /** Above the plot: the cell's title; nothing where one cell shows all. */
  readonly titleHeight: number;
}

/** As square as fits: 16 cells are 4 × 4. */
const chooseColumns = (count: number, width: number): number => {
  const most = Math.max(1, Math.floor((width - GUTTER + CELL_GAP) / (MIN_WIDTH + CELL_GAP)));
  if (count <= 3) return Math.min(count, most);
  const wanted = Math.ceil(Math.sqrt(count));
  // Without a hole in the last row where that costs at most one column.
  const even = [wanted, wanted + 1].find((columns) => count % columns === 0) ?? wanted;
  return Math.min(most, even);
};

/** Fills `height` where the cells can be that high or that low; else it is higher, and scrolls. */
export const curveLayout = (count: number, width: number, height: number): CurveLayout => {
  const columns = chooseColumns(count, width);
  const rows = Math.ceil(count / columns);
  const titleHeight = count === 1 ? 8 : TITLE;
  const around = rows * titleHeight + (rows - 1) * ROW_GAP + TICKS;
  const most = count === 1 ? Number.POSITIVE_INFINITY : MAX_PLOT;
  const plotHeight = Math.min(most, Math.max(MIN_PLOT, Math.floor((height - around) / rows)));
  const right = count === 1 ? Math.min(NAMES, width / 4) : RIGHT;
  return {
    columns,
    rows,
    width,
    height: around + rows * plotHeight,
    cellWidth: (width - GUTTER - right - (columns - 1) * CELL_GAP) / columns,
    plotHeight,
    titleHeight,
  };
};

export interface CellPlace {
  /** Of the plot; the title stands above it. */
  readonly left: number;
  readonly top: number;
  readonly isFirstColumn: boolean;
  readonly isLastOfColumn: boolean;
}

export const cellPlace = (
  { columns, cellWidth, plotHeight, titleHeight }: CurveLayout,
  index: number,
  count: number,
): CellPlace => {
  const [row, column] = [Math.floor(index / columns), index % columns];
  return {
    left: GUTTER + column * (cellWidth + CELL_GAP),
    top: row * (titleHeight + plotHeight + ROW_GAP) + titleHeight,
    isFirstColumn: column === 0,
    isLastOfColumn: index + columns >= count,
  };
};

export interface ValueAxis {
  readonly scale: Scale;
  readonly ticks: readonly number[];
}

const LOG_FROM = 5;

/** Shares go from 0 to 1; R² from what was measured to 1; losses by their factors where they span some. */
export const valueAxis = (
  range: readonly [number, number] | null,
  kind: "share" | "r2" | "loss",
  fromPixel: number,
  toPixel: number,
): ValueAxis => {
  if (kind === "share" || range === null) {
    return { scale: linearScale(0, 1, fromPixel, toPixel), ticks: [0, 0.5, 1] };
  }
  const [low, high] = range;
  if (kind === "r2") {
    const [from] = roundDomain(Math.max(-1, Math.min(0, low)), 1, 3);
    return { scale: linearScale(from, 1, fromPixel, toPixel), ticks: from < 0 ? [from, 0, 1] : [0, 0.5, 1] };
  }
  if (low > 0 && high / low >= LOG_FROM) {
    const [from, to] = [low / 1.15, high * 1.15];
    return { scale: logScale(from, to, fromPixel, toPixel), ticks: logTicks(from, to, 4) };
  }
  const [from, to] = roundDomain(Math.min(0, low), high, 3);
  return { scale: linearScale(from, to, fromPixel, toPixel), ticks: [from, (from + to) / 2, to] };
};
