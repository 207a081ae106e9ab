/** Every optimizer against PyTorch's values, in float64 and on the kernels. */
import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import {
  type OptimizerSettings,
  optimizerNames,
  optimizerSchema,
  optimizers,
} from "../../../engine/document/optimizers.ts";
import { clipScale } from "../../../engine/train/optimizers/clipGradients.ts";
import { createOptimizer } from "../../../engine/train/optimizers/createOptimizer.ts";
import { updateNumbers } from "../../../engine/train/updateNumbers.ts";
import { Workbench } from "../kernels/workbench.ts";
import { readCases, tensorSchema } from "../layers/referenceValues.ts";

const cases = readCases(
  "optimizers",
  z.object({
    optimizer: z.enum(optimizerNames),
    config: z.looseObject({ learningRate: z.number(), weightDecay: z.number() }),
    paramsBefore: tensorSchema,
    gradients: z.array(tensorSchema),
    paramsAfterEachStep: z.array(tensorSchema),
  }),
);

/** The numbers of the case under our names. */
const settingsOf = ({ optimizer, config }: (typeof cases)[number]): OptimizerSettings => {
  const { learningRate: _rate, weightDecay: _decay, ...numbers } = config;
  return optimizerSchema.parse({ name: optimizer, ...numbers });
};

const largestError = (actual: ArrayLike<number>, expected: ArrayLike<number>): number =>
  Math.max(...Array.from(expected, (want, i) => Math.abs((actual[i] ?? Number.NaN) - want) / Math.abs(want)));

test("the reference has every optimizer, with and without weight decay", () => {
  expect(new Set(cases.map(({ optimizer }) => optimizer))).toEqual(new Set(optimizerNames));
  expect(new Set(cases.map(({ config }) => config.weightDecay > 0))).toEqual(new Set([false, true]));
});

describe.each(cases.map((each) => [each.optimizer, each.config.weightDecay, each] as const))(
  "%s with weight decay %d",
  (_name, weightDecay, values) => {
    const { config, paramsBefore, gradients, paramsAfterEachStep } = values;
    const settings = settingsOf(values);

    it("follows the reference in float64", () => {
      const instance = createOptimizer(settings);
      const weights = Float64Array.from(paramsBefore.data);
      gradients.forEach((gradient, index) => {
        instance.update({
          ...{ name: "w", step: index + 1, learningRate: config.learningRate, weightDecay, weights },
          gradient: Float64Array.from(gradient.data),
        });
        expect(largestError(weights, paramsAfterEachStep[index]?.data ?? [])).toBeLessThanOrEqual(1e-9);
      });
    });

    it("follows the reference in float32", async () => {
      const bench = await Workbench.create("simd");
      bench.reset();
      const { beta1, beta2, epsilon } = updateNumbers(settings);
      const size = paramsBefore.data.length;
      const empty = () => bench.vector(new Float32Array(size));
      const w = bench.vector(paramsBefore.data);
      const shared = { w, k: 1, quads: Math.ceil(size / 4), decays: 1, rateFactor: 1, m: empty(), v: empty() };
      bench.setHeader({ rows: 1, learningRate: config.learningRate, weightDecay, beta1, beta2, epsilon });
      gradients.forEach((gradient, index) => {
        const step = index + 1;
        bench.setHeader({ correction1: 1 / (1 - beta1 ** step), correction2: 1 / (1 - beta2 ** step) });
        bench.run(settings.name, { ...shared, gradient: bench.vector(gradient.data) }, { n0: 0, n1: 1 });
        expect(largestError(bench.floats(w, size), paramsAfterEachStep[index]?.data ?? [])).toBeLessThanOrEqual(1e-4);
      });
    });
  },
);

test.each(optimizerNames)("%s keeps the state of two tensors apart", (name) => {
  const shared = createOptimizer(optimizers[name].start);
  const alone = createOptimizer(optimizers[name].start);
  const update = { learningRate: 0.1, weightDecay: 0, gradient: Float64Array.of(1) };
  const [a, b, c] = [Float64Array.of(0), Float64Array.of(0), Float64Array.of(0)];
  for (const step of [1, 2]) {
    shared.update({ ...update, name: "a", step, weights: a });
    shared.update({ ...update, name: "b", step, weights: b, gradient: Float64Array.of(-5) });
    alone.update({ ...update, name: "a", step, weights: c });
  }
  expect(a).toEqual(c);
});

test("gradients are clipped by the norm of all of them together", () => {
  const gradients = [Float64Array.of(3, 0), Float64Array.of(0, 4)];
  expect(clipScale(gradients, 1)).toBe(0.2);
  expect(clipScale(gradients, 5)).toBe(1);
  expect(clipScale(gradients, 6)).toBe(1);
  expect(clipScale(gradients, null)).toBe(1);
});
