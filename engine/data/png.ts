/** PNG (W3C Portable Network Graphics, third edition): all colour types and depths, interlaced or not. */
import { counted } from "../layer.ts";
import { err, messageOf, ok, type Result } from "../result.ts";
import type { Picture } from "./image.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Beyond it a picture is no sample; a damaged header must not ask for gigabytes. */
const MAX_PIXELS = 64 * 1024 * 1024;

/** Samples a pixel and depths allowed, by colour type. */
const colorTypes: Readonly<Record<number, { readonly samples: number; readonly depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

const PALETTE = 3;

/** First column and row, and distance of columns and rows, of the passes of Adam7. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const onePass = [[0, 0, 1, 1]] as const;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  readonly interlaced: boolean;
}

interface Chunks {
  readonly header: Header;
  readonly palette: Uint8Array;
  readonly compressed: Uint8Array;
}

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, at) => bytes[at] === byte);

const readHeader = (view: DataView, at: number): Result<Header, string> => {
  const header = {
    width: view.getUint32(at),
    height: view.getUint32(at + 4),
    depth: view.getUint8(at + 8),
    colorType: view.getUint8(at + 9),
    interlaced: view.getUint8(at + 12) === 1,
  };
  const { width, height, depth, colorType } = header;
  if (width === 0 || height === 0 || width * height > MAX_PIXELS) {
    return err(`its header says ${width}×${height} pixels; 1 to ${MAX_PIXELS} are read`);
  }
  const type = colorTypes[colorType];
  if (type === undefined || !type.depths.includes(depth)) {
    return err(`its header says colour type ${colorType} with ${depth} bits, which PNG has not`);
  }
  return ok(header);
};

const readChunks = (bytes: Uint8Array): Result<Chunks, string> => {
  if (!isPng(bytes)) return err("it does not begin with the 8 bytes of a PNG");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let header: Header | null = null;
  let palette = new Uint8Array();
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const start = at + 8;
    if (start + length + 4 > bytes.length) {
      return err(`it ends in the middle of its part ${type}: ${bytes.length} of ${start + length + 4} bytes`);
    }
    if (type === "IHDR") {
      if (length < 13) return err(`its header has ${counted(length, "byte")}, expected 13`);
      const read = readHeader(view, start);
      if (!read.ok) return read;
      header = read.value;
    } else if (type === "PLTE") palette = bytes.slice(start, start + length);
    else if (type === "IDAT") parts.push(bytes.subarray(start, start + length));
    else if (type === "IEND") break;
    at = start + length + 4;
  }
  if (header === null) return err("it has no header");
  const compressed = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    compressed.set(part, filled);
    filled += part.length;
  }
  if (filled === 0) return err("it has no pixels");
  return ok({ header, palette, compressed });
};

const paeth = (left: number, up: number, upLeft: number): number => {
  const estimate = left + up - upLeft;
  const byLeft = Math.abs(estimate - left);
  const byUp = Math.abs(estimate - up);
  const byUpLeft = Math.abs(estimate - upLeft);
  if (byLeft <= byUp && byLeft <= byUpLeft) return left;
  return byUp <= byUpLeft ? up : upLeft;
};

/** Undoes the filter of one row in place; `before` is the row above, or zeros. */
const unfilter = (filter: number, row: Uint8Array, before: Uint8Array, pixelBytes: number): void => {
  if (filter === 0) return;
  for (let at = 0; at < row.length; at++) {
    const left = at >= pixelBytes ? (row[at - pixelBytes] as number) : 0;
    const up = before[at] as number;
    const upLeft = at >= pixelBytes ? (before[at - pixelBytes] as number) : 0;
    let predicted = left;
    if (filter === 2) predicted = up;
    else if (filter === 3) predicted = (left + up) >> 1;
    else if (filter === 4) predicted = paeth(left, up, upLeft);
    row[at] = (row[at] as number) + predicted;
  }
};

/** Sample `index` of a row, brought to 8 bits; palette entries stay numbers. */
const sampleAt = (row: Uint8Array, index: number, { depth, colorType }: Header): number => {
  if (depth === 8) return row[index] as number;
  // The upper byte.
  if (depth === 16) return row[2 * index] as number;
  const bit = index * depth;
  const value = ((row[bit >> 3] as number) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  return colorType === PALETTE ? value : (value * 255) / ((1 << depth) - 1);
};

/** Decodes the bytes of a file. `inflate` undoes zlib's compression. The error is a clause: `its header says …`. */
export const decodePng = async (
  bytes: Uint8Array,
  inflate: (compressed: Uint8Array) => Promise<Uint8Array>,
): Promise<Result<Picture, string>> => {
  const chunks = readChunks(bytes);
  if (!chunks.ok) return chunks;
  const { header, palette, compressed } = chunks.value;
  const { width, height, colorType, depth } = header;
  const samples = colorTypes[colorType]?.samples ?? 1;
  const passes = header.interlaced ? adam7 : onePass;
  const sizes = passes.map(([left, top, dx, dy]) => ({
    columns: Math.ceil((width - left) / dx),
    rows: Math.ceil((height - top) / dy),
  }));
  const rowBytes = (columns: number): number => Math.ceil((columns * samples * depth) / 8);
  const expected = sizes.reduce(
    (sum, { columns, rows }) => sum + (columns > 0 ? Math.max(rows, 0) * (1 + rowBytes(columns)) : 0),
    0,
  );
  let data: Uint8Array;
  try {
    data = await inflate(compressed);
  } catch (error) {
    return err(`its pixels cannot be unpacked: ${messageOf(error)}`);
  }
  if (data.length < expected) return err(`it holds ${counted(data.length, "byte")} of pixels, expected ${expected}`);

  const isGrey = colorType === 0 || colorType === 4;
  const channels = isGrey ? 1 : 3;
  const pixels = new Uint8Array(width * height * channels);
  const pixelBytes = Math.max(1, (samples * depth) >> 3);
  let at = 0;
  for (const [pass, [left, top, dx, dy]] of passes.entries()) {
    const { columns, rows } = sizes[pass] ?? { columns: 0, rows: 0 };
    if (columns <= 0) continue;
    const length = rowBytes(columns);
    let before: Uint8Array = new Uint8Array(length);
    for (let rowNumber = 0; rowNumber < rows; rowNumber++) {
      const filter = data[at] as number;
      if (filter > 4) return err(`row ${rowNumber + 1} has filter ${filter}; PNG has 0 to 4`);
      const row = data.subarray(at + 1, at + 1 + length);
      unfilter(filter, row, before, pixelBytes);
      for (let column = 0; column < columns; column++) {
        const target = ((top + rowNumber * dy) * width + left + column * dx) * channels;
        for (let c = 0; c < channels; c++) {
          const index = colorType === PALETTE ? column : column * samples + c;
          const sample = sampleAt(row, index, header);
          pixels[target + c] = colorType === PALETTE ? (palette[3 * sample + c] ?? 0) : sample;
        }
      }
      before = row;
      at += 1 + length;
    }
  }
  return ok({ width, height, channels, pixels });
};
