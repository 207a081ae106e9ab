/** Winograd's algorithm for a convolution: whether it fits, its tiles, and the bytes it needs. The kernels are in `kernels/assembly/winograd.ts`. */
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

/** Whether the kernels can compute it: stride 1, no dilation, 3 to 5 taps each way. */
export const suitsWinograd = ({ kernel, stride, dilation }: Window): boolean =>
  [...stride, ...dilation].every((step) => step === 1) && kernel.every((taps) => taps >= 3 && taps <= 5);

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
