/**
 * The wire format of protocol buffers, as far as event files need it: a message is a list of fields, each a varint of number · 8 + type and
 * then its value. Types: 0 varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes; all little-endian.
 * https://protobuf.dev/programming-guides/encoding
 */
import { err, ok, type Result } from "../../result.ts";

const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const FOUR_BYTES = 5;

/** Writes fields in the order of the calls. Numbers that are 0 are left out, as proto3 does, where the method does not say otherwise. */
export class MessageWriter {
  readonly #bytes: number[] = [];

  #varint(value: number): void {
    let rest = value;
    // Above 2³¹ the bitwise operators would cut.
    while (rest >= 0x80) {
      this.#bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes.push(rest);
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  /** A whole number from 0 to 2⁵³ − 1. */
  integer(field: number, value: number): this {
    if (value === 0) return this;
    this.#tag(field, VARINT);
    this.#varint(value);
    return this;
  }

  double(field: number, value: number): this {
    if (Object.is(value, 0)) return this;
    this.#tag(field, EIGHT_BYTES);
    this.#push(new Uint8Array(new Float64Array([value]).buffer));
    return this;
  }

  /** Also 0: one of several alternatives, of which this is the one. */
  float(field: number, value: number): this {
    this.#tag(field, FOUR_BYTES);
    this.#push(new Uint8Array(new Float32Array([value]).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, LENGTH);
    this.#varint(value.length);
    this.#push(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** A packed list of doubles. */
  doubles(field: number, values: readonly number[]): this {
    return values.length === 0 ? this : this.bytes(field, new Uint8Array(Float64Array.from(values).buffer));
  }

  finish(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }

  #push(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte);
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
