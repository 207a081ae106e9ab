/** The numbers of a node's output at the step shown, as text. */
import type { NodeStatistics } from "../../engine/index.ts";
import {
  formatCount,
  formatCounted,
  formatFixed,
  formatPercent,
  formatQuantity,
  formatReadout,
  NONE,
} from "../charts/format.ts";

export interface Readout {
  readonly title: string;
  readonly read: (statistics: NodeStatistics) => string;
}

/** Three decimals where two would say little: a mean of −0.228 beside a std of 1.374. */
const fine = (value: number, scale: number): string =>
  Number.isFinite(value) && Math.abs(value) < 99.95 && scale >= 0.0095 ? formatFixed(value, 3) : coarse(value, scale);

/** Of a tensor without a finite value there is none; how many are not is the last readout. */
const coarse = (value: number, scale: number): string =>
  Number.isNaN(value) ? NONE : formatReadout(value, Math.max(Math.abs(value), scale));

/** In reading order of a table of three columns. */
export const READOUTS: readonly Readout[] = [
  { title: "mean", read: ({ mean, std }) => fine(mean, Math.max(Math.abs(mean), std)) },
  { title: "min", read: ({ min, std }) => coarse(min, std) },
  { title: "zeros", read: ({ zeros }) => formatPercent(zeros) },
  { title: "std", read: ({ std }) => fine(std, std) },
  { title: "max", read: ({ max, std }) => coarse(max, std) },
  { title: "not finite", read: ({ nonFinite }) => formatCount(nonFinite) },
];

/** `518,400 values, 83 outside`: outside the range that the histogram shows. */
export const describeBins = (statistics: NodeStatistics | null): string => {
  if (!statistics) return NONE;
  const { counts, underflow, overflow } = statistics.histogram;
  const outside = underflow + overflow;
  const total = counts.reduce((sum, count) => sum + count, outside);
  return `${formatCounted(total, "value")}, ${outside < 1e6 ? formatCount(outside) : formatQuantity(outside)} outside`;
};
