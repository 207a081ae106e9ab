/** What the test bench is told of a test set whose samples have targets. */
import { describe, expect, it } from "vitest";
import type { Dataset } from "../../../engine/data/dataset.ts";
import { TestTally } from "../../../engine/train/inspectTest.ts";

const COUNT = 9001;
const targets = Float32Array.from({ length: COUNT * 2 }, (_, index) => Math.sin(index));

const part = { count: COUNT, images: new Float64Array(COUNT), labels: { targets, width: 2 } };
const dataset: Dataset = {
  name: "sines",
  shape: [1],
  classNames: [],
  train: part,
  test: part,
  preprocessing: { unit: 1, mean: [0], std: [1] },
};

describe("targets and predictions", () => {
  it("come in pairs, evenly taken from the whole set, number by number of a target", () => {
    const tally = new TestTally(dataset, 2, 3);
    const predict = (start: number, count: number): Float32Array =>
      targets.slice(2 * start, 2 * (start + count)).map((value) => value + 0.5);
    for (let start = 0; start < COUNT; start += 1000) {
      const count = Math.min(1000, COUNT - start);
      tally.add(start, { lossSum: 0.25 * count, correct: 0, logits: predict(start, count) });
    }
    const { pairs, worst } = tally.result();
    const values = new Float32Array(pairs ?? new ArrayBuffer(0));
    // Every third of 9,001 samples, two numbers of each.
    expect(values.length).toBe(2 * 2 * 3001);
    for (const sample of [0, 1, 1500, 3000]) {
      for (const number of [0, 1]) {
        const at = 2 * (2 * sample + number);
        expect(values[at]).toBe(targets[2 * 3 * sample + number]);
        expect(values[at + 1]).toBeCloseTo((values[at] ?? 0) + 0.5, 6);
      }
    }
    expect(worst.length).toBe(3);
  });
});
