/** What every kind must satisfy, whatever it computes. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type AnyLayer, elementsOf, formatShape, type ReferenceForward, type Tensor } from "../../../engine/layer.ts";
import { layerOf, layers } from "../../../engine/registry.ts";
import { createStream } from "../../../engine/train/rng.ts";
import { type LayerCase, layerCases } from "./cases.ts";
import { relativeError, separatedTensor, uniformTensor } from "./tensors.ts";

const NUM_SAMPLES = 3;

const callOf = (
  layer: AnyLayer,
  { params, inputShapes }: LayerCase,
  mode: "training" | "evaluation",
): ReferenceForward<unknown> => {
  const parsed: unknown = layer.params.parse(params);
  return {
    params: parsed,
    inputs: inputShapes.map((shape, index) => separatedTensor([NUM_SAMPLES, ...shape], `input ${index}`)),
    weights: Object.fromEntries(
      layer.weights(parsed, inputShapes).map((spec) => [spec.name, uniformTensor(spec.shape, spec.name, 0.5, 1.5)]),
    ),
    state: Object.fromEntries(
      layer.state(parsed, inputShapes).map((spec) => [spec.name, uniformTensor(spec.shape, spec.name, 0.5, 1.5)]),
    ),
    mode,
    random: createStream(1, "dropout"),
  };
};

const runForward = (layer: AnyLayer, call: ReferenceForward<unknown>) =>
  // Every pass draws the same numbers, so that a difference quotient compares like with like.
  layer.reference.forward({ ...call, random: createStream(1, "dropout") });

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);

/** d/dx of Σ r·y by the five-point stencil: an error of h⁴, far below the tolerance. */
const numericGradient = (tensor: Tensor, value: () => number): Float64Array => {
  const h = 1e-3;
  const { data } = tensor;
  return data.map((original, index) => {
    const shifted = (steps: number): number => {
      data[index] = original + steps * h;
      const result = value();
      data[index] = original;
      return result;
    };
    return (shifted(-2) - 8 * shifted(-1) + 8 * shifted(1) - shifted(2)) / (12 * h);
  });
};

const allTensors = (call: ReferenceForward<unknown>): Tensor[] => [
  ...call.inputs,
  ...Object.values(call.weights),
  ...Object.values(call.state),
];

describe("the registry", () => {
  it("has no kind twice, and finds each by its name", () => {
    expect(new Set(layers.map((layer) => layer.kind)).size).toBe(layers.length);
    for (const layer of layers) expect(layerOf(layer.kind)).toBe(layer);
    expect(layerOf("conv9d")).toBeUndefined();
    expect(layerOf("toString")).toBeUndefined();
  });

  it("has titles and name prefixes of which none is another's", () => {
    expect(new Set(layers.map((layer) => layer.title)).size).toBe(layers.length);
    expect(new Set(layers.map((layer) => layer.namePrefix)).size).toBe(layers.length);
  });
});

describe("the conventions", () => {
  it("weight decay reaches the weights of Conv and Dense only", () => {
    const decaying = layers.flatMap((layer) =>
      (layerCases[layer.kind] ?? []).flatMap(({ params, inputShapes }) =>
        layer
          .weights(layer.params.parse(params), inputShapes)
          .flatMap(({ name, decays }) => (decays ? [`${layer.kind}.${name}`] : [])),
      ),
    );
    expect([...new Set(decaying)].sort()).toEqual(["conv2d.weight", "dense.weight"]);
  });

  it("normalizing kinds start with epsilon 1e-5, batch norm with momentum 0.9", () => {
    for (const kind of ["batchNorm", "layerNorm", "groupNorm"])
      expect(layerOf(kind)?.params.parse({}), kind).toMatchObject({ epsilon: 1e-5, scale: true, shift: true });
    expect(layerOf("batchNorm")?.params.parse({})).toMatchObject({ momentum: 0.9, initialGamma: 1 });
  });
});

describe.each(layers.map((layer) => ({ kind: layer.kind, layer })))("$kind", ({ kind, layer }) => {
  const cases = layerCases[kind] ?? [];

  it("is documented", () => {
    expect(layer.doc.length).toBeGreaterThan(80);
    expect(layer.doc).not.toMatch(/^#/m);
    for (const text of [layer.title, layer.subtitle, layer.formula]) expect(text).not.toBe("");
    expect(layer.aliases.length).toBeGreaterThan(0);
  });

  it("has params with defaults, and a JSON schema with words for the inspector", () => {
    const defaults: unknown = layer.params.parse({});
    expect(layer.params.parse(defaults)).toEqual(defaults);
    // Documents hold them, so they must survive JSON.
    expect(JSON.parse(JSON.stringify(defaults))).toEqual(defaults);
    expect(layer.params.safeParse({ noSuchParam: 1 }).success).toBe(false);

    const schema = z.toJSONSchema(layer.params, { io: "input" });
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required ?? []).toEqual([]);
    const properties = Object.entries(schema.properties ?? {});
    expect(properties.map(([name]) => name)).toEqual(Object.keys(Object(defaults)));
    for (const [name, property] of properties) {
      expect(property, name).toMatchObject({
        title: expect.stringMatching(/^[A-Z]/),
        description: expect.stringMatching(/\.$/),
        control: expect.stringMatching(/^(number|toggle|select|pair|shape|padding|initializer)$/),
        default: expect.anything(),
      });
    }
  });

  it("has ports, and a loss exactly where the net ends", () => {
    expect(new Set([...layer.inputs, ...layer.outputs]).size).toBe(layer.inputs.length + layer.outputs.length);
    expect(layer.inputs.length + layer.outputs.length).toBeGreaterThan(0);
    expect(layer.reference.loss === undefined).toBe(layer.outputs.length > 0);
  });

  it("is tested with several params", () => expect(cases.length).toBeGreaterThan(1));

  it.each(cases)("gives $outputShape for $inputShapes with $params", (layerCase) => {
    const call = callOf(layer, layerCase, "training");
    const shapes = layer.inputs.length === 0 ? [] : layerCase.inputShapes;
    const inferred = layer.inferShape(call.params, shapes);
    expect(inferred).toEqual({ ok: true, value: layerCase.outputShape });
    const { output, state } = runForward(layer, call);
    expect(output.shape).toEqual([NUM_SAMPLES, ...layerCase.outputShape]);
    expect(output.data.length).toBe(elementsOf(output.shape));
    expect(output.data.every(Number.isFinite)).toBe(true);

    const weights = layer.weights(call.params, layerCase.inputShapes);
    for (const spec of weights) expect(Math.min(spec.fanIn, spec.fanOut)).toBeGreaterThan(0);
    const states = layer.state(call.params, layerCase.inputShapes);
    expect(Object.keys(state ?? {})).toEqual(states.map((spec) => spec.name));
    for (const spec of states) expect(state?.[spec.name]?.shape).toEqual(spec.shape);
    const names = [...weights, ...states].map((spec) => spec.name);
    expect(new Set(names).size).toBe(names.length);
    expect(runForward(layer, callOf(layer, layerCase, "evaluation")).state).toBeUndefined();

    const multiplyAdds = layer.multiplyAdds(call.params, layerCase.inputShapes, layerCase.outputShape);
    expect(Number.isInteger(multiplyAdds) && multiplyAdds >= 0).toBe(true);
    expect(layer.summary(call.params, shapes, layerCase.outputShape).length).toBeLessThan(40);
    expect(
      typeof layer.summary(
        call.params,
        shapes.map(() => null),
        null,
      ),
    ).toBe("string");
  });

  const modes = ["training", "evaluation"] as const;
  it.each(modes.flatMap((mode) => cases.map((each) => ({ ...each, mode }))))(
    "has the right gradient in $mode for $inputShapes with $params",
    ({ mode, ...layerCase }) => {
      const call = callOf(layer, layerCase, mode);
      const { output, saved } = runForward(layer, call);
      const outputGradient = uniformTensor(output.shape, "output gradient", -1, 1);
      const before = [...allTensors(call), output, outputGradient].map((tensor) => tensor.data.slice());
      const gradients = layer.reference.backward({ ...call, output, saved: saved ?? {}, outputGradient });
      expect([...allTensors(call), output, outputGradient].map((tensor) => tensor.data)).toEqual(before);

      const value = (): number => dot(runForward(layer, call).output.data, outputGradient.data);
      expect(gradients.inputs.length).toBe(call.inputs.length);
      for (const [index, input] of call.inputs.entries()) {
        const gradient = gradients.inputs[index];
        expect(gradient?.shape).toEqual(input.shape);
        // An output of one class has probability 1 and no gradient: compare absolutely there.
        expect(relativeError(gradient?.data ?? [], numericGradient(input, value), 1e-3)).toBeLessThanOrEqual(1e-7);
        expect(gradient?.data.buffer).not.toBe(outputGradient.data.buffer);
      }
      expect(Object.keys(gradients.weights)).toEqual(Object.keys(call.weights));
      for (const [name, weight] of Object.entries(call.weights)) {
        expect(gradients.weights[name]?.shape).toEqual(weight.shape);
        const error = relativeError(gradients.weights[name]?.data ?? [], numericGradient(weight, value), 1e-3);
        expect(error, name).toBeLessThanOrEqual(1e-7);
      }
    },
  );

  it("shows NaN instead of hiding it", () => {
    for (const layerCase of cases) {
      // A dropped value may be divided away by no rule: dropout multiplies, and 0 · NaN is NaN.
      const call = callOf(layer, layerCase, "training");
      const [input] = call.inputs;
      if (input === undefined) throw new Error("no input");
      input.data[0] = Number.NaN;
      const hasNaN = runForward(layer, call).output.data.some(Number.isNaN);
      expect(hasNaN, `${JSON.stringify(layerCase.params)} ${formatShape(input.shape)}`).toBe(true);
    }
  });
});

const lossCases = layers.flatMap((layer) => {
  const { loss } = layer.reference;
  return loss === undefined ? [] : (layerCases[layer.kind] ?? []).map((layerCase) => ({ layer, loss, layerCase }));
});

describe("the loss", () => {
  it.each(lossCases)(
    "of $layer.kind has the right gradient for $layerCase.inputShapes",
    ({ layer, loss, layerCase }) => {
      const call = callOf(layer, layerCase, "training");
      const [logits] = call.inputs;
      if (logits === undefined) throw new Error("no logits");
      // A class a sample; as targets, of which there is one for each element, they are numbers like any.
      const labels = Array.from({ length: elementsOf(logits.shape) }, (_, n) => n % (logits.shape[1] ?? 1));
      const { inputGradient } = loss(call.params, logits, labels);
      const numeric = numericGradient(logits, () => loss(call.params, logits, labels).value);
      expect(relativeError(inputGradient.data, numeric, 1e-3)).toBeLessThanOrEqual(1e-7);
    },
  );
});
