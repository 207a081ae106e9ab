import type { Histogram } from "../../engine/index.ts";
import type { Cell, ChartColumn, ChartTable } from "./chartTable.ts";
import { formatCount, formatReadout } from "./format.ts";

const columnsOf = (scale: number): readonly ChartColumn[] => {
  const format = (value: number): string => formatReadout(value, scale);
  return [
    { id: "from", title: "From", format },
    { id: "to", title: "To", format },
    { id: "count", title: "Values", format: formatCount },
  ];
};

/** A row for each bin; where values lie outside the range, one for those below and one for those above. */
export const histogramTable = ({ low, high, counts, underflow, overflow }: Histogram): ChartTable => {
  const width = (high - low) / counts.length;
  const rows: Cell[][] = Array.from(counts, (count, bin) => [low + bin * width, low + (bin + 1) * width, count]);
  if (underflow > 0) rows.unshift([null, low, underflow]);
  if (overflow > 0) rows.push([high, null, overflow]);
  return { columns: columnsOf(4 * width), rows };
};
