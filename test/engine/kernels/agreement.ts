/** How values of the kernels are compared with the float64 reference, and the values that are planted to provoke them. */
import { expect } from "vitest";
import type { Tensor } from "../../../engine/layer.ts";
import { separatedTensor } from "../layers/tensors.ts";

/** Numbers of channels or features around the vector widths. */
export const TAILS = [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17];

/** Within f32 rounding of the largest value; NaN and ±Inf where the reference has them. */
export const expectAgreement = (
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what = "",
  tolerance = 1e-5,
): void => {
  // As in expectBetween.
  if (actual.length !== expected.length) expect.fail(`${what}: ${actual.length} values, not ${expected.length}`);
  const largest = Array.from(expected).reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    1e-3,
  );
  for (let at = 0; at < expected.length; at++) {
    const want = expected[at] ?? Number.NaN;
    const have = actual[at] ?? Number.NaN;
    if (Number.isFinite(want) && Math.abs(have - want) <= tolerance * largest) continue;
    if (Object.is(want, have) || (want === have && !Number.isFinite(want))) continue;
    expect.fail(`${what}: element ${at} is ${have}, not ${want}`);
  }
};

/** For what is asked tens of thousands of times: an expectation that holds takes Vitest longer than the kernels take for its values. */
export const expectBetween = (value: number, low: number, high: number, what: string): void => {
  if (!(value >= low && value <= high)) expect.fail(`${what}: ${value} is not between ${low} and ${high}`);
};

/** f32 values, all different, some not finite where asked. */
export const samples = (shape: readonly number[], name: string, planted: readonly number[] = []): Tensor => {
  const tensor = separatedTensor(shape, name);
  const data = tensor.data.map(Math.fround);
  planted.forEach((value, index) => {
    data[(index * 7 + 3) % data.length] = value;
  });
  return { shape, data };
};
