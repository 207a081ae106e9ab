/** What the references of the layers share: reading and adding to float64 tensors, and the shapes they expect. */
import { elementsOf, type Shape, type Tensor } from "../layer.ts";

/** A value, or NaN outside the array, so that an index error shows in every result. */
export const at = (data: ArrayLike<number>, index: number): number => data[index] ?? Number.NaN;

export const addTo = (data: Float64Array, index: number, value: number): void => {
  data[index] = at(data, index) + value;
};

export const zeros = (shape: Shape): Tensor => ({ shape, data: new Float64Array(elementsOf(shape)) });

/** A fresh tensor of the same shape. */
export const mapTensor = (tensor: Tensor, value: (element: number, index: number) => number): Tensor => ({
  shape: tensor.shape,
  data: tensor.data.map(value),
});

/** The first input of a layer that has one. */
export const onlyInput = (inputs: readonly Tensor[]): Tensor => {
  const [input] = inputs;
  if (input === undefined) throw new RangeError("A layer with one input was called without any.");
  return input;
};

export const tensorNamed = (tensors: Readonly<Record<string, Tensor>>, name: string): Tensor => {
  const tensor = tensors[name];
  if (tensor === undefined) throw new RangeError(`There is no tensor ${name}.`);
  return tensor;
};

/** Batch size, channels, and elements of one channel of a batch `[N, C, H, W]` or `[N, F]` (a feature is a channel of one). */
export const channelLayout = (shape: Shape): { numSamples: number; channels: number; inner: number } => {
  const [numSamples = 0, channels = 0, ...rest] = shape;
  return { numSamples, channels, inner: elementsOf(rest) };
};

export interface Image {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** `[C, H, W]`, or null when the shape is no image. */
export const imageOf = (shape: Shape): Image | null => {
  const [channels, height, width] = shape;
  if (shape.length !== 3 || channels === undefined || height === undefined || width === undefined) return null;
  return { channels, height, width };
};

/** `[N, C, H, W]` of a batch that `inferShape` has accepted. */
export const batchOfImages = (tensor: Tensor): Image & { readonly numSamples: number } => {
  const image = imageOf(tensor.shape.slice(1));
  if (image === null) throw new RangeError(`Expected a batch of images but received ${tensor.shape.join("×")}.`);
  return { numSamples: at(tensor.shape, 0), ...image };
};
