/** What layers that map each value on its own have in common: one input, its shape, no weights. */
import type { LayerDefinition, Shape } from "../layer.ts";
import { ok } from "../result.ts";
import { at, mapTensor, onlyInput } from "./tensor.ts";

type Pointwise<P> = Pick<
  LayerDefinition<P>,
  "inputs" | "outputs" | "inferShape" | "weights" | "state" | "multiplyAdds" | "reference"
>;

/** y = f(x) for each value; dx = g · f′(x), where `derivative` may use y = f(x) too. Backward returns a fresh tensor. */
export const pointwise = <P>(
  f: (x: number, params: P) => number,
  derivative: (x: number, y: number, params: P) => number,
): Pointwise<P> => ({
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (_params: P, inputs: readonly Shape[]) => ok(inputs[0] ?? []),
  weights: () => [],
  state: () => [],
  multiplyAdds: () => 0,
  reference: {
    forward: ({ params, inputs }) => ({ output: mapTensor(onlyInput(inputs), (x) => f(x, params)) }),
    backward: ({ params, inputs, output, outputGradient }) => {
      const x = onlyInput(inputs);
      return {
        inputs: [
          mapTensor(outputGradient, (g, index) => g * derivative(at(x.data, index), at(output.data, index), params)),
        ],
        weights: {},
      };
    },
  },
});
