/** Input, dropout, pooling of any windows, flatten into a copy. */
import { dropoutKey } from "../kernels/dropoutMask.ts";
import { elementsOf } from "../layer.ts";
import type { ProgramLayer } from "./compiled.ts";
import type { Group } from "./fuse.ts";
import { areaOf, quadsOf } from "./layout.ts";
import { domainOf, type LoweredGroup } from "./lowerContraction.ts";
import { type Lowering, takeGradientPath, type Value } from "./lowering.ts";
import { runArguments, viewArguments } from "./lowerViews.ts";
import { type Domain, local, operation } from "./step.ts";

type GroupOf<Type extends Group["type"]> = Extract<Group, { readonly type: Type }>;

const rows: Domain = { type: "rows" };

export const lowerInput = (lowering: Lowering, group: GroupOf<"input">, output: Value): LoweredGroup => {
  const { layout } = output;
  const { sampleShape, floats } = lowering.options;
  const [channels = 1, height = 1, width = 1] =
    sampleShape.length === 3 ? sampleShape : [1, 1, elementsOf(sampleShape)];
  // A flat net takes the samples as they are stored.
  const strides = areaOf(layout) === 1 ? { yH: 4 * width, yW: 4, yC: 4 * height * width } : { yC: 4 };
  return {
    forward: () => [
      operation(
        "gather",
        {
          ...viewArguments("y", output.buffer, layout),
          ...strides,
          ...{ height, width, channels },
          floats: floats ? 1 : 0,
        },
        {
          domain: rows,
          block: areaOf(layout) === 1 ? 0 : null,
          reads: [],
          writes: local(output.buffer),
          nodes: [group.layer.nodeId],
          pass: "forward",
        },
      ),
    ],
    backward: () => [],
  };
};

export const lowerDropout = (
  lowering: Lowering,
  group: GroupOf<"dropout">,
  input: Value,
  output: Value,
): LoweredGroup => {
  const { nodeId } = group.layer;
  const { layout } = input;
  const shared = {
    height: layout.height,
    width: layout.width,
    channels: layout.channels,
    quads: quadsOf(layout),
    key: dropoutKey(lowering.options.seed, nodeId),
  };
  const block = areaOf(layout) === 1 ? 0 : null;
  return {
    forward: (mode) => [
      operation(
        "dropout",
        {
          ...viewArguments("x", input.buffer, layout),
          ...viewArguments("y", output.buffer, output.layout),
          ...shared,
          rate: mode === "training" ? group.operation.rate : 0,
        },
        {
          domain: mode === "training" ? domainOf(output) : rows,
          block,
          reads: local(input.buffer),
          writes: local(output.buffer),
          nodes: [nodeId],
          pass: "forward",
        },
      ),
    ],
    backward: () => {
      const path = takeGradientPath(input, output);
      if (path === null) return [];
      const { gradient, target, accumulate } = path;
      return [
        operation(
          "dropout",
          {
            ...viewArguments("x", gradient.buffer, gradient.layout),
            ...viewArguments("y", target.buffer, target.layout),
            ...shared,
            rate: group.operation.rate,
            accumulate,
          },
          {
            domain: domainOf(output),
            block,
            reads: local(gradient.buffer),
            writes: local(target.buffer),
            nodes: [nodeId],
            pass: "backward",
          },
        ),
      ];
    },
  };
};

export const lowerPool = (group: GroupOf<"pool">, input: Value, output: Value): LoweredGroup => {
  const { operation: settings, layer } = group;
  const shared = {
    ...viewArguments("x", input.buffer, input.layout),
    height: input.layout.height,
    width: input.layout.width,
    quads: quadsOf(input.layout),
    outHeight: output.layout.height,
    outWidth: output.layout.width,
    pool: settings.pool === "max" ? 1 : 2,
    poolHeight: settings.size[0],
    poolWidth: settings.size[1],
    strideHeight: settings.stride[0],
    strideWidth: settings.stride[1],
    padTop: settings.padding.top,
    padLeft: settings.padding.left,
  };
  return {
    forward: () => [
      operation(
        "poolForward",
        { ...shared, ...viewArguments("y", output.buffer, output.layout) },
        {
          domain: rows,
          block: null,
          reads: local(input.buffer),
          writes: local(output.buffer),
          nodes: [layer.nodeId],
          pass: "forward",
        },
      ),
    ],
    backward: () => {
      const path = takeGradientPath(input, output);
      if (path === null) return [];
      const { gradient, target, accumulate } = path;
      return [
        operation(
          "poolGradient",
          {
            ...shared,
            ...viewArguments("y", gradient.buffer, gradient.layout),
            ...viewArguments("dx", target.buffer, target.layout),
            accumulate,
          },
          {
            domain: rows,
            block: null,
            reads: local(input.buffer, gradient.buffer),
            writes: local(target.buffer),
            nodes: [layer.nodeId],
            pass: "backward",
          },
        ),
      ];
    },
  };
};

/** The same values in another buffer, without the border of an image, say: a copy there, and back for the gradient. */
export const lowerCopy = (layer: ProgramLayer, input: Value, output: Value): LoweredGroup => {
  const copy = (from: Value | NonNullable<Value["gradient"]>, to: Value | NonNullable<Value["gradient"]>) => {
    const extent = runArguments(from.layout, to.layout);
    return {
      ...viewArguments("x", from.buffer, from.layout),
      ...viewArguments("y", to.buffer, to.layout),
      height: extent.height,
      width: extent.width,
      quads: quadsOf(from.layout),
      outHeight: extent.height,
      outWidth: extent.width,
      poolHeight: 1,
      poolWidth: 1,
    };
  };
  const nodes = [layer.nodeId];
  return {
    forward: () => [
      operation("blockForward", copy(input, output), {
        domain: rows,
        block: null,
        reads: local(input.buffer),
        writes: local(output.buffer),
        nodes,
        pass: "forward",
      }),
    ],
    backward: () => {
      const path = takeGradientPath(input, output);
      if (path === null) return [];
      const { gradient, target, accumulate } = path;
      return [
        operation(
          "blockGradient",
          {
            ...copy(input, gradient),
            ...viewArguments("dx", target.buffer, target.layout),
            height: input.layout.height,
            width: input.layout.width,
            outHeight: input.layout.height,
            outWidth: input.layout.width,
            accumulate,
          },
          {
            domain: rows,
            block: null,
            reads: local(input.buffer, gradient.buffer),
            writes: local(target.buffer),
            nodes,
            pass: "backward",
          },
        ),
      ];
    },
  };
};
