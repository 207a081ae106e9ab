/** Add and concat: where branches meet, and where gradients part again. */
import type { ProgramLayer } from "./compiled.ts";
import { areaOf, FLOAT_BYTES, type Layout, quadsOf } from "./layout.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Gradient, Lowering, Value } from "./lowering.ts";
import { lowerOrder } from "./lowerOrder.ts";
import { viewArguments } from "./lowerViews.ts";
import { at, local, type Operation, operation } from "./step.ts";

type Side = Pick<Gradient, "layout" | "buffer">;

const alike = (a: Layout, b: Layout): boolean =>
  a.channels === b.channels && a.height === b.height && a.width === b.width;

/**
 * Inputs whose values lie in one order. Flat values may lie as images under their flat shape: those of one image stay as they are where
 * `keepsImages`, all others are brought into the order of their features.
 */
export const alignInputs = (
  lowering: Lowering,
  layer: ProgramLayer,
  inputs: readonly Value[],
  keepsImages: boolean,
): { readonly values: readonly Value[]; readonly groups: readonly LoweredGroup[] } => {
  const [first] = inputs;
  const isFlat = layer.outputShape.length === 1;
  const staysImage = keepsImages && first !== undefined && inputs.every(({ layout }) => alike(layout, first.layout));
  if (!isFlat || staysImage) return { values: inputs, groups: [] };
  const groups: LoweredGroup[] = [];
  const values = inputs.map((input) => {
    if (areaOf(input.layout) === 1) return input;
    const order = lowerOrder(lowering, layer, input);
    groups.push(order.group);
    return order.value;
  });
  return { values, groups };
};

/** A part of the channels of one image, byte offset included, copied or added to a part of another's. */
const copy = (
  nodeId: string,
  call: {
    readonly from: Side;
    readonly fromBytes: number;
    readonly to: Side;
    readonly toBytes: number;
    readonly channels: number;
    readonly zeros: number;
    readonly accumulate: boolean;
    readonly pass: "forward" | "backward";
  },
): Operation => {
  const { from, fromBytes, to, toBytes, channels, zeros, accumulate, pass } = call;
  const { height, width, pixelBytes } = from.layout;
  // Pixels that are copied whole follow each other in both: a row is one long pixel.
  const whole = channels * FLOAT_BYTES === pixelBytes && pixelBytes === to.layout.pixelBytes;
  return operation(
    "copyChannels",
    {
      ...viewArguments("x", from.buffer, from.layout),
      ...viewArguments("y", to.buffer, to.layout),
      x: at(from.buffer, from.layout.originBytes + fromBytes),
      y: at(to.buffer, to.layout.originBytes + toBytes),
      height,
      width: whole ? 1 : width,
      channels: whole ? channels * width : channels,
      zeros,
      accumulate: accumulate ? 1 : 0,
    },
    {
      domain: { type: "rows" },
      block: areaOf(from.layout) === 1 ? 0 : null,
      reads: local(from.buffer),
      writes: local(to.buffer),
      nodes: [nodeId],
      pass,
    },
  );
};

/** Padding channels after the last one. */
const paddingOf = (layout: Layout): number => quadsOf(layout) * 4 - layout.channels;

/** y = x₁ + x₂ + …: sums of two, in the order of the inputs. Every input's gradient gets that of y. */
export const lowerAdd = (layer: ProgramLayer, inputs: readonly Value[], output: Value): LoweredGroup => {
  const { nodeId } = layer;
  const [first, ...others] = inputs;
  if (first === undefined) throw new RangeError("A sum has at least one input.");
  const sum = (a: Side, b: Side): Operation => {
    const { layout } = output;
    return operation(
      "sum",
      {
        a: at(a.buffer, a.layout.originBytes),
        aN: a.layout.sampleBytes,
        aH: a.layout.rowBytes,
        b: at(b.buffer, b.layout.originBytes),
        bN: b.layout.sampleBytes,
        bH: b.layout.rowBytes,
        y: at(output.buffer, layout.originBytes),
        yN: layout.sampleBytes,
        yH: layout.rowBytes,
        height: layout.height,
        rowBytes: layout.width * layout.pixelBytes,
      },
      {
        domain: { type: "rows" },
        block: areaOf(layout) === 1 ? 0 : null,
        reads: local(a.buffer, b.buffer),
        writes: local(output.buffer),
        nodes: [nodeId],
        pass: "forward",
      },
    );
  };
  return {
    forward: () => others.map((other, index) => sum(index === 0 ? first : output, other)),
    backward: () => {
      const { gradient } = output;
      if (gradient?.written !== true) return [];
      return inputs.flatMap(({ gradient: target }) => {
        if (target === null) return [];
        const accumulate = target.written;
        target.written = true;
        const channels = quadsOf(target.layout) * 4;
        const places = { from: gradient, fromBytes: 0, to: target, toBytes: 0 };
        return [copy(nodeId, { ...places, channels, zeros: 0, accumulate, pass: "backward" })];
      });
    },
  };
};

/** The channels of the inputs one after the other; their gradients are the same parts of the output's. */
export const lowerConcat = (layer: ProgramLayer, inputs: readonly Value[], output: Value): LoweredGroup => {
  const { nodeId } = layer;
  let channelsBefore = 0;
  const parts = inputs.map((input, index) => {
    const bytes = channelsBefore * FLOAT_BYTES;
    channelsBefore += input.layout.channels;
    return { input, bytes, isLast: index === inputs.length - 1 };
  });
  return {
    forward: () =>
      parts.map(({ input, bytes, isLast }) =>
        copy(nodeId, {
          ...{ from: input, fromBytes: 0, to: output, toBytes: bytes },
          channels: input.layout.channels,
          zeros: isLast ? paddingOf(output.layout) : 0,
          accumulate: false,
          pass: "forward",
        }),
      ),
    backward: () => {
      const { gradient } = output;
      if (gradient?.written !== true) return [];
      return parts.flatMap(({ input: { gradient: target }, bytes }) => {
        if (target === null) return [];
        const accumulate = target.written;
        target.written = true;
        return [
          copy(nodeId, {
            ...{ from: gradient, fromBytes: bytes, to: target, toBytes: 0 },
            channels: target.layout.channels,
            zeros: paddingOf(target.layout),
            accumulate,
            pass: "backward",
          }),
        ];
      });
    },
  };
};
