/** Functions of each value on its own, and softmax, which has one of all channels of a place. */
import type { Operation as LayerOperation } from "../layer.ts";
import type { Group } from "./fuse.ts";
import { areaOf, type Layout, QUAD_BYTES, quadsOf } from "./layout.ts";
import { domainOf, type LoweredGroup } from "./lowerContraction.ts";
import { takeGradientPath, type Value } from "./lowering.ts";
import { viewArguments } from "./lowerViews.ts";
import { type Domain, local, operation } from "./step.ts";

type GroupOf<Type extends Group["type"]> = Extract<Group, { readonly type: Type }>;

export type Curve = Extract<LayerOperation, { readonly op: "activation" }>["curve"];

/** In the order of their numbers in `kernels/assembly/activation.ts`. */
export const curves: readonly Curve[] = ["leakyRelu", "elu", "gelu", "geluTanh", "silu", "sigmoid", "tanh"];

/** Whose derivative follows from the output without computing the function again. */
export const derivesFromOutput = (curve: Curve): boolean => curve === "elu" || curve === "sigmoid" || curve === "tanh";

const rows: Domain = { type: "rows" };

/** Values of the last quad that are channels, 1 to 4. */
const tailOf = (layout: Layout): number => ((layout.channels - 1) % 4) + 1;

/**
 * How a kernel walks values of which each is its own: rows, pixels and quads as they lie. Where no lane needs care (`merges`) a row of
 * pixels is one run of quads, and rows that follow each other without gaps are one row.
 */
const walkOf = (layouts: readonly [Layout, ...Layout[]], merges: boolean) => {
  const [{ height, width, channels }] = layouts;
  const quads = Math.ceil(channels / 4);
  if (!merges) return { height, width, quads, tail: tailOf(layouts[0]) };
  const isRun = layouts.every(({ rowBytes, pixelBytes }) => rowBytes === width * pixelBytes);
  const extent = isRun ? { height: 1, width: height * width * quads } : { height, width: width * quads };
  return { ...extent, quads: 1, tail: 4 };
};

export const lowerActivation = (group: GroupOf<"activation">, input: Value, output: Value): LoweredGroup => {
  const { curve, parameter } = group.operation;
  const shared = { curve: curves.indexOf(curve), parameter };
  const nodes = [group.layer.nodeId];
  const block = areaOf(input.layout) === 1 ? 0 : null;
  // 0 gives 0, but for the sigmoid: the lanes that are no channels can go along.
  const keepsZero = curve !== "sigmoid" || tailOf(input.layout) === 4;
  const mergesIn = (domain: Domain): boolean => domain.type === "rows" && keepsZero;
  return {
    forward: (mode) => {
      const domain = mode === "training" ? domainOf(output) : rows;
      const merges = mergesIn(domain);
      return [
        operation(
          "activationForward",
          {
            ...viewArguments("x", input.buffer, input.layout),
            ...viewArguments("y", output.buffer, output.layout),
            ...(merges ? { xW: QUAD_BYTES, yW: QUAD_BYTES } : {}),
            ...walkOf([input.layout, output.layout], merges),
            ...shared,
          },
          { domain, block, reads: local(input.buffer), writes: local(output.buffer), nodes, pass: "forward" },
        ),
      ];
    },
    backward: () => {
      const path = takeGradientPath(input, output);
      if (path === null) return [];
      const { gradient, target, accumulate } = path;
      const domain = domainOf(output);
      const merges = mergesIn(domain);
      const source = derivesFromOutput(curve) ? output : input;
      return [
        operation(
          "activationGradient",
          {
            ...viewArguments("x", source.buffer, source.layout),
            ...viewArguments("y", gradient.buffer, gradient.layout),
            ...viewArguments("dx", target.buffer, target.layout),
            ...(merges ? { xW: QUAD_BYTES, yW: QUAD_BYTES, dxW: QUAD_BYTES } : {}),
            ...walkOf([source.layout, gradient.layout, target.layout], merges),
            ...shared,
            accumulate,
          },
          {
            ...{ domain, block, nodes, pass: "backward" },
            reads: local(source.buffer, gradient.buffer),
            writes: local(target.buffer),
          },
        ),
      ];
    },
  };
};

export const lowerSoftmax = (group: GroupOf<"softmax">, input: Value, output: Value): LoweredGroup => {
  const { layer } = group;
  const { layout } = input;
  const shared = {
    height: layout.height,
    width: layout.width,
    quads: quadsOf(layout),
    tail: tailOf(layout),
    // A vector that lies as an image is one distribution.
    whole: layer.outputShape.length === 1 ? 1 : 0,
  };
  const nodes = [layer.nodeId];
  const block = areaOf(layout) === 1 ? 0 : null;
  return {
    forward: () => [
      operation(
        "softmaxForward",
        { ...viewArguments("x", input.buffer, layout), ...viewArguments("y", output.buffer, output.layout), ...shared },
        { domain: rows, block, reads: local(input.buffer), writes: local(output.buffer), nodes, pass: "forward" },
      ),
    ],
    backward: () => {
      const path = takeGradientPath(input, output);
      if (path === null) return [];
      const { gradient, target, accumulate } = path;
      return [
        operation(
          "softmaxGradient",
          {
            ...viewArguments("y", output.buffer, output.layout),
            ...viewArguments("dy", gradient.buffer, gradient.layout),
            ...viewArguments("dx", target.buffer, target.layout),
            ...shared,
            accumulate,
          },
          {
            ...{ domain: rows, block, nodes, pass: "backward" },
            reads: local(output.buffer, gradient.buffer),
            writes: local(target.buffer),
          },
        ),
      ];
    },
  };
};
