/** Updates of weights and the clipping before them, kernel by kernel, against formulas in float64. */
import { expect } from "vitest";
import { type OptimizerName, optimizers } from "../../../engine/document/optimizers.ts";
import { clipScale } from "../../../engine/train/optimizers/clipGradients.ts";
import { createOptimizer } from "../../../engine/train/optimizers/createOptimizer.ts";
import { updateNumbers } from "../../../engine/train/updateNumbers.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import { expectMeasuredUpdate, NOT_FINITE } from "./tensorStatisticsCases.ts";
import type { Workbench } from "./workbench.ts";

const K = 3;
const NUM_SLOTS = 3;
const RATE = 0.01;
/** As many channels as make a task that is measured in runs. */
const MANY = 400;
const DECAY = 0.1;

const sizeOf = (channels: number): number => Math.ceil(channels / 4) * 4 * K;

const summed = (gradients: Float64Array, size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) =>
    [0, 1, 2].reduce((sum, slot) => sum + (gradients[slot * size + i] ?? 0), 0),
  );

/** Arguments of every case. */
const shape = { chunk: 2, k: K };

const runUpdate = (
  bench: Workbench,
  name: OptimizerName,
  call: {
    readonly channels: number;
    readonly decays: number;
    readonly rateFactor: number;
    readonly scale: number | null;
    /** Among the gradients. */
    readonly planted?: readonly number[];
  },
): void => {
  const { channels, decays, rateFactor, scale, planted = [] } = call;
  bench.reset();
  const size = sizeOf(channels);
  const settings = optimizers[name].start;
  const { beta1, beta2, epsilon } = updateNumbers(settings);
  const gradients = samples([NUM_SLOTS, size], `gradients ${channels}`, planted).data;
  const weights = samples([size], `weights ${channels}`).data;
  const expected = Float64Array.from(weights);
  const optimizer = createOptimizer(settings);
  const quads = Math.ceil(channels / 4);
  const quadsOfTask = channels === MANY ? quads : 2;
  const shared = {
    ...{ w: bench.vector(weights), gradient: bench.vector(gradients), slotStride: size * 4 },
    ...shape,
    ...{ quads, decays, rateFactor },
    ...{ m: bench.vector(new Float32Array(size)), v: bench.vector(new Float32Array(size)) },
    ...(scale === null ? {} : { scale: bench.vector([scale]) }),
  };
  for (let step = 1; step <= 3; step++) {
    bench.setHeader({ rows: 5, learningRate: RATE, weightDecay: DECAY, beta1, beta2, epsilon });
    bench.setHeader({ correction1: 1 / (1 - beta1 ** step), correction2: 1 / (1 - beta2 ** step) });
    // Panel by panel, as tasks do.
    const before = Array.from(bench.floats(shared.w, size));
    const take = (measuring: object): void => {
      for (let c0 = 0; c0 < quads; c0 += quadsOfTask) {
        bench.run(name, { ...shared, ...measuring, quadsOfTask }, { n0: 0, n1: 5, c0, c1: c0 + quadsOfTask });
      }
    };
    // The last one is measured.
    if (step < 3) take({});
    else {
      expectMeasuredUpdate(
        bench,
        (measuring) => {
          take(measuring);
          return {
            ...{ before, after: Array.from(bench.floats(shared.w, size)), numTasks: Math.ceil(quads / quadsOfTask) },
            gradient: Array.from({ length: size }, (_, i) =>
              [0, 1, 2].reduce((sum, slot) => Math.fround(sum + Math.fround(gradients[slot * size + i] ?? 0)), 0),
            ),
          };
        },
        `${name} of ${channels}, measured`,
      );
    }
    optimizer.update({
      ...{ name: "w", step, learningRate: RATE * rateFactor, weightDecay: decays === 1 ? DECAY : 0, weights: expected },
      gradient: summed(gradients, size).map((value) => value * (scale ?? 1)),
    });
  }
  expectAgreement(bench.floats(shared.w, size), expected, `${name} of ${channels}`);
};

const update =
  (name: OptimizerName) =>
  (bench: Workbench): void => {
    for (const channels of [...TAILS, MANY]) {
      runUpdate(bench, name, { channels, decays: 0, rateFactor: 1, scale: null, planted: NOT_FINITE });
      for (const decays of [0, 1]) {
        runUpdate(bench, name, { channels, decays, rateFactor: 1, scale: null });
        runUpdate(bench, name, { channels, decays, rateFactor: 0.5, scale: 0.25 });
      }
    }
  };

export const sgd = update("sgd");
export const momentum = update("momentum");
export const nesterov = update("nesterov");
export const adagrad = update("adagrad");
export const rmsprop = update("rmsprop");
export const adam = update("adam");
export const adamw = update("adamw");

/** Squares of two tensors, the first one listed after the second. Returns where the second's lie, with all gradients. */
const placeSquares = (bench: Workbench, channels: number, planted: readonly number[]) => {
  bench.reset();
  bench.setHeader({ rows: 5 });
  let next = 0;
  const gradients = [channels, 7].map((each, tensor) => {
    const size = sizeOf(each);
    const values = samples([NUM_SLOTS, size], `norm ${tensor} ${each}`, tensor === 0 ? planted : []).data;
    const quads = Math.ceil(each / 4);
    const squares = bench.reserve(16 + quads * 8);
    const shared = {
      ...{ gradient: bench.vector(values), ...shape, slotStride: size * 4, quads, squares, next },
    };
    for (let c0 = 0; c0 < quads; c0 += 2) bench.run("gradientSquares", shared, { n0: 0, n1: 5, c0, c1: c0 + 2 });
    next = squares;
    return { squares, quads, sum: summed(values, size) };
  });
  return { gradients, first: next };
};

export const gradientSquares = (bench: Workbench): void => {
  for (const channels of TAILS) {
    for (const planted of [[], [Number.NaN], [Number.NEGATIVE_INFINITY]]) {
      for (const { squares, quads, sum } of placeSquares(bench, channels, planted).gradients) {
        const expected = Array.from({ length: quads }, (_, quad) =>
          sum.slice(quad * 4 * K, (quad + 1) * 4 * K).reduce((total, g) => total + g * g, 0),
        );
        expectAgreement(bench.doubles(squares + 16, quads), expected, `${channels}`);
      }
    }
  }
};

export const gradientClip = (bench: Workbench): void => {
  for (const channels of TAILS) {
    for (const clipNorm of [0.01, 1, 1e6]) {
      const { gradients, first } = placeSquares(bench, channels, []);
      const scale = bench.vector([Number.NaN]);
      bench.setHeader({ clipNorm });
      bench.run("gradientClip", { first, scale }, { n0: 0, n1: 5 });
      const expected = clipScale(
        gradients.map(({ sum }) => sum),
        clipNorm,
      );
      expectAgreement(bench.floats(scale, 1), [expected], `${channels} clipped to ${clipNorm}`);
      if (clipNorm === 1e6) expect(expected).toBe(1);
    }
  }
  // Not a number stays one: the gradient is left as it is. An infinite norm turns it into one.
  const broken = placeSquares(bench, 8, [Number.NaN]);
  const scale = bench.vector([0]);
  bench.setHeader({ clipNorm: 1 });
  bench.run("gradientClip", { first: broken.first, scale }, { n0: 0, n1: 5 });
  expect(bench.floats(scale, 1)[0]).toBe(1);
};
