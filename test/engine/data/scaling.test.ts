import { expect, it } from "vitest";
import { type Dataset, measurePreprocessing, scalingOf, withScaling } from "../../../engine/data/dataset.ts";
import { networkData } from "../../../engine/data/networkData.ts";
import { elementsOf } from "../../../engine/layer.ts";
import { createStream } from "../../../engine/train/rng.ts";

const dataset: Dataset = {
  name: "test",
  shape: [1, 1, 2],
  classNames: ["0", "1"],
  train: { count: 0, images: new Uint8Array(), labels: { classes: new Uint8Array() } },
  test: { count: 0, images: new Uint8Array(), labels: { classes: new Uint8Array() } },
  preprocessing: { unit: 255, mean: [0.25], std: [0.5] },
};

/** The value of a byte under a scaling. */
const scaled = (byte: number, scaling: "standardize" | "unit" | "none"): number => {
  const { scales, offsets } = scalingOf(withScaling(dataset, scaling).preprocessing);
  return byte * (scales[0] ?? 0) + (offsets[0] ?? 0);
};

it("scales bytes as the Input node says", () => {
  expect(scaled(0, "standardize")).toBeCloseTo(-0.5, 12);
  expect(scaled(255, "standardize")).toBeCloseTo(1.5, 12);
  expect([scaled(0, "unit"), scaled(255, "unit")]).toEqual([expect.closeTo(0, 12), expect.closeTo(1, 12)]);
  expect([scaled(0, "none"), scaled(255, "none")]).toEqual([expect.closeTo(0, 12), expect.closeTo(255, 9)]);
});

it("measures each channel of images and each feature of a table by itself", () => {
  // Two images of two channels and two pixels.
  const images = Uint8Array.of(0, 255, 51, 51, 255, 0, 51, 51);
  expect(measurePreprocessing(images, [2, 1, 2])).toEqual({ unit: 255, mean: [0.5, 0.2], std: [0.5, 1] });
  const rows = Float64Array.of(1e9, 0.1, 1e9 + 2, 0.1, 1e9 + 4, 0.1);
  const measured = measurePreprocessing(rows, [2]);
  expect(measured.mean).toEqual([expect.closeTo(1e9 + 2, 6), expect.closeTo(0.1, 12)]);
  expect(measured.std).toEqual([expect.closeTo(Math.sqrt(8 / 3), 9), 1]);
});

it("measures bytes as two passes over them do, wherever they lie and however many there are", () => {
  const uniform = createStream(1, "bytes");
  // Longer than what is summed at a time, with many zeros, from an odd place on; planes of 15 are no whole words.
  for (const shape of [
    [1, 40_000],
    [3, 3, 5],
    [2, 2, 2],
  ] as const) {
    const [channels, area] = [shape[0], elementsOf(shape) / shape[0]];
    const all = Uint8Array.from({ length: 1 + 2 * channels * area }, () => Math.max(0, 500 * uniform() - 245));
    const images = all.subarray(1);
    const { mean, std } = measurePreprocessing(images, shape);
    for (let channel = 0; channel < channels; channel++) {
      const values = [...images]
        .filter((_, at) => Math.floor(at / area) % channels === channel)
        .map((byte) => byte / 255);
      const expected = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - expected) ** 2, 0) / values.length;
      expect(mean[channel]).toBeCloseTo(expected, 11);
      expect(std[channel]).toBeCloseTo(Math.sqrt(variance), 11);
    }
  }
});

it("scales numbers in float64, so that a large mean leaves the spread", () => {
  const images = Float64Array.of(1e9, 1e9 + 2);
  const labels = { classes: Uint8Array.of(0, 1) };
  const split = { count: 2, images, labels };
  const table: Dataset = {
    ...{ name: "table", shape: [1], classNames: ["0", "1"], train: split, test: split },
    preprocessing: measurePreprocessing(images, [1]),
  };
  expect([...networkData(table).train.images]).toEqual([-1, 1]);
  expect([...networkData(withScaling(table, "unit")).train.images]).toEqual([0, 1]);
  expect([...networkData(withScaling(table, "none")).train.images]).toEqual([Math.fround(1e9), Math.fround(1e9 + 2)]);
});
