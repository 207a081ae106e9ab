/** The loss: cross-entropy of classes or squared error of targets, with the gradient that the backward pass starts from. */
import { lossWorkspaceBytes } from "../kernels/header.ts";
import type { Group } from "./fuse.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Lowering, Value } from "./lowering.ts";
import { all, at, type Buffer, type Domain, local, type Operation, operation } from "./step.ts";

const rows: Domain = { type: "rows" };

export interface LoweredLoss {
  readonly group: LoweredGroup;
  readonly total: () => Operation;
}

/** `output` holds the probabilities, or the predictions. */
export const lowerLoss = (
  lowering: Lowering,
  group: Extract<Group, { readonly type: "loss" }>,
  input: Value,
  output: Value,
): LoweredLoss => {
  const rowLoss: Buffer = lowering.kept("loss of rows", lowering.batchSize * 8);
  const rowCorrect: Buffer = lowering.kept("correct rows", lowering.batchSize * 4);
  const nodes = [group.layer.nodeId];
  const { operation: settings } = group;

  const forward = (mode: "training" | "evaluation"): Operation => {
    const gradient = mode === "training" ? input.gradient : null;
    if (gradient !== null) gradient.written = true;
    const gradientArguments =
      gradient === null
        ? {}
        : { gradient: at(gradient.buffer, gradient.layout.originBytes), gradientN: gradient.layout.sampleBytes };
    const rest = {
      domain: rows,
      block: 0,
      reads: local(input.buffer),
      writes: local(output.buffer, gradient?.buffer, rowLoss, rowCorrect),
      nodes,
      pass: "forward",
    } as const;
    const source = at(input.buffer, input.layout.originBytes);
    if (settings.op === "meanSquaredError") {
      return operation(
        "squaredLoss",
        {
          x: source,
          xN: input.layout.sampleBytes,
          y: at(output.buffer),
          yN: output.layout.sampleBytes,
          ...gradientArguments,
          width: input.layout.channels,
          rowLoss: at(rowLoss),
          rowCorrect: at(rowCorrect),
        },
        rest,
      );
    }
    lowering.needWorkspace(lossWorkspaceBytes(input.layout.channels));
    return operation(
      "softmaxLoss",
      {
        logits: source,
        logitsN: input.layout.sampleBytes,
        probabilities: at(output.buffer),
        probabilitiesN: output.layout.sampleBytes,
        ...gradientArguments,
        classes: input.layout.channels,
        smoothing: settings.labelSmoothing,
        rowLoss: at(rowLoss),
        rowCorrect: at(rowCorrect),
      },
      rest,
    );
  };

  return {
    group: { forward: (mode) => [forward(mode)], backward: () => [] },
    total: () =>
      operation(
        "lossTotal",
        { rowLoss: at(rowLoss), rowCorrect: at(rowCorrect) },
        {
          domain: { type: "single" },
          block: null,
          reads: all(rowLoss, rowCorrect),
          writes: all(lowering.lossKnown),
          nodes,
          pass: "forward",
        },
      ),
  };
};
