/** float32 values as base64 of their little-endian bytes (RFC 4648, with padding): every bit pattern survives, NaN payloads too. */
import { bytesOfFloats, floatsOfBytes } from "./floatBytes.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 61; // "="
const CHUNK = 0x3000; // a multiple of 3 that is safe to spread into String.fromCharCode

const codeOfDigit = Uint8Array.from(ALPHABET, (digit) => digit.charCodeAt(0));
const digitOfCode = new Int16Array(256).fill(-1);
codeOfDigit.forEach((code, digit) => {
  digitOfCode[code] = digit;
});

export const encodeFloats = (values: Float32Array): string => {
  const bytes = bytesOfFloats(values);
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const end = Math.min(start + CHUNK, bytes.length);
    const codes = new Uint8Array(Math.ceil((end - start) / 3) * 4).fill(PADDING);
    let at = 0;
    for (let i = start; i < end; i += 3) {
      const length = Math.min(3, end - i);
      const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
      for (let digit = 0; digit <= length; digit++) {
        codes[at + digit] = codeOfDigit[(group >>> (18 - 6 * digit)) & 63] as number;
      }
      at += 4;
    }
    parts.push(String.fromCharCode(...codes));
  }
  return parts.join("");
};

/** The values, or null when the text is not base64 of a whole number of float32 values. */
export const decodeFloats = (text: string): Float32Array | null => {
  if (text.length % 4 !== 0) return null;
  const numPadding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const numBytes = (text.length / 4) * 3 - numPadding;
  if (numBytes % 4 !== 0) return null;
  const bytes = new Uint8Array(numBytes);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let group = 0;
    const numDigits = i + 4 === text.length ? 4 - numPadding : 4;
    for (let digit = 0; digit < 4; digit++) {
      const code = text.charCodeAt(i + digit);
      const value = digit < numDigits ? (code < 256 ? (digitOfCode[code] as number) : -1) : 0;
      if (value < 0) return null;
      group = (group << 6) | value;
    }
    for (let byte = 0; byte < numDigits - 1; byte++) bytes[at++] = (group >>> (16 - 8 * byte)) & 0xff;
  }
  return floatsOfBytes(bytes);
};
