import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { createAdam } from "../../../engine/train/optimizers/adam.ts";
import { createSgd } from "../../../engine/train/optimizers/sgd.ts";

const tensor = z.object({ data: z.array(z.number()) });
const file = z.object({
  cases: z.array(
    z.object({
      optimizer: z.string(),
      config: z.object({
        learningRate: z.number(),
        weightDecay: z.number(),
        beta1: z.number().optional(),
        beta2: z.number().optional(),
        epsilon: z.number().optional(),
      }),
      paramsBefore: tensor,
      gradients: z.array(tensor),
      paramsAfterEachStep: z.array(tensor),
    }),
  ),
});

const { cases } = file.parse(JSON.parse(readFileSync("test/reference/optimizers.json", "utf8")));
const known = cases.filter(({ optimizer }) => optimizer === "sgd" || optimizer === "adam");

test("the reference has two cases of each optimizer", () => {
  expect(known.map(({ optimizer }) => optimizer)).toEqual(["sgd", "sgd", "adam", "adam"]);
});

test.each(known.map((each) => [each.optimizer, each.config.weightDecay, each] as const))(
  "%s with weight decay %d follows the reference for six steps",
  (_name, weightDecay, { optimizer, config, paramsBefore, gradients, paramsAfterEachStep }) => {
    const { beta1 = 0, beta2 = 0, epsilon = 0 } = config;
    const instance = optimizer === "sgd" ? createSgd() : createAdam({ beta1, beta2, epsilon });
    const weights = Float64Array.from(paramsBefore.data);
    gradients.forEach((gradient, index) => {
      instance.update({
        name: "w",
        step: index + 1,
        learningRate: config.learningRate,
        weightDecay,
        weights,
        gradient: Float64Array.from(gradient.data),
      });
      const expected = paramsAfterEachStep[index]?.data ?? [];
      weights.forEach((weight, at) => {
        const value = expected[at] ?? Number.NaN;
        expect(Math.abs(weight - value)).toBeLessThanOrEqual(1e-9 * Math.abs(value));
      });
    });
  },
);

test("Adam keeps the state of two tensors apart", () => {
  const shared = createAdam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const alone = createAdam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  const update = { learningRate: 0.1, weightDecay: 0, gradient: Float64Array.of(1) };
  const [a, b, c] = [Float64Array.of(0), Float64Array.of(0), Float64Array.of(0)];
  for (const step of [1, 2]) {
    shared.update({ ...update, name: "a", step, weights: a });
    shared.update({ ...update, name: "b", step, weights: b, gradient: Float64Array.of(-5) });
    alone.update({ ...update, name: "a", step, weights: c });
  }
  expect(a).toEqual(c);
});
