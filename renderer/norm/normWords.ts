/** The sentences of the batch norm inspector. */
import { formatCount, formatFixed, formatPercent, formatReadout, NONE } from "../charts/format.ts";
import type { RunHistory } from "../run/runHistory.ts";
import type { NormView } from "./normView.ts";

const readoutOf = (values: ArrayLike<number> | null | undefined, channel: number): string =>
  values === null || values === undefined ? NONE : formatReadout(values[channel] ?? Number.NaN);

/** `channel 17: 0.90 and 1.31`: of the batch, and running. */
export const pairWords = (
  view: NormView | null,
  part: "mean" | "variance",
  channel: number | null,
  unit: string,
): string => {
  if (view === null) return NONE;
  const at = channel ?? view.largest ?? 0;
  const { batchMean, batchVariance, runningMean, runningVariance } = view.statistics;
  const [batch, running] = part === "mean" ? [batchMean, runningMean] : [batchVariance, runningVariance];
  if (batch === null) return `${unit} ${formatCount(at)}: ${readoutOf(running, at)}`;
  return `${unit} ${formatCount(at)}: ${readoutOf(batch, at)} and ${readoutOf(running, at)}`;
};

/** `largest −0.41 in channel 17`; after the gap of the channel that is looked at `largest −0.41 in 17`: there is no room for more. */
export const gapWords = (view: NormView | null, channel: number | null, unit: string): string => {
  if (view?.gap === null || view === null || view.largest === null) return NONE;
  const { means } = view.gap;
  const largest = `largest ${readoutOf(means, view.largest)} in`;
  const at = formatCount(view.largest);
  if (channel === null || channel === view.largest) return `${largest} ${unit} ${at}`;
  return `${formatCount(channel)}: ${readoutOf(means, channel)}, ${largest} ${at}`;
};

/** Two decimals, and three where these would be 0.0x. */
const stds = (value: number): string => (value < 0.095 ? formatFixed(value, 3) : formatReadout(value));

/** How far outputs differ between the two modes. */
export const outputsWords = (view: NormView | null): string => {
  if (view === null) return "";
  if (view.gap === null) return "Training normalizes by the running values too: outputs do not differ.";
  const { outputs } = view.gap;
  if (outputs === null) return "Outputs are the same for every sample: there is no std to measure in.";
  const before = view.gapBefore?.outputs ?? null;
  const size = `Outputs differ by ${stds(outputs)} std on average between evaluation and training`;
  return before === null ? `${size}.` : `${size}, ${stds(before)} before.`;
};

/** The newest result over the test set. */
export const testWords = (history: RunHistory | null, step: number): string => {
  const epoch = [...(history?.epochs ?? [])].reverse().find((each) => each.step <= step);
  if (epoch === undefined) return "Test accuracy is first measured at the end of epoch 1.";
  if (history?.hasTargets) return `Test R² ${formatFixed(epoch.testScore, 3)} after epoch ${epoch.epoch}.`;
  return `Test accuracy ${formatPercent(epoch.testScore, 2)} after epoch ${epoch.epoch}.`;
};

/** `0.90 to 1.12`. */
export const rangeWords = (values: ArrayLike<number>): string => {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let c = 0; c < values.length; c++) {
    low = Math.min(low, values[c] ?? Number.NaN);
    high = Math.max(high, values[c] ?? Number.NaN);
  }
  const scale = Math.max(Math.abs(low), Math.abs(high));
  const [from, to] = [formatReadout(low, scale), formatReadout(high, scale)];
  return from === to ? from : `${from} to ${to}`;
};
