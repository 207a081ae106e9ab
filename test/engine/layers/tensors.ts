/** Tensors for tests, from the engine's own named random streams. */
import { elementsOf, type Shape, type Tensor } from "../../../engine/layer.ts";
import { createStream } from "../../../engine/train/rng.ts";

/**
 * Distinct values at least 0.02 apart and 0.005 away from 0, in random order: a difference step of 0.001 then crosses neither the kink
 * of a ReLU nor the tie of two values in a pooling window.
 */
export const separatedTensor = (shape: Shape, name: string): Tensor => {
  const size = elementsOf(shape);
  const random = createStream(1, name);
  const values = Float64Array.from({ length: size }, (_, index) => (index - Math.floor(size / 2) + 0.25) * 0.02);
  for (let index = size - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const value = values[index] ?? 0;
    values[index] = values[other] ?? 0;
    values[other] = value;
  }
  return { shape, data: values };
};

export const uniformTensor = (shape: Shape, name: string, low: number, high: number): Tensor => {
  const random = createStream(1, name);
  return { shape, data: Float64Array.from({ length: elementsOf(shape) }, () => low + (high - low) * random()) };
};

/** ‖a − b‖ / max(‖b‖, floor): relative error of a whole tensor. NaN counts as different. */
export const relativeError = (actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-30): number => {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let norm = 0;
  for (let index = 0; index < expected.length; index++) {
    difference += ((actual[index] ?? Number.NaN) - (expected[index] ?? Number.NaN)) ** 2;
    norm += (expected[index] ?? Number.NaN) ** 2;
  }
  const error = Math.sqrt(difference) / Math.max(Math.sqrt(norm), floor);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
};
