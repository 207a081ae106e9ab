/** Winograd's algorithm for a convolution: whether it fits, its tiles, and the bytes it needs. The kernels are in `kernels/assembly/winograd.ts`. */
import type { Padding2d } from "../layer.ts";
import type { Window } from "./contractionTables.ts";
import { type Layout, quadsOf } from "./layout.ts";

/** Pixels of a tile's side, and points of its transform. */
const TILE = 6;
const POINTS = TILE * TILE;
/** As in `winogradProduct.ts` and `winograd.ts`: bytes of a row of 64 channels, and where the buffers begin in a workspace. */
const ROW_BYTES = 272;
const BLOCK_QUADS = 16;
const BUFFERS_AT = 1344;
/** Transformed tiles of a batch, input and output, stay below this, so that the weights have room beside them in a cache of 1 MB. */
const BATCH_BYTES = 512 * 1024;
const MOST_TILES = 48;
/** Keeps points of large weights out of the same sets of the cache. */
const POINT_PADDING = 64;

export interface WinogradPlan {
  readonly tilesHigh: number;
  readonly tilesWide: number;
  /** Tiles of a batch at most. */
  readonly tiles: number;
  /** Bytes of the transformed weights of a point, and of all. */
  readonly pointBytes: number;
  readonly weightBytes: number;
  readonly workspaceBytes: number;
}

/** Whether the kernels can compute it: stride 1, no dilation, no groups, 3 to 5 taps each way. */
export const suitsWinograd = ({ kernel, stride, dilation, groups = 1 }: Window): boolean =>
  [...stride, ...dilation, groups].every((step) => step === 1) && kernel.every((taps) => taps >= 3 && taps <= 5);

/** What decides between the algorithms: channels, and pixels of the output. */
export interface ConvolutionSize {
  readonly inputs: number;
  readonly outputs: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly inHeight: number;
  readonly inWidth: number;
}

export const sizeOf = (input: Layout, output: Layout): ConvolutionSize => ({
  inputs: input.channels,
  outputs: output.channels,
  outHeight: output.height,
  outWidth: output.width,
  inHeight: input.height,
  inWidth: input.width,
});

export interface WinogradChoice {
  readonly forward: boolean;
  readonly inputGradient: boolean;
  readonly weightGradient: boolean;
}

export const noWinograd: WinogradChoice = { forward: false, inputGradient: false, weightGradient: false };

/** Transformed weight gradients, a sum for each task, larger than this are not kept. */
const MOST_SUM_BYTES = 64 * 1024 * 1024;

/**
 * Estimated from multiplications, in vectors of four: a direct convolution has taps · inputs of them per quad of an output pixel; Winograd's
 * 36 · inputs per quad of a tile's outputs, tiles that reach beyond the image in full, and four transforms of a tile, whose cost in
 * multiplications was measured, as was what a product or a pixel costs beside its multiplications.
 */
export const chooseWinograd = (size: ConvolutionSize, window: Window, numSums: number): WinogradChoice => {
  if (!suitsWinograd(window)) return noWinograd;
  const [kernelHeight, kernelWidth] = window.kernel;
  const inQuads = Math.ceil(size.inputs / 4);
  const outQuads = Math.ceil(size.outputs / 4);
  const taps = kernelHeight * kernelWidth;
  const tiles =
    Math.ceil(size.outHeight / (TILE + 1 - kernelHeight)) * Math.ceil(size.outWidth / (TILE + 1 - kernelWidth));
  const outArea = size.outHeight * size.outWidth;
  const inArea = size.inHeight * size.inWidth;
  const direct = {
    forward: outArea * outQuads * (taps * size.inputs + COST.pixel),
    inputGradient: inArea * inQuads * (taps * size.outputs + COST.pixel),
    weightGradient: outArea * outQuads * (taps * size.inputs + COST.pixel),
  };
  const winograd = {
    forward: inQuads * COST.inputTile + outQuads * (POINTS * (size.inputs + COST.product) + COST.outputTile),
    inputGradient:
      outQuads * COST.gradientTile + inQuads * (POINTS * (size.outputs + COST.product) + COST.inputGradientTile),
    weightGradient:
      outQuads * COST.gradientTile + inQuads * COST.inputTile + outQuads * POINTS * (inQuads * 4 + COST.product),
  };
  const sumBytes = (POINTS * inQuads * outQuads * 64 + POINT_PADDING) * numSums;
  return {
    forward: tiles * winograd.forward < direct.forward,
    inputGradient: tiles * winograd.inputGradient < direct.inputGradient,
    weightGradient: tiles * winograd.weightGradient < direct.weightGradient && sumBytes <= MOST_SUM_BYTES,
  };
};

/** In multiplications of vectors: a tile's transforms of a quad, and what goes with each product and each pixel. */
const COST = { inputTile: 90, outputTile: 450, gradientTile: 130, inputGradientTile: 330, product: 4, pixel: 5 };

/** The border of zeros with which no tile reaches beyond what may be read: whole tiles are faster. */
export const tileBorder = (
  { inHeight, inWidth, outHeight, outWidth }: ConvolutionSize,
  { kernel, padding }: Window,
): Padding2d => {
  const after = (input: number, output: number, taps: number, before: number): number =>
    Math.max(0, Math.ceil(output / (TILE + 1 - taps)) * (TILE + 1 - taps) + taps - 1 - before - input);
  return {
    top: padding.top,
    left: padding.left,
    bottom: after(inHeight, outHeight, kernel[0], padding.top),
    right: after(inWidth, outWidth, kernel[1], padding.left),
  };
};

export const planWinograd = (input: Layout, output: Layout, { kernel }: Window): WinogradPlan => {
  const inQuads = quadsOf(input);
  const outQuads = quadsOf(output);
  const perTile = POINTS * 16 * (inQuads + outQuads);
  // Twelve rows at a time suit all products.
  const tiles = Math.max(12, Math.min(MOST_TILES, 12 * Math.floor(BATCH_BYTES / perTile / 12)));
  const pointBytes = inQuads * outQuads * 64 + POINT_PADDING;
  const blocks = Math.ceil(inQuads / BLOCK_QUADS) + Math.ceil(outQuads / BLOCK_QUADS);
  return {
    tilesHigh: Math.ceil(output.height / (TILE + 1 - kernel[0])),
    tilesWide: Math.ceil(output.width / (TILE + 1 - kernel[1])),
    tiles,
    pointBytes,
    weightBytes: POINTS * pointBytes,
    workspaceBytes: BUFFERS_AT + blocks * POINTS * tiles * ROW_BYTES,
  };
};

/** What all Winograd kernels are told of a convolution, addresses left out. `border` are the rows and columns of zeros around the input. */
export const winogradArguments = (input: Layout, output: Layout, { kernel, padding }: Window, plan: WinogradPlan) => ({
  xN: input.sampleBytes,
  xH: input.rowBytes,
  xW: input.pixelBytes,
  height: input.height,
  width: input.width,
  inputs: input.channels,
  inQuads: quadsOf(input),
  borderTop: input.border.top,
  borderLeft: input.border.left,
  borderBottom: input.border.bottom,
  borderRight: input.border.right,
  yN: output.sampleBytes,
  yH: output.rowBytes,
  yW: output.pixelBytes,
  outHeight: output.height,
  outWidth: output.width,
  outputs: output.channels,
  outQuads: quadsOf(output),
  padTop: padding.top,
  padLeft: padding.left,
  kernelHeight: kernel[0],
  kernelWidth: kernel[1],
  tilesHigh: plan.tilesHigh,
  tilesWide: plan.tilesWide,
  tiles: plan.tiles,
  uPoint: plan.pointBytes,
  utPoint: plan.pointBytes,
});
