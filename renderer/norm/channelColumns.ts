/** Where the channels of a batch norm stand in a plot: side by side, or several in a column where they are many. */

/** Of a channel that is drawn by itself. */
const MIN_CHANNEL_PX = 3;

export interface ChannelColumns {
  readonly numChannels: number;
  readonly perColumn: number;
  readonly numColumns: number;
  /** In px, fractional. */
  readonly columnWidth: number;
}

export const channelColumns = (numChannels: number, width: number): ChannelColumns => {
  const most = Math.max(1, Math.floor(width / MIN_CHANNEL_PX));
  const perColumn = Math.max(1, Math.ceil(numChannels / most));
  const numColumns = Math.max(1, Math.ceil(numChannels / perColumn));
  return { numChannels, perColumn, numColumns, columnWidth: width / numColumns };
};

/** First and last channel of a column. */
export const channelsOf = (columns: ChannelColumns, column: number): readonly [number, number] => [
  column * columns.perColumn,
  Math.min(columns.numChannels, (column + 1) * columns.perColumn) - 1,
];

export const columnOf = (columns: ChannelColumns, channel: number): number => Math.floor(channel / columns.perColumn);

/** The column at a place of the plot, in px from its left. */
export const columnAt = (columns: ChannelColumns, x: number): number =>
  Math.min(columns.numColumns - 1, Math.max(0, Math.floor(x / columns.columnWidth)));

/** Which channel of a column speaks for it: the one with the largest value by size. */
export const loudestIn = (columns: ChannelColumns, column: number, values: ArrayLike<number> | null): number => {
  const [first, last] = channelsOf(columns, column);
  let best = first;
  for (let c = first + 1; values !== null && c <= last; c++) {
    if (Math.abs(values[c] ?? 0) > Math.abs(values[best] ?? 0)) best = c;
  }
  return best;
};
