/** Pieces of Python for the layers' PyTorch forms. */
import type { TorchForm } from "../layer.ts";
import type { AffineParams } from "./affine.ts";
import type { Pair } from "./window.ts";

/** `3` of a square, else `(3, 1)`. */
export const torchPair = ([rows, columns]: Pair): string => (rows === columns ? `${rows}` : `(${rows}, ${columns})`);

/** `nn.Linear(800, 128, bias=False)`: options that are null have PyTorch's own value. */
export const torchCall = (
  name: string,
  values: readonly (string | number)[],
  options: Readonly<Record<string, string | number | null>> = {},
): string => {
  const named = Object.entries(options).flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`]));
  return `${name}(${[...values, ...named].join(", ")})`;
};

/** PyTorch's own ε, 1e-5, is not written. */
export const torchEpsilon = (epsilon: number): number | null => (epsilon === 1e-5 ? null : epsilon);

/** A function of one tensor, with more arguments after it. */
export const torchFunction =
  (name: string, ...more: readonly string[]) =>
  (inputs: readonly string[]): string =>
    `${name}(${[inputs[0] ?? "", ...more].join(", ")})`;

/** PyTorch's normalizations have both γ and β or neither. */
export const torchAffine = ({ scale, shift }: AffineParams, option: string) => {
  const isAffine = scale || shift;
  return {
    option: { [option]: isAffine ? null : "False" },
    tensors: { ...(scale && { gamma: "weight" }), ...(shift && { beta: "bias" }) },
    fixed: isAffine ? [...(scale ? [] : ["weight"]), ...(shift ? [] : ["bias"])] : [],
    starts: { weight: 1, bias: 0 },
  } satisfies Pick<TorchForm, "tensors" | "fixed" | "starts"> & { option: Readonly<Record<string, string | null>> };
};
