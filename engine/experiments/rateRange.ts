/**
 * The learning-rate range test (Smith, *Cyclical learning rates for training neural networks*, 2017): one run whose rate grows by the same
 * factor each step, from where nothing is learnt to where the net diverges. Where the loss falls fastest is a good rate; a tenth of the
 * rate with the lowest loss is another customary choice.
 *
 * Losses of single batches are noisy. The run is over when they are judged, so they are smoothed by a mean around each step, which moves
 * nothing along the axis as a running mean would: ŝ_k is the mean of the 2h + 1 losses around k, fewer at both ends. The slope is
 * (ŝ_(k+h) − ŝ_(k−h)) / (ln η_(k+h) − ln η_(k−h)).
 */

export interface RateStep {
  /** η of the step. */
  readonly rate: number;
  /** Of its batch, before the update; null where it was not finite. */
  readonly loss: number | null;
}

export interface RateRange {
  /** Steps up to where the net diverged, with the smoothed loss. */
  readonly points: readonly { readonly rate: number; readonly loss: number; readonly smoothed: number }[];
  /** Where the loss falls fastest by the logarithm of the rate; null where it falls by less than a twentieth of its start. */
  readonly steepestRate: number | null;
  /** With the lowest smoothed loss; null as above. */
  readonly lowestRate: number | null;
  /** From here on the loss is not finite, or smoothed four times its lowest so far and above its start; null: up to the end it is neither. */
  readonly divergedRate: number | null;
}

/** Of all steps, on each side. */
const SMOOTHED_SHARE = 1 / 40;
const DIVERGED = 4;
const LEAST_FALL = 1 / 20;

const meanAround = (losses: readonly number[], index: number, halfWidth: number): number => {
  // As many on both sides, so that the mean stands where the step does.
  const half = Math.min(halfWidth, index, losses.length - 1 - index);
  let sum = 0;
  for (let at = index - half; at <= index + half; at++) sum += losses[at] ?? Number.NaN;
  return sum / (2 * half + 1);
};

/** What a run whose rate rises tells about rates. `steps` in the order in which they were trained. */
export const rateRange = (steps: readonly RateStep[]): RateRange => {
  const bad = steps.findIndex(({ loss }) => loss === null || !Number.isFinite(loss));
  const finite = (bad === -1 ? steps : steps.slice(0, bad)).map(({ rate, loss }) => ({
    rate,
    loss: loss ?? Number.NaN,
  }));
  const losses = finite.map(({ loss }) => loss);
  const half = Math.max(1, Math.round(steps.length * SMOOTHED_SHARE));
  const all = finite.map((step, index) => ({ ...step, smoothed: meanAround(losses, index, half) }));
  const [first] = all;
  let lowest = first;
  let end = all.length;
  for (const [index, point] of all.entries()) {
    if (first === undefined || lowest === undefined) break;
    if (point.smoothed > DIVERGED * lowest.smoothed && point.smoothed > first.smoothed) {
      end = index;
      break;
    }
    if (point.smoothed < lowest.smoothed) lowest = point;
  }
  const points = all.slice(0, end);
  const divergedRate = (all[end] ?? (bad === -1 ? undefined : steps[bad]))?.rate ?? null;
  if (first === undefined || lowest === undefined || first.smoothed - lowest.smoothed < LEAST_FALL * first.smoothed) {
    return { points, steepestRate: null, lowestRate: null, divergedRate };
  }
  let steepest: { readonly rate: number; readonly slope: number } | null = null;
  for (const [index, point] of points.entries()) {
    const [before, after] = [points[index - half], points[index + half]];
    if (point.rate > lowest.rate) break;
    if (before === undefined || after === undefined || after.rate === before.rate) continue;
    const slope = (after.smoothed - before.smoothed) / Math.log(after.rate / before.rate);
    if (steepest === null || slope < steepest.slope) steepest = { rate: point.rate, slope };
  }
  return { points, steepestRate: steepest?.rate ?? null, lowestRate: lowest.rate, divergedRate };
};
