/** Pieces of the layers' ONNX forms. */
import type { OnnxAttribute, OnnxForm, OnnxNode, Shape } from "../layer.ts";
import { elementsOf } from "../layer.ts";
import type { AffineParams } from "./affine.ts";

/** The layer's first input. */
export const ONNX_INPUT = "in0";

export const onnxNode = (
  operator: string,
  inputs: readonly string[],
  rest: Omit<OnnxNode, "operator" | "inputs"> = {},
): OnnxNode => ({ operator, inputs, ...rest });

/** A layer that is one operator of its input. */
export const onnxOperator = (operator: string, attributes?: Readonly<Record<string, OnnxAttribute>>): OnnxForm => ({
  nodes: [onnxNode(operator, [ONNX_INPUT], attributes && { attributes })],
});

/** A layer whose value is its input's in evaluation. */
export const onnxIdentity: OnnxForm = { nodes: [] };

export const onnxFilled = (shape: Shape, value: number) => ({
  shape,
  values: new Array(elementsOf(shape)).fill(value),
});

/** What `Reshape` is told: all samples, each of this shape. */
export const onnxShape = (sample: readonly number[]) => ({
  shape: [sample.length + 1],
  values: [-1, ...sample],
  whole: true as const,
});

/** γ and β where a layer has them, and ones and zeros where its operator asks for them and it has none. */
export const onnxAffine = ({ scale, shift }: AffineParams, shape: Shape) => ({
  gamma: scale ? "gamma" : "ones",
  beta: shift ? "beta" : "zeros",
  constants: { ...(!scale && { ones: onnxFilled(shape, 1) }), ...(!shift && { zeros: onnxFilled(shape, 0) }) },
});
