/** Reshape into an image: values counted channels first, moved to where they lie channels last. */
import { elementsOf } from "../layer.ts";
import type { Group } from "./fuse.ts";
import { areaOf, FLOAT_BYTES, type Layout, laneOfFeature } from "./layout.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Lowering, Value } from "./lowering.ts";
import { at, local, type Operation, operation } from "./step.ts";

/** Bytes from the start of a sample to each of its values. */
const offsetsOf = (layout: Layout, count: number): Uint32Array =>
  Uint32Array.from(
    { length: count },
    (_, feature) => layout.originBytes + FLOAT_BYTES * laneOfFeature(layout, feature),
  );

export const lowerReshape = (
  lowering: Lowering,
  group: Extract<Group, { readonly type: "reshape" }>,
  input: Value,
  output: Value,
): LoweredGroup => {
  const { layer } = group;
  const count = elementsOf(layer.outputShape);
  const move = (
    pass: "forward" | "backward",
    from: Pick<Value, "buffer" | "layout">,
    to: Pick<Value, "buffer" | "layout">,
    rest: { readonly clear?: number; readonly accumulate?: number },
  ): Operation =>
    operation(
      "permute",
      {
        x: at(from.buffer),
        xN: from.layout.sampleBytes,
        y: at(to.buffer),
        yN: to.layout.sampleBytes,
        from: at(lowering.table(offsetsOf(from.layout, count))),
        to: at(lowering.table(offsetsOf(to.layout, count))),
        count,
        ...rest,
      },
      {
        domain: { type: "rows" },
        block: areaOf(to.layout) === 1 ? 0 : null,
        reads: local(from.buffer),
        writes: local(to.buffer),
        nodes: [layer.nodeId],
        pass,
      },
    );
  return {
    // What lies between the values of an output is 0 at first, and stays it.
    forward: () => [move("forward", input, output, {})],
    backward: () => {
      const { gradient } = output;
      const target = input.gradient;
      if (gradient === null || target === null || !gradient.written) return [];
      const adds = target.written;
      target.written = true;
      // Bytes of a gradient may have been another buffer's.
      return [move("backward", gradient, target, adds ? { accumulate: 1 } : { clear: target.layout.sampleBytes })];
    },
  };
};
