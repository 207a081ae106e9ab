/** Gaussian noise: random numbers added in training; a copy in evaluation and backward. */
import { dropoutKey } from "../kernels/dropoutMask.ts";
import type { Group } from "./fuse.ts";
import { areaOf, quadsOf } from "./layout.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Lowering, Value } from "./lowering.ts";
import { lowerCopy } from "./lowerSimple.ts";
import { viewArguments } from "./lowerViews.ts";
import { local, operation } from "./step.ts";

export const lowerNoise = (
  lowering: Lowering,
  group: Extract<Group, { readonly type: "gaussianNoise" }>,
  input: Value,
  output: Value,
): LoweredGroup => {
  const { layer, operation: settings } = group;
  const { layout } = input;
  const copy = lowerCopy(layer, input, output);
  return {
    forward: (mode) =>
      mode === "evaluation"
        ? copy.forward(mode)
        : [
            operation(
              "noise",
              {
                ...viewArguments("x", input.buffer, layout),
                ...viewArguments("y", output.buffer, output.layout),
                height: layout.height,
                width: layout.width,
                channels: layout.channels,
                quads: quadsOf(layout),
                key: dropoutKey(lowering.options.seed, layer.nodeId),
                std: settings.std,
              },
              {
                domain: { type: "rows" },
                block: areaOf(layout) === 1 ? 0 : null,
                reads: local(input.buffer),
                writes: local(output.buffer),
                nodes: [layer.nodeId],
                pass: "forward",
              },
            ),
          ],
    backward: () => copy.backward(),
  };
};
