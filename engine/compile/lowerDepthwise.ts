/** Depthwise convolution: every channel with a kernel of its own. */
import type { Window } from "./contractionTables.ts";
import { depthwisePasses, depthwiseResidues, numPassesOf } from "./depthwiseTables.ts";
import type { Group } from "./fuse.ts";
import { QUAD_BYTES, quadsOf } from "./layout.ts";
import { biasGradient, declareBias } from "./lowerBias.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Gradient, Lowering, Value } from "./lowering.ts";
import { updateOf } from "./lowerUpdate.ts";
import { viewArguments } from "./lowerViews.ts";
import { all, at, local, type Operation, operation } from "./step.ts";

type ContractionGroup = Extract<Group, { type: "contraction" }>;

export const lowerDepthwise = (
  lowering: Lowering,
  { layer, operation: { bias: hasBias }, addsBias }: ContractionGroup,
  window: Window,
  input: Value,
  output: Value,
): LoweredGroup => {
  const { nodeId } = layer;
  const quads = quadsOf(output.layout);
  const numTaps = window.kernel[0] * window.kernel[1];
  const wC = numTaps * QUAD_BYTES;
  const weight = lowering.declare(`${nodeId}.weight`, quads * wC);
  lowering.tensors.push({
    name: `${nodeId}.weight`,
    shape: layer.weights[0]?.shape ?? [],
    buffer: weight,
    floatAt: (element) => {
      const channel = Math.floor(element / numTaps);
      return (Math.floor(channel / 4) * numTaps + (element % numTaps)) * 4 + (channel % 4);
    },
  });
  const bias = hasBias ? declareBias(lowering, nodeId, output.layout) : null;
  const isFrozen = lowering.rateFactor(nodeId) === null;
  const [rows, columns] = window.stride;
  const passes = depthwisePasses(input.layout, window);
  const inputArguments = {
    ...viewArguments("x", input.buffer, input.layout),
    xH: rows * input.layout.rowBytes,
    xW: columns * input.layout.pixelBytes,
    height: output.layout.height,
    width: output.layout.width,
    quads,
    wC,
    passes: at(lowering.table(passes)),
    numPasses: numPassesOf(passes),
  };
  const shared = { domain: { type: "rows" }, block: null, nodes: [nodeId] } as const;

  const forward = (): Operation =>
    operation(
      "depthwise",
      {
        ...inputArguments,
        ...viewArguments("y", output.buffer, output.layout),
        w: at(weight),
        ...(addsBias && bias !== null ? { bias: at(bias) } : {}),
      },
      {
        ...shared,
        reads: [...local(input.buffer), ...all(weight, addsBias ? bias : null)],
        writes: local(output.buffer),
        pass: "forward",
      },
    );

  const inputGradient = (gradient: Gradient): Operation[] => {
    const target = input.gradient;
    if (target === null) return [];
    const accumulate = target.written ? 1 : 0;
    target.written = true;
    return depthwiseResidues(target.layout, gradient.layout, window).map((residue) =>
      operation(
        "depthwise",
        {
          ...viewArguments("x", gradient.buffer, gradient.layout),
          ...viewArguments("y", target.buffer, target.layout),
          y: at(target.buffer, target.layout.originBytes + residue.offset),
          yH: rows * target.layout.rowBytes,
          yW: columns * target.layout.pixelBytes,
          height: residue.height,
          width: residue.width,
          quads,
          w: at(weight),
          wC,
          passes: at(lowering.table(residue.passes)),
          numPasses: numPassesOf(residue.passes),
          accumulate,
        },
        {
          ...shared,
          reads: [...local(gradient.buffer), ...all(weight)],
          writes: local(target.buffer),
          pass: "backward",
        },
      ),
    );
  };

  const weightGradient = (gradient: Gradient): Operation[] => {
    if (isFrozen) return [];
    const slots = lowering.slots({ type: "rows" });
    const slotStride = weight.bytes;
    const sums = lowering.step(`${nodeId}.weight gradient`, slotStride * slots.count);
    return [
      operation(
        "depthwiseGradient",
        {
          ...inputArguments,
          ...viewArguments("y", gradient.buffer, gradient.layout),
          w: at(sums),
          slotStride,
          chunk: slots.chunk,
        },
        { ...shared, reads: local(input.buffer, gradient.buffer), writes: local(sums), pass: "backward" },
      ),
      ...updateOf(lowering, {
        ...{ nodeId, name: "weight", weight, sums, slotStride, chunk: slots.chunk, rowsOfPanel: numTaps, quads },
        decays: layer.weights.find(({ name }) => name === "weight")?.decays ?? false,
      }),
    ];
  };

  return {
    forward: () => [forward()],
    backward: () => {
      const { gradient } = output;
      if (gradient === null || !gradient.written) return [];
      return [
        ...inputGradient(gradient),
        ...weightGradient(gradient),
        ...(addsBias ? biasGradient(lowering, { layer, output, gradient, bias }) : []),
      ];
    },
  };
};
