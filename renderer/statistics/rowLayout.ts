/** Where the charts of a row stand, in CSS px from the right edge of the layer's cell and from the top of the row. */

export const ROW_HEIGHT = 48;
/** Where all layers fit by it, rows are a little lower. */
const LEAST_ROW_HEIGHT = 44;
const MOST_ROW_HEIGHT = 80;
/** Above and below the plots. */
const ROW_MARGIN = 5;
export const LAYER_WIDTH = 176;
export const GUTTER = 34;
const RIGHT_PAD = 12;
const LEAST_RATIO_WIDTH = 150;
const VALUE_WIDTH = 46;

/** Of columns that do not grow with the window, and the least of those that do. */
const usualWidths = { depth: 124, channels: 118, time: 170 };
/** As the smallest window has them, in which all columns are whole, too. */
const narrowWidths: typeof usualWidths = { depth: 108, channels: 98, time: 160 };

const leastWidth = ({ depth, channels, time }: typeof usualWidths): number =>
  depth + 2 * time + 2 * channels + LEAST_RATIO_WIDTH;

/** Wider charts over time would stretch what happened. */
const MOST_TIME_WIDTH = 440;

/** In less room the charts scroll sideways. */
export const LEAST_WIDTH = leastWidth(narrowWidths);

export interface Column {
  readonly left: number;
  readonly width: number;
  /** The plot inside, without the room for tick labels. */
  readonly plotLeft: number;
  readonly plotWidth: number;
}

export interface RowLayout {
  readonly width: number;
  readonly height: number;
  /** Of the plots. */
  readonly top: number;
  readonly bottom: number;
  readonly depth: Column;
  readonly mean: Column;
  readonly histogram: Column;
  /** Of outputs: views of something else have their room for the charts over time. */
  readonly channelMeans: Column | null;
  readonly channelStds: Column | null;
  readonly ratio: Column;
}

/** Columns whose horizontal axis is the step. */
export const timeColumns = ["mean", "histogram", "ratio"] as const;

/** Rows of few layers share the room that there is; those of many scroll. */
export const rowHeightIn = (room: number, numRows: number): number => {
  const share = Math.min(MOST_ROW_HEIGHT, Math.floor(room / Math.max(1, numRows)));
  return share < LEAST_ROW_HEIGHT ? ROW_HEIGHT : share;
};

export const rowLayout = (width: number, height = ROW_HEIGHT, hasChannels = true): RowLayout => {
  const widths = width < leastWidth(usualWidths) ? narrowWidths : usualWidths;
  const spare = Math.max(0, Math.min(MOST_TIME_WIDTH - widths.time, (width - leastWidth(widths)) / 2));
  const time = widths.time + spare + (hasChannels ? 0 : widths.channels);
  let at = 0;
  const column = (columnWidth: number, gutter: number, pad = RIGHT_PAD): Column => {
    const left = at;
    at += columnWidth;
    return {
      left,
      width: columnWidth,
      plotLeft: left + gutter,
      plotWidth: Math.max(8, Math.round(columnWidth - gutter - pad)),
    };
  };
  return {
    width,
    height,
    top: ROW_MARGIN,
    bottom: height - ROW_MARGIN,
    depth: column(widths.depth, 8, 16),
    mean: column(Math.floor(time), GUTTER),
    histogram: column(Math.floor(time), GUTTER),
    channelMeans: hasChannels ? column(widths.channels, 4, 14) : null,
    channelStds: hasChannels ? column(widths.channels, 4, 14) : null,
    ratio: column(Math.max(LEAST_RATIO_WIDTH, width - at), GUTTER - 10, VALUE_WIDTH + 12),
  };
};
