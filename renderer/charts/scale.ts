/** Axes: a linear or logarithmic map from values to pixels, and 2 to 5 round ticks. */

export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Value to pixel. Values outside the domain fall outside the range. */
  toPixel(value: number): number;
  /** Pixel to value. */
  toValue(pixel: number): number;
}

/** `low` lands on `fromPixel`, `high` on `toPixel`; an empty domain maps to the middle. */
export const linearScale = (low: number, high: number, fromPixel: number, toPixel: number): Scale => {
  const span = high - low;
  const length = toPixel - fromPixel;
  return {
    low,
    high,
    toPixel: (value) => (span === 0 ? fromPixel + length / 2 : fromPixel + ((value - low) / span) * length),
    toValue: (pixel) => (length === 0 ? low : low + ((pixel - fromPixel) / length) * span),
  };
};

/** As `linearScale`, over log10. Both ends must be positive; values at or below 0 land far outside. */
export const logScale = (low: number, high: number, fromPixel: number, toPixel: number): Scale => {
  const inner = linearScale(Math.log10(low), Math.log10(high), fromPixel, toPixel);
  return {
    low,
    high,
    toPixel: (value) => inner.toPixel(value > 0 ? Math.log10(value) : -400),
    toValue: (pixel) => 10 ** inner.toValue(pixel),
  };
};

const ROUND_MANTISSAS = [1, 2, 2.5, 5] as const;

/** Step sizes 1, 2, 2.5, 5 times a power of ten, ascending, around `roughly`. */
function* roundSteps(roughly: number): Generator<number> {
  let power = 10 ** (Math.floor(Math.log10(roughly)) - 1);
  for (let decade = 0; decade < 4; decade += 1) {
    for (const mantissa of ROUND_MANTISSAS) yield mantissa * power;
    power *= 10;
  }
}

const ticksOfStep = (low: number, high: number, step: number): number[] => {
  const ticks: number[] = [];
  // The tolerance keeps an end that is a multiple of the step but for rounding.
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  for (let index = first; index <= last && ticks.length < 64; index += 1) {
    ticks.push(index === 0 ? 0 : Number((index * step).toPrecision(12)));
  }
  return ticks;
};

/** Round values within [low, high], 2 to `most` of them: the densest round step that does not exceed `most`. */
export const linearTicks = (low: number, high: number, most = 5): readonly number[] => {
  if (!Number.isFinite(low) || !Number.isFinite(high) || high <= low) return Number.isFinite(low) ? [low] : [];
  for (const step of roundSteps((high - low) / most)) {
    const ticks = ticksOfStep(low, high, step);
    if (ticks.length <= most) return ticks.length >= 2 ? ticks : [low, high];
  }
  return [low, high];
};

/** Powers of ten within [low, high], thinned to at most `most`; within one decade 1, 2, 5 steps. */
export const logTicks = (low: number, high: number, most = 5): readonly number[] => {
  if (!(low > 0) || !(high > low)) return [];
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const count = last - first + 1;
  if (count >= 2) {
    const stride = Math.ceil(count / most);
    const ticks: number[] = [];
    for (let power = first; power <= last; power += stride) ticks.push(Number(`1e${power}`));
    return ticks;
  }
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= last + 1; power += 1) {
    for (const mantissa of [1, 2, 5]) {
      const tick = Number(`${mantissa}e${power}`);
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks.length >= 2 ? ticks.slice(0, most) : [low, high];
};

/** Widens [low, high] to round ends: the ticks' step decides. */
export const roundDomain = (low: number, high: number, most = 5): readonly [number, number] => {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (high <= low) return low === 0 ? [-1, 1] : [low - Math.abs(low), low + Math.abs(low)];
  for (const step of roundSteps((high - low) / most)) {
    const from = Math.floor(low / step + 1e-9) * step;
    const to = Math.ceil(high / step - 1e-9) * step;
    if ((to - from) / step <= most) return [Number(from.toPrecision(12)), Number(to.toPrecision(12))];
  }
  return [low, high];
};
