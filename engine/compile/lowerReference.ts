/**
 * A kind without kernels runs by its own reference: on the main thread, in float64, between two runs of the kernels. Slow, but it
 * trains, is measured and exported as any other.
 */
import { dropoutKey, dropoutStream } from "../kernels/dropoutMask.ts";
import type { AnyLayer, RandomStream, Tensor } from "../layer.ts";
import { elementsOf, type Shape } from "../layer.ts";
import type { ProgramLayer } from "./compiled.ts";
import { areaOf, FLOAT_BYTES, type Layout, laneOfFeature } from "./layout.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Gradient, Lowering, Value } from "./lowering.ts";
import { updateOf } from "./lowerUpdate.ts";
import { type Access, all, type Buffer, type HostContext, hostOperation, type Operation } from "./step.ts";

interface Held {
  readonly name: string;
  readonly shape: Shape;
  readonly buffer: Buffer;
}

const floatsOf = (context: HostContext, buffer: Buffer): Float32Array =>
  new Float32Array(context.memory, context.addressOf(buffer), Math.floor(buffer.bytes / FLOAT_BYTES));

/** Where feature `feature` of sample `n` lies, in floats from the start of the buffer. */
const floatAt = (layout: Layout, n: number, feature: number): number =>
  (layout.originBytes + n * layout.sampleBytes) / FLOAT_BYTES + laneOfFeature(layout, feature);

const readValue = (context: HostContext, { buffer, layout }: Value | Gradient, shape: Shape): Tensor => {
  const floats = floatsOf(context, buffer);
  const size = areaOf(layout) * layout.channels;
  const data = new Float64Array(context.rows * size);
  for (let at = 0; at < data.length; at++) {
    data[at] = floats[floatAt(layout, Math.floor(at / size), at % size)] ?? Number.NaN;
  }
  return { shape: [context.rows, ...shape], data };
};

const writeValue = (
  context: HostContext,
  { buffer, layout }: Value | Gradient,
  { data }: Tensor,
  adds: boolean,
): void => {
  const floats = floatsOf(context, buffer);
  const size = areaOf(layout) * layout.channels;
  // Padding channels are 0, as kernels leave them: sums go over whole vectors.
  if (!adds) floats.fill(0);
  for (let at = 0; at < data.length; at++) {
    const float = floatAt(layout, Math.floor(at / size), at % size);
    floats[float] = (adds ? (floats[float] ?? 0) : 0) + (data[at] ?? Number.NaN);
  }
};

const readHeld = (context: HostContext, list: readonly Held[]): Record<string, Tensor> =>
  Object.fromEntries(
    list.map(({ name, shape, buffer }) => {
      const floats = floatsOf(context, buffer).subarray(0, elementsOf(shape));
      return [name, { shape, data: Float64Array.from(floats) }];
    }),
  );

const writeHeld = (context: HostContext, list: readonly Held[], tensors: Readonly<Record<string, Tensor>>): void => {
  for (const { name, buffer } of list) {
    const tensor = tensors[name];
    if (tensor !== undefined) floatsOf(context, buffer).set(tensor.data);
  }
};

export const lowerReference = (
  lowering: Lowering,
  layer: ProgramLayer,
  definition: AnyLayer,
  inputs: readonly Value[],
  output: Value,
): LoweredGroup => {
  const { nodeId, params } = layer;
  const hold = (spec: { readonly name: string; readonly shape: Shape }): Held => {
    const name = `${nodeId}.${spec.name}`;
    const buffer = lowering.declare(name, Math.ceil(elementsOf(spec.shape) / 4) * 16);
    lowering.tensors.push({ name, shape: spec.shape, buffer, floatAt: (element) => element });
    return { name: spec.name, shape: spec.shape, buffer };
  };
  const weights = layer.weights.map(hold);
  const state = layer.state.map(hold);
  const gradients = weights.map((held) => ({
    ...held,
    buffer: lowering.kept(`${nodeId}.${held.name} gradient`, held.buffer.bytes),
  }));
  const key = dropoutKey(lowering.options.seed, nodeId);
  const inputBuffers = inputs.map(({ buffer }) => buffer);
  const held = [...weights, ...state].map(({ buffer }) => buffer);
  const host = (
    pass: Operation["pass"],
    reads: readonly Access[],
    writes: readonly Access[],
    run: (context: HostContext) => void,
  ): Operation => hostOperation(run, { reads, writes, nodes: [nodeId], pass });

  // Of the training step under way, for its backward pass and the state after it.
  let saved: Readonly<Record<string, Float64Array>> = {};
  let nextState: Readonly<Record<string, Tensor>> = {};

  const callOf = (context: HostContext, mode: "training" | "evaluation") => {
    const random: RandomStream = dropoutStream(key, context.step);
    return {
      params,
      inputs: inputs.map((value, index) => readValue(context, value, layer.inputShapes[index] ?? [])),
      weights: readHeld(context, weights),
      state: readHeld(context, state),
      mode,
      random,
    };
  };

  const backward = (
    context: HostContext,
    outputGradient: Gradient,
    targets: readonly (readonly [Gradient, number, boolean])[],
  ): void => {
    const result = definition.reference.backward({
      ...callOf(context, "training"),
      output: readValue(context, output, layer.outputShape),
      saved,
      outputGradient: readValue(context, outputGradient, layer.outputShape),
    });
    for (const [target, port, adds] of targets) {
      const gradient = result.inputs[port];
      if (gradient !== undefined) writeValue(context, target, gradient, adds);
    }
    writeHeld(context, gradients, result.weights);
  };

  return {
    forward: (mode) => [
      host("forward", all(...inputBuffers, ...held), all(output.buffer), (context) => {
        const result = definition.reference.forward(callOf(context, mode));
        writeValue(context, output, result.output, false);
        if (mode === "evaluation") return;
        saved = result.saved ?? {};
        nextState = result.state ?? {};
      }),
    ],
    backward: () => {
      const operations: Operation[] = [];
      const { gradient } = output;
      if (gradient?.written === true) {
        const targets = inputs.flatMap(({ gradient: target }, port) => {
          if (target === null) return [];
          const adds = target.written;
          target.written = true;
          return [[target, port, adds] as const];
        });
        const writes = all(...targets.map(([{ buffer }]) => buffer), ...gradients.map(({ buffer }) => buffer));
        const reads = all(gradient.buffer, output.buffer, ...inputBuffers, ...held);
        operations.push(
          host("backward", reads, writes, (context) => backward(context, gradient, targets)),
          ...weights.flatMap(({ name, buffer }, index) =>
            updateOf(lowering, {
              ...{ nodeId, name, weight: buffer, sums: gradients[index]?.buffer ?? buffer },
              ...{ slotStride: 0, chunk: 0, rowsOfPanel: 1, quads: buffer.bytes / 16 },
              decays: layer.weights[index]?.decays ?? false,
            }),
          ),
        );
      }
      if (state.length > 0) {
        const stateBuffers = all(...state.map(({ buffer }) => buffer));
        operations.push(
          host("update", all(lowering.lossKnown), stateBuffers, (context) => writeHeld(context, state, nextState)),
        );
      }
      return operations;
    },
  };
};
