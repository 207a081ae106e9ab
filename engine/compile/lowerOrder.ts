/**
 * Features that lie as an image, channels last and padded, brought into their own order (channels first): that in which the loss counts its
 * classes and group norm its groups. No kernel does it: a net in which these follow flatten is rare.
 */
import type { ProgramLayer } from "./compiled.ts";
import { createLayout, FLOAT_BYTES, type Layout, laneOfFeature, layoutBytes } from "./layout.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Gradient, Lowering, Value } from "./lowering.ts";
import { all, type HostContext, hostOperation, type Operation } from "./step.ts";

const floatsOf = (context: HostContext, { buffer }: Pick<Value, "buffer">): Float32Array =>
  new Float32Array(context.memory, context.addressOf(buffer), Math.floor(buffer.bytes / FLOAT_BYTES));

/** Floats from the start of a sample to each feature. */
const featureOffsets = (layout: Layout, numFeatures: number): Uint32Array =>
  Uint32Array.from(
    { length: numFeatures },
    (_, feature) => layout.originBytes / FLOAT_BYTES + laneOfFeature(layout, feature),
  );

/** `layer` takes the features. The value has one channel each. */
export const lowerOrder = (
  lowering: Lowering,
  layer: ProgramLayer,
  input: Value,
): { readonly group: LoweredGroup; readonly value: Value } => {
  const [numFeatures = 0] = layer.inputShapes[0] ?? [];
  const layout = createLayout([numFeatures]);
  const stride = layout.sampleBytes / FLOAT_BYTES;
  const bytes = layoutBytes(layout, lowering.batchSize);
  const value: Value = {
    layout,
    buffer: lowering.kept(`${layer.nodeId} features`, bytes),
    domain: "rows",
    gradient:
      input.gradient === null
        ? null
        : { layout, buffer: lowering.step(`${layer.nodeId} features gradient`, bytes), written: false },
  };
  const offsets = featureOffsets(input.layout, numFeatures);
  const nodes = [layer.nodeId];

  const forward = (): Operation =>
    hostOperation(
      (context) => {
        const from = floatsOf(context, input);
        const to = floatsOf(context, value);
        const fromStride = input.layout.sampleBytes / FLOAT_BYTES;
        for (let n = 0; n < context.rows; n++) {
          for (let f = 0; f < numFeatures; f++) {
            to[n * stride + f] = from[n * fromStride + (offsets[f] as number)] as number;
          }
        }
      },
      { reads: all(input.buffer), writes: all(value.buffer), nodes, pass: "forward" },
    );

  /** Adds to the gradient of the image, or overwrites all of it, what lies between the channels included. */
  const backward = (gradient: Gradient, target: Gradient, adds: boolean): Operation => {
    const targetOffsets = featureOffsets(target.layout, numFeatures);
    const targetStride = target.layout.sampleBytes / FLOAT_BYTES;
    return hostOperation(
      (context) => {
        const from = floatsOf(context, gradient);
        const to = floatsOf(context, target);
        if (!adds) to.fill(0, 0, context.rows * targetStride);
        for (let n = 0; n < context.rows; n++) {
          for (let f = 0; f < numFeatures; f++) {
            const at = n * targetStride + (targetOffsets[f] as number);
            to[at] = (to[at] as number) + (from[n * stride + f] as number);
          }
        }
      },
      { reads: all(gradient.buffer), writes: all(target.buffer), nodes, pass: "backward" },
    );
  };

  return {
    value,
    group: {
      forward: () => [forward()],
      backward: () => {
        const { gradient } = value;
        const target = input.gradient;
        if (gradient === null || target === null || !gradient.written) return [];
        const adds = target.written;
        target.written = true;
        return [backward(gradient, target, adds)];
      },
    },
  };
};
