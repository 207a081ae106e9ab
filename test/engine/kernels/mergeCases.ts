/** Sums, copied channels, values in another order: against what they say in one line each. And the squared error against its layer. */
import { expect } from "vitest";
import { laneOfFeature } from "../../../engine/compile/layout.ts";
import { elementsOf, type Tensor } from "../../../engine/layer.ts";
import { output as outputLayer } from "../../../engine/layers/output.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import { type Placed, Workbench } from "./workbench.ts";

const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
const border = { top: 1, left: 2, bottom: 0, right: 1 };
const NUM_SAMPLES = 3;

/** Every float around and between the values of a placed tensor: borders and padding channels. */
const unseen = (bench: Workbench, placed: Placed): number[] => {
  const { layout, address } = placed;
  const floats = Array.from(bench.floats(address, (NUM_SAMPLES * layout.sampleBytes) / 4));
  const area = layout.height * layout.width;
  for (let n = 0; n < NUM_SAMPLES; n++) {
    for (let feature = 0; feature < layout.channels * area; feature++) {
      floats[(n * layout.sampleBytes + layout.originBytes) / 4 + laneOfFeature(layout, feature)] = 0;
    }
  }
  return floats;
};

const expectUntouched = (bench: Workbench, placed: Placed, what: string): void => {
  const touched = unseen(bench, placed).findIndex((value) => value !== 0);
  expect(touched, `${what}: a float outside the values`).toBe(-1);
};

export const sum = (bench: Workbench): void => {
  for (const channels of TAILS) {
    for (const borders of [false, true]) {
      bench.reset();
      const shape = [NUM_SAMPLES, channels, 3, 4];
      const [x, more] = [samples(shape, "a", bad), samples(shape, "b")];
      const a = bench.place(x, borders ? border : undefined);
      const b = bench.place(more);
      const y = bench.room(shape, borders ? { ...border, top: 2 } : undefined);
      const views = { ...Workbench.view("a", a), ...Workbench.view("b", b), ...Workbench.view("y", y) };
      const { aW, bW, yW, ...rest } = views;
      const call = { ...rest, height: 3, rowBytes: 4 * y.layout.pixelBytes };
      expect([aW, bW]).toEqual([yW, yW]);
      bench.run("sum", call, { n0: 0, n1: NUM_SAMPLES });
      const once = x.data.map((value, at) => value + (more.data[at] ?? 0));
      expectAgreement(bench.read(y), once, `sum of ${channels} channels`);
      // The first of the two may be the target.
      const again = { ...call, a: call.y, aN: call.yN, aH: call.yH };
      bench.run("sum", again, { n0: 1, n1: NUM_SAMPLES });
      const size = elementsOf(shape) / NUM_SAMPLES;
      const twice = once.map((value, at) => (at < size ? value : value + (more.data[at] ?? 0)));
      expectAgreement(bench.read(y), twice, `sum of ${channels} channels in place`);
      expectUntouched(bench, y, `sum of ${channels} channels`);
    }
  }
};

/** Channels `from … from + count` of a batch, and where they go to. */
const moved = (x: Tensor, from: number, y: Tensor, to: number, count: number, adds: boolean): Float64Array => {
  const [numSamples = 0, channels = 0, ...rest] = x.shape;
  const area = elementsOf(rest);
  const wide = y.shape[1] ?? 0;
  const data = y.data.slice();
  for (let n = 0; n < numSamples; n++) {
    for (let at = 0; at < count * area; at++) {
      const target = (n * wide + to) * area + at;
      const value = x.data[(n * channels + from) * area + at] ?? Number.NaN;
      data[target] = adds ? (data[target] ?? 0) + value : value;
    }
  }
  return data;
};

export const copyChannels = (bench: Workbench): void => {
  for (const channels of TAILS) {
    // The part goes to a place that is no multiple of four, and comes back from there.
    for (const [before, after] of [
      [0, 0],
      [3, 0],
      [5, 2],
      [4, 1],
    ] as const) {
      for (const accumulate of [0, 1]) {
        bench.reset();
        const wide = before + channels + after;
        const [part, whole] = [
          samples([NUM_SAMPLES, channels, 2, 3], "part", bad),
          samples([NUM_SAMPLES, wide, 2, 3], "whole"),
        ];
        const x = bench.place(part);
        const y = bench.place(whole, border);
        const extent = { height: 2, width: 3, channels, accumulate };
        const there = { ...Workbench.view("x", x), ...Workbench.view("y", y), ...extent };
        const what = `${channels} channels after ${before}, ${accumulate ? "added" : "copied"}`;
        bench.run("copyChannels", { ...there, y: there.y + before * 4 }, { n0: 0, n1: NUM_SAMPLES });
        expectAgreement(bench.read(y), moved(part, 0, whole, before, channels, accumulate === 1), what);
        expectUntouched(bench, y, what);

        const back = bench.place(part, border);
        const padding = (4 - (channels % 4)) % 4;
        // What was there before, NaN, is to be gone.
        if (!accumulate && padding > 0)
          bench.floats(back.address + back.layout.originBytes, channels + 1)[channels] = Number.NaN;
        const fresh = bench.place(whole);
        bench.run(
          "copyChannels",
          {
            ...{ ...Workbench.view("x", fresh), ...Workbench.view("y", back), ...extent },
            ...{ x: fresh.address + fresh.layout.originBytes + before * 4, zeros: padding },
          },
          { n0: 0, n1: NUM_SAMPLES },
        );
        expectAgreement(bench.read(back), moved(whole, before, part, 0, channels, accumulate === 1), `${what}, back`);
        expectUntouched(bench, back, `${what}, back`);
      }
    }
  }
};

export const order = (bench: Workbench): void => {
  for (const channels of TAILS) {
    for (const accumulate of [0, 1]) {
      bench.reset();
      const features = channels * 6;
      const image = samples([NUM_SAMPLES, channels, 2, 3], "image", bad);
      const flat = samples([NUM_SAMPLES, features], "flat", [0.5]);
      const x = bench.place(image, border);
      const y = bench.place(flat);
      // Rubbish between the values is cleared where the call overwrites.
      if (!accumulate && features % 4 > 0) bench.floats(y.address, features + 1)[features] = Number.NaN;
      const offsets = (placed: Placed): number =>
        bench.table(Array.from({ length: features }, (_, feature) => laneOfFeature(placed.layout, feature) * 4));
      const table = { from: offsets(x), to: offsets(y), count: features, accumulate };
      const call = {
        ...{ x: x.address + x.layout.originBytes, xN: x.layout.sampleBytes },
        ...{ y: y.address, yN: y.layout.sampleBytes, clear: y.layout.rowBytes },
      };
      bench.run("order", { ...call, ...table }, { n0: 0, n1: NUM_SAMPLES });
      // Channels first, an image and its features are the same numbers in the same order.
      const expected = image.data.map((value, at) => (accumulate ? value + (flat.data[at] ?? 0) : value));
      expectAgreement(bench.read(y), expected, `${channels} channels in order`);
      expectUntouched(bench, y, `${channels} channels in order`);
    }
  }
};

export const squaredLoss = (bench: Workbench): void => {
  for (const width of TAILS) {
    for (const planted of [[], bad]) {
      bench.reset();
      const predictions = samples([5, width], "predictions", planted);
      const targets = samples([9, width], "targets");
      // Samples of the batch in another order than in the dataset.
      const indices = [7, 0, 8, 3, 3];
      const [x, y, gradient] = [bench.place(predictions), bench.room([5, width]), bench.room([5, width])];
      const [rowLoss, rowCorrect] = [bench.reserve(5 * 8), bench.reserve(5 * 4)];
      bench.setHeader({ rows: 5, labels: bench.vector(targets.data), indices: bench.table(indices), diverged: 0 });
      bench.run(
        "squaredLoss",
        {
          ...{ x: x.address, xN: x.layout.sampleBytes, y: y.address, yN: y.layout.sampleBytes },
          ...{ gradient: gradient.address, gradientN: gradient.layout.sampleBytes, width, rowLoss, rowCorrect },
        },
        { n0: 0, n1: 5 },
      );
      bench.run("lossTotal", { rowLoss, rowCorrect }, { n0: 0, n1: 1 });
      const { params, reference } = outputLayer;
      const wanted = indices.flatMap((row) => Array.from(targets.data.subarray(row * width, (row + 1) * width)));
      const expected = reference.loss?.(params.parse({ loss: "meanSquaredError" }), predictions, wanted);
      expectAgreement(bench.read(y), predictions.data, `predictions of ${width}`);
      expectAgreement(bench.read(gradient), expected?.inputGradient.data ?? [], `gradient of ${width}`);
      const value = (expected?.value ?? 0) * 5;
      expectAgreement([bench.getHeader("lossSum")], [value], `loss of ${width}`);
      expect(bench.getHeader("correct")).toBe(0);
      expect(bench.getHeader("diverged")).toBe(Number.isFinite(value) ? 0 : 1);
    }
  }
};
