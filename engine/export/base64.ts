/** float32 values as base64 of their little-endian bytes (RFC 4648, with padding): every bit pattern survives, NaN payloads too. */
import { bytesOfFloats, floatsOfBytes } from "./floatBytes.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 61; // "="

const codeOfDigit = Uint8Array.from(ALPHABET, (digit) => digit.charCodeAt(0));
/** Of every code that a string may hold: −1 is none. */
const digitOfCode = new Int8Array(65_536).fill(-1);
codeOfDigit.forEach((code, digit) => {
  digitOfCode[code] = digit;
});
/** Two digits for each 12 bits, as they lie in memory. */
const digitPairs = new Uint16Array(
  Uint8Array.from({ length: 2 * 4096 }, (_, at) => codeOfDigit[at % 2 === 0 ? at >> 7 : (at >> 1) & 63] ?? 0).buffer,
);

/** Floats that are encoded at a time, a multiple of three: what it takes beside the text is small. */
const PIECE = 3 * 65_536;

/** The codes of the digits, pieces that follow one another. */
export function* encodeFloats(values: Float32Array): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < values.length; at += PIECE) yield encodePiece(values.subarray(at, at + PIECE));
}

const encodePiece = (values: Float32Array): Uint8Array<ArrayBuffer> => {
  const bytes = bytesOfFloats(values);
  const numPairs = 2 * Math.ceil(bytes.length / 3);
  const pairs = new Uint16Array(numPairs);
  const wholeEnd = bytes.length - (bytes.length % 3);
  let pair = 0;
  for (let i = 0; i < wholeEnd; i += 3) {
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    pairs[pair++] = digitPairs[group >>> 12] as number;
    pairs[pair++] = digitPairs[group & 0xfff] as number;
  }
  const codes = new Uint8Array(pairs.buffer);
  const numLeft = bytes.length - wholeEnd;
  if (numLeft > 0) {
    const group = ((bytes[wholeEnd] as number) << 16) | ((bytes[wholeEnd + 1] ?? 0) << 8);
    pairs[pair++] = digitPairs[group >>> 12] as number;
    pairs[pair] = digitPairs[group & 0xfff] as number;
    codes.fill(PADDING, codes.length - (3 - numLeft));
  }
  return codes;
};

/** The values, or null when the text is not base64 of a whole number of float32 values. */
export const decodeFloats = (text: string): Float32Array | null => {
  if (text.length % 4 !== 0) return null;
  const numPadding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const numBytes = (text.length / 4) * 3 - numPadding;
  if (numBytes % 4 !== 0) return null;
  const digitAt = (at: number): number => digitOfCode[text.charCodeAt(at)] as number;
  const bytes = new Uint8Array(numBytes);
  const wholeEnd = numPadding === 0 ? text.length : text.length - 4;
  let at = 0;
  for (let i = 0; i < wholeEnd; i += 4) {
    const group = (digitAt(i) << 18) | (digitAt(i + 1) << 12) | (digitAt(i + 2) << 6) | digitAt(i + 3);
    if (group < 0) return null;
    bytes[at++] = group >>> 16;
    bytes[at++] = group >>> 8;
    bytes[at++] = group;
  }
  if (numPadding > 0) {
    const third = numPadding === 1 ? digitAt(wholeEnd + 2) : 0;
    const group = (digitAt(wholeEnd) << 18) | (digitAt(wholeEnd + 1) << 12) | (third << 6);
    if (group < 0) return null;
    bytes[at++] = group >>> 16;
    if (numPadding === 1) bytes[at] = group >>> 8;
  }
  return floatsOfBytes(bytes);
};
