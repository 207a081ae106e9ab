/** The layers' reference passes against PyTorch. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { AnyLayer, Tensor } from "../../../engine/layer.ts";
import { layerOf } from "../../../engine/registry.ts";
import { expectSame, passSchema, type ReferencePassValues, readCases, tensorSchema } from "./referenceValues.ts";

const kindOf = (kind: string): AnyLayer => {
  const layer = layerOf(kind);
  if (layer === undefined) throw new Error(`no kind ${kind}`);
  return layer;
};

const config = z.record(z.string(), z.json());

const checkPass = (
  layer: AnyLayer,
  params: unknown,
  values: ReferencePassValues,
  mode: "training" | "evaluation",
  state: Record<string, Tensor> = {},
) => {
  const call = {
    params: layer.params.parse(params),
    inputs: [values.inputs.x],
    weights: values.params,
    state,
    mode,
    random: () => 0,
  };
  const result = layer.reference.forward(call);
  expectSame(result.output, values.output, "output");
  const gradients = layer.reference.backward({
    ...call,
    output: result.output,
    saved: result.saved ?? {},
    outputGradient: values.outputGradient,
  });
  expectSame(gradients.inputs[0], values.inputGradients.x, "input gradient");
  expect(Object.keys(gradients.weights).sort()).toEqual(Object.keys(values.paramGradients).sort());
  for (const [name, gradient] of Object.entries(values.paramGradients))
    expectSame(gradients.weights[name], gradient, name);
  return result;
};

describe.each(["conv2d", "pool2d"])("%s", (kind) => {
  const cases = readCases(kind, passSchema.extend({ config }));
  it.each(cases)("agrees with PyTorch for $config", (values) => {
    checkPass(kindOf(kind), values.config, values, "training");
  });
});

describe("dense", () => {
  it.each(readCases("dense", passSchema.extend({ config })))("agrees with PyTorch for $config", (values) => {
    const { weightLayout, ...params } = values.config;
    expect(weightLayout).toBe("[out, in]");
    checkPass(kindOf("dense"), params, values, "training");
  });
});

describe("batchNorm", () => {
  const moments = z.object({ mean: tensorSchema, variance: tensorSchema });
  const cases = readCases(
    "batchnorm",
    z.object({ config, train: passSchema, eval: passSchema, runningBefore: moments, runningAfter: moments }),
  );
  it.each(cases)("agrees with PyTorch for $config", (values) => {
    const before = { runningMean: values.runningBefore.mean, runningVariance: values.runningBefore.variance };
    const { state } = checkPass(kindOf("batchNorm"), values.config, values.train, "training", before);
    expectSame(state?.runningMean, values.runningAfter.mean, "running mean");
    expectSame(state?.runningVariance, values.runningAfter.variance, "running variance");
    // The evaluation passes of the file use the running values from before the training pass.
    checkPass(kindOf("batchNorm"), values.config, values.eval, "evaluation", before);
  });
});

describe("layerNorm", () => {
  it.each(readCases("layernorm", passSchema.extend({ config })))("agrees with PyTorch for $config", (values) => {
    const { axes, ...params } = values.config;
    expect(axes).toBe("all but the batch axis");
    checkPass(kindOf("layerNorm"), params, values, "training");
    checkPass(kindOf("layerNorm"), params, values, "evaluation");
  });
});

describe("groupNorm", () => {
  const cases = readCases("layernorm", passSchema.extend({ config }));
  // With as many groups as samples a batch is one sample of several groups: each is normalized as layer norm does a sample of its own.
  it.each(cases)("normalizes each group as PyTorch's layer norm does a sample, for $inputs.x.shape", (values) => {
    const [numGroups = 0] = values.inputs.x.shape;
    const size = values.inputs.x.data.length / numGroups;
    const asGroups = (data: Float64Array): Tensor => ({ shape: [1, numGroups, size], data });
    const repeat = (name: string): Float64Array =>
      Float64Array.from({ length: numGroups * size }, (_, index) => values.params[name]?.data[index % size] ?? 0);
    // x̂ by γ = 1, β = 0; scaled outside, because γ and β of a group norm are one a channel.
    const layer = kindOf("groupNorm");
    const gamma = repeat("gamma");
    const call = {
      params: layer.params.parse({ groups: numGroups, scale: false, shift: false }),
      inputs: [asGroups(values.inputs.x.data)],
      ...{ weights: {}, state: {}, mode: "training" as const, random: () => 0 },
    };
    const { output } = layer.reference.forward(call);
    const beta = repeat("beta");
    const scaled = output.data.map((value, index) => value * (gamma[index] ?? 0) + (beta[index] ?? 0));
    expectSame(asGroups(scaled), asGroups(values.output.data), "output");
    const scaledGradient = values.outputGradient.data.map((value, index) => value * (gamma[index] ?? 0));
    const { inputs } = layer.reference.backward({
      ...call,
      ...{ output, saved: {}, outputGradient: asGroups(scaledGradient) },
    });
    expectSame(inputs[0], asGroups(values.inputGradients.x.data), "input gradient");
  });

  it("scales and shifts by channel", () => {
    const layer = kindOf("groupNorm");
    const call = {
      params: layer.params.parse({ groups: 1, epsilon: 1 }),
      inputs: [{ shape: [1, 2, 1, 2], data: Float64Array.of(0, 0, 2, 2) }],
      weights: {
        gamma: { shape: [2], data: Float64Array.of(3, 5) },
        beta: { shape: [2], data: Float64Array.of(10, 20) },
      },
      ...{ state: {}, mode: "evaluation" as const, random: () => 0 },
    };
    // Mean 1, variance 1: x̂ = ∓1/√2.
    const [low, high] = [10 - 3 / Math.SQRT2, 20 + 5 / Math.SQRT2];
    expectSame(layer.reference.forward(call).output, {
      shape: [1, 2, 1, 2],
      data: Float64Array.of(low, low, high, high),
    });
  });
});

describe("activations", () => {
  const cases = readCases("activations", passSchema.extend({ config: z.looseObject({ kind: z.string() }) }));
  it.each(cases)("agree with PyTorch for $config", (values) => {
    const { kind, ...params } = values.config;
    checkPass(kindOf(kind), params, values, "training");
  });
});

describe("losses", () => {
  const cases = readCases(
    "losses",
    z.discriminatedUnion("loss", [
      z.object({
        loss: z.literal("softmaxCrossEntropy"),
        logits: tensorSchema,
        labels: z.array(z.number()),
        labelSmoothing: z.number().default(0),
        value: z.number(),
        logitsGradient: tensorSchema,
      }),
      z.object({
        loss: z.literal("meanSquaredError"),
        outputs: tensorSchema,
        targets: tensorSchema,
        value: z.number(),
        outputsGradient: tensorSchema,
      }),
    ]),
  );
  const { params, reference } = kindOf("output");
  const { loss } = reference;
  const entropy = (logits: Tensor, labels: number[], labelSmoothing = 0) =>
    loss?.(params.parse({ labelSmoothing }), logits, labels);
  const row = (...data: number[]): Tensor => ({ shape: [1, data.length], data: Float64Array.from(data) });

  it("have reference values", () => expect(new Set(cases.map((values) => values.loss)).size).toBe(2));
  it.each(cases)("$loss agrees with PyTorch", (values) => {
    const isEntropy = values.loss === "softmaxCrossEntropy";
    const result = isEntropy
      ? entropy(values.logits, values.labels, values.labelSmoothing)
      : loss?.(params.parse({ loss: "meanSquaredError" }), values.outputs, values.targets.data);
    expect(Math.abs((result?.value ?? Number.NaN) - values.value) / values.value).toBeLessThanOrEqual(1e-9);
    expectSame(result?.inputGradient, isEntropy ? values.logitsGradient : values.outputsGradient);
    if (!isEntropy) expect(result?.correct).toBeNull();
  });

  it("stay finite for logits of a thousand, and do not hide NaN", () => {
    const run = (...data: number[]) => entropy(row(...data), [1]);
    // log(e^1000 + e^−1000) − (−1000) = 2000.
    expect(run(1000, -1000)).toMatchObject({ value: 2000, correct: 0 });
    expect(run(-1000, 1000)).toMatchObject({ value: 0, correct: 1 });
    expect(Array.from(run(1000, -1000)?.inputGradient.data ?? [])).toEqual([1, -1]);
    expect(run(Number.NaN, 0)?.value).toBeNaN();
    expect(run(Number.POSITIVE_INFINITY, 0)?.value).toBeNaN();
  });

  it("count the first of several largest logits as the prediction", () => {
    const logits = { shape: [2, 3], data: Float64Array.of(1, 1, 0, 1, 1, 0) };
    expect(entropy(logits, [0, 1])?.correct).toBe(1);
  });

  it("spread a smoothed label over all classes, the label's own included", () => {
    // p = (1/4, 3/4); q = (0.1, 0.9) for ε = 0.2 and two classes.
    const smoothed = entropy(row(0, Math.log(3)), [1], 0.2);
    expect(smoothed?.value).toBeCloseTo(0.1 * Math.log(4) + 0.9 * Math.log(4 / 3), 12);
    expect(Array.from(smoothed?.inputGradient.data ?? [])).toEqual([
      expect.closeTo(0.15, 12),
      expect.closeTo(-0.15, 12),
    ]);
  });
});

describe("values that matter", () => {
  const forward = (kind: string, params: unknown, shape: number[], data: number[]) => {
    const layer = kindOf(kind);
    const call = {
      params: layer.params.parse(params),
      inputs: [{ shape, data: Float64Array.from(data) }],
      weights: {},
      state: {},
    };
    return [...layer.reference.forward({ ...call, mode: "training", random: () => 0 }).output.data];
  };
  const backward = (
    kind: string,
    params: unknown,
    shape: number[],
    data: number[],
    outputShape: number[],
    gradient: number[],
  ) => {
    const layer = kindOf(kind);
    const inputs = [{ shape, data: Float64Array.from(data) }];
    const call = {
      params: layer.params.parse(params),
      inputs,
      weights: {},
      state: {},
      mode: "training" as const,
      random: () => 0,
    };
    const { output, saved = {} } = layer.reference.forward(call);
    const outputGradient = { shape: outputShape, data: Float64Array.from(gradient) };
    return [...(layer.reference.backward({ ...call, output, saved, outputGradient }).inputs[0]?.data ?? [])];
  };

  it("ReLU lets NaN and infinity through and has no gradient at 0", () => {
    expect(forward("relu", {}, [1, 5], [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 2])).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      0,
      0,
      2,
    ]);
    expect(backward("relu", {}, [1, 3], [-1, 0, 2], [1, 3], [7, 7, 7])).toEqual([0, 0, 7]);
  });

  it("softmax stays finite for values of a thousand", () => {
    expect(forward("softmax", {}, [2, 2], [1000, -1000, 1000, 1000])).toEqual([1, 0, 0.5, 0.5]);
  });

  it("max pooling gives NaN for a window with NaN, and the gradient to the first maximum", () => {
    expect(forward("pool2d", {}, [1, 1, 2, 4], [1, Number.NaN, 5, 6, 3, 4, 7, 8])).toEqual([Number.NaN, 8]);
    expect(backward("pool2d", {}, [1, 1, 2, 2], [1, 2, 2, 2], [1, 1, 1, 1], [5])).toEqual([0, 5, 0, 0]);
  });

  it("max pooling ignores padding, average pooling counts it as zeros", () => {
    const params = { size: [2, 2], stride: [2, 2], padding: [1, 1] };
    const data = [-1, -2, -3, -4];
    expect(forward("pool2d", { ...params, pool: "max" }, [1, 1, 2, 2], data)).toEqual([-1, -2, -3, -4]);
    expect(forward("pool2d", { ...params, pool: "avg" }, [1, 1, 2, 2], data)).toEqual([-0.25, -0.5, -0.75, -1]);
  });

  it('"same" puts the smaller half of the padding before', () => {
    // A kernel of two columns that reads the left one copies the image; the zero column lies to its right.
    const conv = kindOf("conv2d");
    const weights = {
      weight: { shape: [1, 1, 1, 2], data: Float64Array.of(0, 1) },
      bias: { shape: [1], data: Float64Array.of(0) },
    };
    const params = conv.params.parse({ filters: 1, kernel: [1, 2], padding: "same" });
    const inputs = [{ shape: [1, 1, 1, 3], data: Float64Array.of(1, 2, 3) }];
    const { output } = conv.reference.forward({
      params,
      inputs,
      weights,
      state: {},
      mode: "training",
      random: () => 0,
    });
    expect([...output.data]).toEqual([2, 3, 0]);
    expect(conv.lower?.(params, [[1, 1, 3]])).toMatchObject({ padding: { top: 0, left: 0, bottom: 0, right: 1 } });
    const tall = conv.params.parse({ filters: 1, kernel: [2, 1], padding: "same" });
    expect(conv.lower?.(tall, [[1, 3, 1]])).toMatchObject({ padding: { top: 0, left: 0, bottom: 1, right: 0 } });
  });

  it("a convolution steps down by the first number of its stride and across by the second", () => {
    const conv = kindOf("conv2d");
    const weights = {
      weight: { shape: [1, 1, 1, 1], data: Float64Array.of(1) },
      bias: { shape: [1], data: Float64Array.of(0) },
    };
    const inputs = [{ shape: [1, 1, 3, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) }];
    const at = (stride: number[]) => {
      const params = conv.params.parse({ filters: 1, kernel: [1, 1], stride });
      const call = { params, inputs, weights, state: {}, mode: "training" as const, random: () => 0 };
      return [...conv.reference.forward(call).output.data];
    };
    expect(at([2, 1])).toEqual([1, 2, 3, 7, 8, 9]);
    expect(at([1, 2])).toEqual([1, 3, 4, 6, 7, 9]);
  });

  it("dropout keeps the expected value and passes everything through in evaluation", () => {
    const layer = kindOf("dropout");
    const draws = [0.1, 0.3, 0.25, 0.9];
    const call = {
      params: layer.params.parse({ rate: 0.25 }),
      inputs: [{ shape: [1, 4], data: Float64Array.of(3, 3, 3, 3) }],
      weights: {},
      state: {},
      random: () => draws.shift() ?? 0,
    };
    expect([...layer.reference.forward({ ...call, mode: "training" }).output.data]).toEqual([0, 4, 4, 4]);
    expect([...layer.reference.forward({ ...call, mode: "evaluation" }).output.data]).toEqual([3, 3, 3, 3]);
  });
});
