/** How far values are from those that were expected. */

/** By what was compared: `output`, `input gradient`, `gradient of weight`, `losses`. */
export type Errors = Readonly<Record<string, number>>;

/**
 * The largest |a − e| / max(|e|, root mean square of all e). Against their own size tiny values would count for more than float32 can
 * keep; against the tensor's they count for what they do. Another number of values, or NaN, is infinitely far.
 */
export const relativeError = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let squares = 0;
  for (let at = 0; at < expected.length; at++) squares += (expected[at] as number) ** 2;
  const size = Math.sqrt(squares / Math.max(1, expected.length));
  let worst = 0;
  for (let at = 0; at < expected.length; at++) {
    const distance = Math.abs((actual[at] as number) - (expected[at] as number));
    if (distance === 0) continue;
    const error = distance / Math.max(Math.abs(expected[at] as number), size, Number.MIN_VALUE);
    if (!(error <= worst)) worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return worst;
};

/** NaN and infinity count as the worst. */
export const worstOf = (errors: Errors): number => Object.values(errors).reduce((a, b) => Math.max(a, b), 0);
