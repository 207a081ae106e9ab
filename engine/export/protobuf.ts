/**
 * The wire format of protocol buffers, as far as event files and ONNX need it: a message is a list of fields, each a varint of number · 8 + type and
 * then its value. Types: 0 varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes; all little-endian.
 * https://protobuf.dev/programming-guides/encoding
 */
import { err, ok, type Result } from "../result.ts";

const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const FOUR_BYTES = 5;

/** Seven bits a byte, the lowest first. */
const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  // Above 2³¹ the bitwise operators would cut.
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
};

/** Writes fields in the order of the calls. Numbers that are 0 are left out, as proto3 does, where the method does not say otherwise. */
export class MessageWriter {
  /** What was written, in pieces: a message may hold another of a gigabyte. */
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  #push(bytes: Uint8Array): this {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    return this;
  }

  #tag(field: number, type: number): this {
    return this.#push(Uint8Array.from(varint(field * 8 + type)));
  }

  /** A whole number from 0 to 2⁵³ − 1. */
  integer(field: number, value: number): this {
    return value === 0 ? this : this.#tag(field, VARINT).#push(Uint8Array.from(varint(value)));
  }

  double(field: number, value: number): this {
    if (Object.is(value, 0)) return this;
    return this.#tag(field, EIGHT_BYTES).#push(new Uint8Array(new Float64Array([value]).buffer));
  }

  /** Also 0: one of several alternatives, of which this is the one. */
  float(field: number, value: number): this {
    return this.#tag(field, FOUR_BYTES).#push(new Uint8Array(new Float32Array([value]).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#tag(field, LENGTH)
      .#push(Uint8Array.from(varint(value.length)))
      .#push(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** Another message. */
  message(field: number, value: MessageWriter): this {
    this.#tag(field, LENGTH).#push(Uint8Array.from(varint(value.#length)));
    for (const piece of value.#pieces) this.#push(piece);
    return this;
  }

  /** A packed list of doubles. */
  doubles(field: number, values: readonly number[]): this {
    return values.length === 0 ? this : this.bytes(field, new Uint8Array(Float64Array.from(values).buffer));
  }

  /** A packed list of whole numbers from 0 to 2⁵³ − 1. */
  integers(field: number, values: readonly number[]): this {
    return values.length === 0 ? this : this.bytes(field, Uint8Array.from(values.flatMap(varint)));
  }

  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
}

export interface Field {
  readonly field: number;
  /** A varint is a number; all else its bytes. */
  readonly value: number | Uint8Array;
}

const readVarint = (bytes: Uint8Array, start: number): { readonly value: number; readonly next: number } | null => {
  let value = 0;
  let scale = 1;
  for (let at = start; at < Math.min(bytes.length, start + 10); at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  return null;
};

/** The fields of a message in their order. The error is a sentence. */
export const readMessage = (bytes: Uint8Array): Result<readonly Field[], string> => {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    if (tag === null) return err(`The message ends at byte ${at}, in the middle of a number.`);
    const field = Math.floor(tag.value / 8);
    const type = tag.value % 8;
    at = tag.next;
    if (type === VARINT) {
      const read = readVarint(bytes, at);
      if (read === null) return err(`Field ${field} ends at byte ${at}, in the middle of a number.`);
      fields.push({ field, value: read.value });
      at = read.next;
      continue;
    }
    let length = type === EIGHT_BYTES ? 8 : type === FOUR_BYTES ? 4 : null;
    if (type === LENGTH) {
      const read = readVarint(bytes, at);
      if (read === null) return err(`Field ${field} ends at byte ${at}, in the middle of its length.`);
      length = read.value;
      at = read.next;
    }
    if (length === null) return err(`Field ${field} has the type ${type}; 0, 1, 2 and 5 are known.`);
    if (at + length > bytes.length) {
      return err(`Field ${field} has ${length} bytes from byte ${at}, but the message has only ${bytes.length}.`);
    }
    fields.push({ field, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return ok(fields);
};

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Of a field of eight or of four bytes; NaN of any other. */
export const floatOf = (value: Field["value"]): number => {
  if (typeof value === "number") return Number.NaN;
  if (value.length === 8) return viewOf(value).getFloat64(0, true);
  return value.length === 4 ? viewOf(value).getFloat32(0, true) : Number.NaN;
};

export const doublesOf = (value: Field["value"]): readonly number[] =>
  typeof value === "number"
    ? []
    : Array.from({ length: Math.floor(value.length / 8) }, (_, index) => viewOf(value).getFloat64(8 * index, true));

export const textOf = (value: Field["value"]): string =>
  typeof value === "number" ? String(value) : new TextDecoder().decode(value);
