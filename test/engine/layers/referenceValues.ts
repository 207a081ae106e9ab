/** PyTorch's values in test/reference, and how they are compared. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { z } from "zod";
import type { Tensor } from "../../../engine/layer.ts";
import { relativeError } from "./tensors.ts";

export const tensorSchema = z
  .object({ shape: z.array(z.number()), data: z.array(z.number()) })
  .transform(({ shape, data }): Tensor => ({ shape, data: Float64Array.from(data) }));

const tensorsSchema = z.record(z.string(), tensorSchema);

export const passSchema = z.object({
  inputs: z.object({ x: tensorSchema }),
  params: tensorsSchema,
  output: tensorSchema,
  outputGradient: tensorSchema,
  inputGradients: z.object({ x: tensorSchema }),
  paramGradients: tensorsSchema,
});

export type ReferencePassValues = z.infer<typeof passSchema>;

export const readCases = <T>(file: string, schema: z.ZodType<T>): T[] =>
  z
    .object({ cases: z.array(schema) })
    .parse(JSON.parse(readFileSync(new URL(`../../reference/${file}.json`, import.meta.url), "utf8"))).cases;

/** Whole nets, ten steps each. */
export const readTrainingCases = () =>
  readCases(
    "training",
    z.object({
      net: z.string(),
      optimizer: z.discriminatedUnion("name", [
        z.object({ name: z.literal("sgd"), learningRate: z.number() }),
        z.object({
          name: z.literal("adam"),
          learningRate: z.number(),
          beta1: z.number(),
          beta2: z.number(),
          epsilon: z.number(),
        }),
      ]),
      paramsBefore: z.record(z.string(), tensorSchema),
      batches: z.array(z.object({ x: tensorSchema, labels: z.array(z.number()) })),
      lossBeforeEachStep: z.array(z.number()),
      paramsAfter: z.record(z.string(), tensorSchema),
    }),
  );

/** float64 against float64: relative error of at most 1e-9. */
export const expectSame = (actual: Tensor | undefined, expected: Tensor, what = ""): void => {
  expect(actual?.shape, what).toEqual(expected.shape);
  expect(relativeError(actual?.data ?? [], expected.data), what).toBeLessThanOrEqual(1e-9);
};
