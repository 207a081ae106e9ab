/** Geometry of windows that slide over an image, shared by convolution and pooling. */
import { z } from "zod";
import { formatShape, type LayerProblem, type Padding2d, type ParamMeta, type Shape } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import { type Image, imageOf } from "./tensor.ts";

export type Pair = readonly [number, number];

/** Two whole numbers, rows (height) first. */
export const pairSchema = (least: number, initial: [number, number], meta: ParamMeta) =>
  z
    .tuple([z.int().min(least).max(1024), z.int().min(least).max(1024)])
    .default(initial)
    .meta({ control: "pair", ...meta });

/** Rows or columns a window spans: `(kernel − 1) · dilation + 1`. */
export const windowSpan = (kernel: number, dilation: number): number => (kernel - 1) * dilation + 1;

/** Floor mode: a window that does not fit entirely is left out. */
export const windowCount = (input: number, before: number, after: number, span: number, stride: number): number =>
  Math.floor((input + before + after - span) / stride) + 1;

/** `3×3`, or `3×1`. */
export const formatPair = ([rows, columns]: Pair): string => `${rows}×${columns}`;

/** `2` of a square, else `2×3`. */
const formatSide = ([rows, columns]: Pair): string => (rows === columns ? `${rows}` : `${rows}×${columns}`);

/** The image a layer receives, or why it is none. */
export const expectImage = (inputs: readonly Shape[]): Result<Image, LayerProblem> => {
  const shape = inputs[0] ?? [];
  const image = imageOf(shape);
  if (image !== null) return ok(image);
  return err({
    code: "LS201",
    text: `expects an image, channels×height×width, but receives ${formatShape(shape)}.`,
    badge: `${formatShape(shape)} is no image`,
  });
};

/** Extent of the output of a window over an image, or why the window does not fit. */
export const slideWindow = (call: {
  readonly image: Image;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding2d;
  /** The param that holds the kernel, and its name in the message: `size`, `Pool`. */
  readonly param: string;
  readonly noun: string;
}): Result<Pair, LayerProblem> => {
  const { image, kernel, stride, dilation, padding, param, noun } = call;
  const padded: Pair = [image.height + padding.top + padding.bottom, image.width + padding.left + padding.right];
  const span: Pair = [windowSpan(kernel[0], dilation[0]), windowSpan(kernel[1], dilation[1])];
  if (span[0] <= padded[0] && span[1] <= padded[1]) {
    return ok([
      windowCount(image.height, padding.top, padding.bottom, span[0], stride[0]),
      windowCount(image.width, padding.left, padding.right, span[1], stride[1]),
    ]);
  }
  const fitting: Pair = [
    Math.min(kernel[0], Math.floor((padded[0] - 1) / dilation[0]) + 1),
    Math.min(kernel[1], Math.floor((padded[1] - 1) / dilation[1]) + 1),
  ];
  const isPadded = padded[0] !== image.height || padded[1] !== image.width;
  const spans =
    span[0] === kernel[0] && span[1] === kernel[1]
      ? "is"
      : `with dilation ${formatSide(dilation)} spans ${formatSide(span)} and is`;
  return err({
    code: "LS202",
    param,
    text: `${noun} ${formatSide(kernel)} ${spans} larger than the ${isPadded ? "padded " : ""}input, ${formatSide(padded)}. Use ${formatSide(fitting)} or less, or add padding.`,
    badge: `${noun.toLowerCase()} ${formatSide(kernel)} > input ${formatSide(padded)}`,
    fix: { type: "setParam", param, value: [...fitting], label: `Use ${noun.toLowerCase()} ${formatPair(fitting)}` },
  });
};
