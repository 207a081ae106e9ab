/**
 * IDX, the format of MNIST's files (LeCun, Cortes, Burges): big-endian; two zero bytes, type 8 (unsigned byte), number of
 * dimensions, then each extent as u32, then the bytes in row-major order.
 */
import type { Shape } from "../layer.ts";
import { counted, formatCount } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";

export interface IdxImages {
  readonly count: number;
  /** Channels first: `[1, 28, 28]` for files of three dimensions, `[C, H, W]` for four. */
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

export interface IdxLabels {
  readonly count: number;
  readonly labels: Uint8Array;
}

export interface IdxProblem {
  readonly type: "badMagic" | "wrongType" | "wrongDimensions" | "wrongLength";
  readonly message: string;
}

const UNSIGNED_BYTE = 0x08;

const hex = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;

/** Dimensions and content of a file, after its header has been checked. */
const parse = (
  bytes: Uint8Array,
  fileName: string,
  what: "images" | "labels",
): Result<{ readonly extents: readonly number[]; readonly content: Uint8Array }, IdxProblem> => {
  const expected = what === "images" ? hex(0x0803) : hex(0x0801);
  if (bytes.length < 4) {
    return err({
      type: "wrongLength",
      message: `${fileName} has ${counted(bytes.length, "byte")}; an IDX file of ${what} begins with the 4 bytes ${expected}.`,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic >>> 16 !== 0) {
    return err({
      type: "badMagic",
      message: `${fileName} is not an IDX file: it begins with ${hex(magic)}, ${what} begin with ${expected}.`,
    });
  }
  const elementType = (magic >>> 8) & 0xff;
  if (elementType !== UNSIGNED_BYTE) {
    return err({
      type: "wrongType",
      message: `${fileName} holds values of IDX type ${elementType}; ${what} are unsigned bytes, type 8.`,
    });
  }
  const rank = magic & 0xff;
  const allowed = what === "images" ? [3, 4] : [1];
  if (!allowed.includes(rank)) {
    return err({
      type: "wrongDimensions",
      message: `${fileName} has ${counted(rank, "dimension")}; ${what} have ${allowed.join(" or ")}.`,
    });
  }
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) {
    return err({
      type: "wrongLength",
      message: `${fileName} has ${counted(bytes.length, "byte")}; its header alone takes ${headerBytes}.`,
    });
  }
  const extents = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expectedBytes = headerBytes + extents.reduce((product, extent) => product * extent, 1);
  if (bytes.length !== expectedBytes) {
    return err({
      type: "wrongLength",
      message: `${fileName} has ${counted(bytes.length, "byte")}; its header says ${extents.join("×")}, which takes ${formatCount(expectedBytes)}.`,
    });
  }
  return ok({ extents, content: bytes.subarray(headerBytes) });
};

export const parseIdxImages = (bytes: Uint8Array, fileName: string): Result<IdxImages, IdxProblem> => {
  const parsed = parse(bytes, fileName, "images");
  if (!parsed.ok) return parsed;
  const [count = 0, ...extents] = parsed.value.extents;
  return ok({ count, shape: extents.length === 2 ? [1, ...extents] : extents, bytes: parsed.value.content });
};

export const parseIdxLabels = (bytes: Uint8Array, fileName: string): Result<IdxLabels, IdxProblem> => {
  const parsed = parse(bytes, fileName, "labels");
  if (!parsed.ok) return parsed;
  return ok({ count: parsed.value.content.length, labels: parsed.value.content });
};
