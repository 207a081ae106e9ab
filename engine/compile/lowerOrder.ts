/**
 * Features that lie as an image, channels last and padded, brought into their own order (channels first): that in which the loss counts its
 * classes, group norm its groups, and in which flat values of different images meet.
 */
import type { ProgramLayer } from "./compiled.ts";
import { areaOf, createLayout, FLOAT_BYTES, type Layout, laneOfFeature, layoutBytes } from "./layout.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Gradient, Lowering, Value } from "./lowering.ts";
import { at, local, type Operation, operation } from "./step.ts";

/** Bytes from the first pixel of a sample to each feature. */
const offsetTable = (layout: Layout, numFeatures: number): Uint32Array =>
  Uint32Array.from({ length: numFeatures }, (_, feature) => laneOfFeature(layout, feature) * FLOAT_BYTES);

/** `layer` takes the features. The value has one channel each. */
export const lowerOrder = (
  lowering: Lowering,
  layer: ProgramLayer,
  input: Value,
): { readonly group: LoweredGroup; readonly value: Value } => {
  const numFeatures = areaOf(input.layout) * input.layout.channels;
  const layout = createLayout([numFeatures]);
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

  const move = (
    from: Value | Gradient,
    to: Value | Gradient,
    accumulate: boolean,
    pass: Operation["pass"],
  ): Operation =>
    operation(
      "order",
      {
        ...{ x: at(from.buffer, from.layout.originBytes), xN: from.layout.sampleBytes },
        ...{ y: at(to.buffer, to.layout.originBytes), yN: to.layout.sampleBytes },
        from: at(lowering.table(offsetTable(from.layout, numFeatures))),
        to: at(lowering.table(offsetTable(to.layout, numFeatures))),
        count: numFeatures,
        // What lies between the values becomes 0; a border is 0 already, and nobody writes it.
        clear: to.layout.bordered ? 0 : to.layout.rowBytes * to.layout.height,
        accumulate: accumulate ? 1 : 0,
      },
      {
        domain: { type: "rows" },
        block: null,
        reads: local(from.buffer),
        writes: local(to.buffer),
        nodes: [layer.nodeId],
        pass,
      },
    );

  return {
    value,
    group: {
      forward: () => [move(input, value, false, "forward")],
      backward: () => {
        const { gradient } = value;
        const target = input.gradient;
        if (gradient === null || target === null || !gradient.written) return [];
        const adds = target.written;
        target.written = true;
        return [move(gradient, target, adds, "backward")];
      },
    },
  };
};
