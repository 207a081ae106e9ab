/** The bias of a convolution or dense layer: its place and its gradient. */
import type { ProgramLayer } from "./compiled.ts";
import { areaOf, type Layout, quadsOf } from "./layout.ts";
import type { Gradient, Lowering, Value } from "./lowering.ts";
import { updateOf } from "./lowerUpdate.ts";
import { runArguments, viewArguments } from "./lowerViews.ts";
import { at, type Buffer, type Domain, local, type Operation, operation } from "./step.ts";

/** `spare`: bytes behind it that kernels read and make nothing of. */
export const declareBias = (lowering: Lowering, nodeId: string, output: Layout, spare = 0): Buffer => {
  const buffer = lowering.declare(`${nodeId}.bias`, quadsOf(output) * 16 + spare);
  lowering.tensors.push({
    name: `${nodeId}.bias`,
    shape: [output.channels],
    buffer,
    floatAt: (element) => element,
  });
  return buffer;
};

/** Sums the gradient of the output over samples and pixels, and updates. */
export const biasGradient = (
  lowering: Lowering,
  call: {
    readonly layer: ProgramLayer;
    readonly output: Value;
    readonly gradient: Gradient;
    readonly bias: Buffer | null;
  },
): Operation[] => {
  const { layer, output, gradient, bias } = call;
  const { nodeId } = layer;
  if (bias === null || lowering.rateFactor(nodeId) === null) return [];
  const quads = quadsOf(output.layout);
  const domain: Domain = output.domain === "channels" ? { type: "channels", quads } : { type: "rows" };
  const slots = lowering.slots(domain);
  const slotStride = quads * 16;
  const sums = lowering.step(`${nodeId}.bias gradient`, slotStride * slots.count);
  return [
    operation(
      "channelSums",
      {
        ...viewArguments("x", gradient.buffer, gradient.layout),
        ...runArguments(gradient.layout, gradient.layout),
        quads,
        sums: at(sums),
        slotStride,
        chunk: slots.chunk,
      },
      {
        domain,
        block: areaOf(output.layout) === 1 ? 0 : null,
        reads: local(gradient.buffer),
        writes: local(sums),
        nodes: [nodeId],
        pass: "backward",
      },
    ),
    ...updateOf(lowering, {
      ...{ nodeId, name: "bias", weight: bias, sums, slotStride, chunk: slots.chunk },
      ...{ rowsOfPanel: 1, quads },
      decays: layer.weights.find(({ name }) => name === "bias")?.decays ?? false,
    }),
  ];
};
