/**
 * Checks the backward pass of every layer of a program against difference quotients, in float64.
 *
 * A layer is taken by itself: with random inputs and weights near those it would start with, and r random, f = Σ r·y has the
 * analytic gradients that `backward` gives for dy = r, and the numeric ones
 *
 *   D(h) = (f(x + h) − f(x − h)) / 2h,   g = (4·D(h/2) − D(h)) / 3,   an error of h⁴ (Richardson 1911).
 *
 * Where D(h) and D(h/2) disagree the function has a kink nearby (ReLU at 0, two values of a window equally large): no quotient means
 * anything there, and another element is taken. Where an output feeds several layers, their sum is checked as well.
 */
import type { Program, ProgramLayer } from "../compile/compiled.ts";
import { type AnyLayer, elementsOf, type ReferenceForward, type Tensor } from "../layer.ts";
import { layerOf } from "../registry.ts";
import { initialTensors } from "./initializers.ts";
import { addGradients } from "./reference.ts";
import { createNormal, createStream } from "./rng.ts";

/** What the difference quotients can tell: a relative error above it is a defect. */
export const GRADIENT_TOLERANCE = 1e-7;

export interface GradientCheck {
  readonly nodeId: string;
  /** Which gradient: `input`, `input 2`, a weight by its name, or `output`, the sum over the layers that it feeds. */
  readonly tensor: string;
  readonly elements: number;
  /** Elements compared; the others were left out for time. */
  readonly checked: number;
  /** Elements at a kink. */
  readonly kinks: number;
  /** |analytic − numeric| / max(|analytic|, |numeric|, a thousandth of the largest gradient of the tensor); 0 without elements. */
  readonly relativeError: number;
  /** Where it is largest: indices of the element, batch first. */
  readonly worst: { readonly index: readonly number[]; readonly analytic: number; readonly numeric: number } | null;
}

/** `unproven`: every element tried lies at a kink. */
export type GradientVerdict = "agrees" | "differs" | "unproven";

export const verdictOf = ({ relativeError, checked, elements }: GradientCheck): GradientVerdict => {
  if (!(relativeError <= GRADIENT_TOLERANCE)) return "differs";
  return checked === 0 && elements > 0 ? "unproven" : "agrees";
};

export interface GradientCheckOptions {
  readonly seed: number;
  readonly initializer: Parameters<typeof initialTensors>[1];
}

const NUM_SAMPLES = 2;
/** Times the root mean square of the tensor: truncation h⁴ and rounding ε/h are both far below the tolerance. */
const STEP = 1e-3;
const KINK = 1e-4;
const MOST_ELEMENTS = 60;
const LEAST_ELEMENTS = 6;
/** Multiply-adds that checking one tensor may take. */
const BUDGET = 4e7;

const definitionOf = (layer: ProgramLayer): AnyLayer => {
  const definition = layerOf(layer.kind);
  if (definition === undefined) throw new RangeError(`There is no kind of layer "${layer.kind}".`);
  return definition;
};

const indicesOf = (shape: readonly number[], element: number): number[] => {
  const indices: number[] = [];
  let rest = element;
  for (const extent of [...shape].reverse()) {
    indices.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return indices;
};

/** All elements, or as many as asked for, spread evenly from a random start. */
const chooseElements = (count: number, atMost: number, random: () => number): number[] => {
  if (count <= atMost) return Array.from({ length: count }, (_, element) => element);
  const start = Math.floor(random() * count);
  return Array.from({ length: atMost }, (_, number) => (start + Math.floor((number * count) / atMost)) % count);
};

/** Σ r·(a − b), of which most terms are exactly 0 when one element of x moved. */
const weightedDifference = (r: Float64Array, a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let at = 0; at < r.length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) sum += (r[at] as number) * difference;
  }
  return sum;
};

/** A function of the tensors of a layer: f(moved) − f(moved back) for one element moved by ±h. */
interface Subject {
  readonly difference: (data: Float64Array, element: number, h: number) => number;
  readonly multiplyAdds: number;
}

const numericGradient = (subject: Subject, tensor: Tensor, element: number, h: number): number | null => {
  const quotient = (step: number): number => subject.difference(tensor.data, element, step) / (2 * step);
  const wide = quotient(h);
  const narrow = quotient(h / 2);
  if (Math.abs(wide - narrow) > KINK * Math.max(Math.abs(wide), Math.abs(narrow), 1e-9)) return null;
  return (4 * narrow - wide) / 3;
};

const compare = (
  subject: Subject,
  call: {
    readonly nodeId: string;
    readonly name: string;
    readonly tensor: Tensor;
    readonly analytic: Tensor;
    readonly random: () => number;
  },
): GradientCheck => {
  const { nodeId, name, tensor, analytic, random } = call;
  const count = tensor.data.length;
  const affordable = Math.floor(BUDGET / (4 * Math.max(1, subject.multiplyAdds)));
  const elements = chooseElements(count, Math.max(LEAST_ELEMENTS, Math.min(MOST_ELEMENTS, affordable)), random);
  const size = Math.sqrt(tensor.data.reduce((sum, value) => sum + value * value, 0) / Math.max(1, count));
  const h = STEP * (size > 0 ? size : 1);
  const floor = 1e-3 * analytic.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let kinks = 0;
  let relativeError = 0;
  let worst: GradientCheck["worst"] = null;
  for (const element of elements) {
    const numeric = numericGradient(subject, tensor, element, h);
    if (numeric === null) {
      kinks += 1;
      continue;
    }
    const claimed = analytic.data[element] ?? Number.NaN;
    const distance = Math.abs(claimed - numeric);
    const error = distance === 0 ? 0 : distance / Math.max(Math.abs(claimed), Math.abs(numeric), floor);
    // NaN counts as the worst there is.
    if (worst !== null && error <= relativeError) continue;
    relativeError = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    worst = { index: indicesOf(tensor.shape, element), analytic: claimed, numeric };
  }
  return { nodeId, tensor: name, elements: count, checked: elements.length - kinks, kinks, relativeError, worst };
};

/** The tensors a layer is checked with, and its two passes on them. */
const prepare = (layer: ProgramLayer, options: GradientCheckOptions, initial: ReadonlyMap<string, Tensor>) => {
  const definition = definitionOf(layer);
  const stream = createStream(options.seed, `check:${layer.nodeId}`);
  const normal = createNormal(stream);
  const fill = (shape: readonly number[]): Tensor => ({
    shape,
    data: Float64Array.from({ length: elementsOf(shape) }, normal),
  });
  // Off the values they start with: a γ of 1 and a β of 0 hide mistakes.
  const near = (name: string, shape: readonly number[]): Tensor => {
    const start = initial.get(`${layer.nodeId}.${name}`);
    return {
      shape,
      data: Float64Array.from({ length: elementsOf(shape) }, (_, at) => (start?.data[at] ?? 0) + 0.1 * normal()),
    };
  };
  const shapes = layer.inputs.length === 0 ? [layer.outputShape] : layer.inputShapes;
  const call = {
    params: layer.params,
    inputs: shapes.map((shape) => fill([NUM_SAMPLES, ...shape])),
    weights: Object.fromEntries(layer.weights.map(({ name, shape }) => [name, near(name, shape)])),
    state: Object.fromEntries(
      layer.state.map(({ name, shape, initial: value }) => [
        name,
        { shape, data: Float64Array.from({ length: elementsOf(shape) }, () => value + 0.1 * stream()) },
      ]),
    ),
    mode: "training",
  } as const;
  // Every pass draws the same numbers.
  const random = () => createStream(options.seed, `mask:${layer.nodeId}`);
  const forward = () => definition.reference.forward({ ...call, random: random() });
  return { definition, call, random, forward, fill, stream };
};

type Prepared = ReturnType<typeof prepare>;

const backwardOf = ({ definition, call, random, forward }: Prepared, outputGradient: Tensor) => {
  const { output, saved } = forward();
  return definition.reference.backward({ ...call, random: random(), output, saved: saved ?? {}, outputGradient });
};

/** f = Σ r·y of a layer. */
const subjectOf = (layer: ProgramLayer, { forward }: Pick<Prepared, "forward">, r: Tensor): Subject => ({
  multiplyAdds: NUM_SAMPLES * Math.max(layer.multiplyAdds, elementsOf(layer.outputShape)),
  difference: (data, element, h) => {
    const before = data[element] as number;
    data[element] = before + h;
    // A layer may hand its input on as it is.
    const up = forward().output.data.slice();
    data[element] = before - h;
    const difference = weightedDifference(r.data, up, forward().output.data);
    data[element] = before;
    return difference;
  },
});

const inputName = (index: number): string => (index === 0 ? "input" : `input ${index + 1}`);

function* checkLayer(layer: ProgramLayer, prepared: Prepared): Generator<GradientCheck> {
  const { call, fill, stream } = prepared;
  const { nodeId } = layer;
  const r = fill([NUM_SAMPLES, ...layer.outputShape]);
  const gradients = backwardOf(prepared, r);
  const subject = subjectOf(layer, prepared, r);
  for (const [index, tensor] of call.inputs.entries()) {
    const analytic = gradients.inputs[index];
    if (analytic === undefined) throw new RangeError(`${layer.kind} gives no gradient of its input ${index + 1}.`);
    yield compare(subject, { nodeId, name: inputName(index), tensor, analytic, random: stream });
  }
  for (const [name, tensor] of Object.entries(call.weights)) {
    const analytic = gradients.weights[name];
    if (analytic === undefined) throw new RangeError(`${layer.kind} gives no gradient of its ${name}.`);
    yield compare(subject, { nodeId, name, tensor, analytic, random: stream });
  }
}

/** The loss, as a function of the layer's input. */
const checkLoss = (layer: ProgramLayer, { definition, call, stream }: Prepared): GradientCheck => {
  const { loss } = definition.reference;
  const input = call.inputs[0];
  if (loss === undefined || input === undefined) throw new RangeError(`${layer.kind} has no loss.`);
  const width = elementsOf(input.shape.slice(1));
  const labels = Array.from({ length: NUM_SAMPLES * width }, () => Math.floor(stream() * width));
  const value = () => loss(layer.params, input, labels).value;
  const subject: Subject = {
    multiplyAdds: input.data.length,
    difference: (data, element, h) => {
      const before = data[element] as number;
      data[element] = before + h;
      const up = value();
      data[element] = before - h;
      const down = value();
      data[element] = before;
      return up - down;
    },
  };
  const analytic = loss(layer.params, input, labels).inputGradient;
  return compare(subject, { nodeId: layer.nodeId, name: "input", tensor: input, analytic, random: stream });
};

/** An output that several layers read: one tensor is the input of all of them, and their gradients add. */
const checkFork = (
  producer: ProgramLayer,
  readers: readonly { readonly layer: ProgramLayer; readonly input: number }[],
  prepareOf: (layer: ProgramLayer) => Prepared,
): GradientCheck => {
  const sums = new Map<string, Tensor>();
  const shared = prepareOf(producer).fill([NUM_SAMPLES, ...producer.outputShape]);
  const byLayer = new Map<ProgramLayer, number[]>();
  for (const { layer, input } of readers) byLayer.set(layer, [...(byLayer.get(layer) ?? []), input]);
  const parts = [...byLayer].map(([layer, inputs]) => {
    const prepared = prepareOf(layer);
    const tensors: Tensor[] = [...prepared.call.inputs];
    for (const input of inputs) tensors[input] = shared;
    const call: Omit<ReferenceForward<unknown>, "random"> = { ...prepared.call, inputs: tensors };
    const forward = () => prepared.definition.reference.forward({ ...call, random: prepared.random() });
    const r = prepared.fill([NUM_SAMPLES, ...layer.outputShape]);
    const { output, saved } = forward();
    const gradients = prepared.definition.reference.backward({
      ...call,
      random: prepared.random(),
      output,
      saved: saved ?? {},
      outputGradient: r,
    });
    for (const input of inputs) {
      const gradient = gradients.inputs[input];
      if (gradient !== undefined) addGradients(sums, producer.nodeId, gradient);
    }
    return subjectOf(layer, { forward }, r);
  });
  const subject: Subject = {
    multiplyAdds: parts.reduce((sum, part) => sum + part.multiplyAdds, 0),
    difference: (data, element, h) => parts.reduce((sum, part) => sum + part.difference(data, element, h), 0),
  };
  const analytic = sums.get(producer.nodeId);
  if (analytic === undefined) throw new RangeError(`No gradient reaches ${producer.nodeId}.`);
  return compare(subject, {
    nodeId: producer.nodeId,
    name: "output",
    tensor: shared,
    analytic,
    random: prepareOf(producer).stream,
  });
};

/** One result for each gradient of each layer, in program order; lazily, for some take seconds. */
export function* checkGradients(program: Program, options: GradientCheckOptions): Generator<GradientCheck> {
  const initial = new Map(
    initialTensors(program, options.initializer, options.seed).map(({ name, shape, data }) => [
      name,
      { shape, data: Float64Array.from(data) },
    ]),
  );
  const prepareOf = (layer: ProgramLayer): Prepared => prepare(layer, options, initial);
  for (const layer of program.layers) {
    const prepared = prepareOf(layer);
    if (prepared.definition.reference.loss !== undefined) yield checkLoss(layer, prepared);
    else yield* checkLayer(layer, prepared);
    const readers = program.layers.flatMap((reader) =>
      reader.inputs.flatMap((nodeId, input) => (nodeId === layer.nodeId ? [{ layer: reader, input }] : [])),
    );
    const ends = readers.some((reader) => definitionOf(reader.layer).reference.loss !== undefined);
    if (readers.length > 1 && !ends) yield checkFork(layer, readers, prepareOf);
  }
}
