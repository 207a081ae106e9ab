import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFloats, encodeFloats as encodedPieces } from "../../../engine/export/base64.ts";

const encodeFloats = (values: Float32Array): string => Buffer.concat([...encodedPieces(values)]).toString("latin1");

describe("float32 as base64", () => {
  test("is the base64 of the little-endian bytes", () => {
    expect(encodeFloats(Float32Array.of(1))).toBe("AACAPw==");
    expect(encodeFloats(Float32Array.of(1, -2.5))).toBe("AACAPwAAIMA=");
    expect(encodeFloats(new Float32Array(0))).toBe("");
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 50 }), (values) => {
        expect(encodeFloats(values)).toBe(
          Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64"),
        );
      }),
    );
  });

  test("keeps every bit, NaN payloads and −0 too", () => {
    const bits = Uint32Array.of(0x7fc0_0001, 0x7f80_0001, 0xffc1_2345, 0x8000_0000, 0x7f80_0000, 0xff80_0000, 1);
    const decoded = decodeFloats(encodeFloats(new Float32Array(bits.buffer)));
    expect(new Uint32Array(decoded?.buffer ?? new ArrayBuffer(0))).toEqual(bits);
  });

  test.each([196_607, 196_608, 196_609, 393_218])("%i values, more than are encoded at a time", (length) => {
    const values = Float32Array.from({ length }, (_, index) => index / 7);
    const text = encodeFloats(values);
    expect(text === Buffer.from(values.buffer).toString("base64")).toBe(true);
    const decoded = decodeFloats(text);
    expect(Buffer.from(decoded?.buffer ?? new ArrayBuffer(0)).equals(Buffer.from(values.buffer))).toBe(true);
  });

  test("a view on a part of a buffer", () => {
    const whole = Float32Array.of(9, 1, 9);
    expect(encodeFloats(whole.subarray(1, 2))).toBe("AACAPw==");
  });

  test.each(["AACAPw=", "AACAP===", "AACA Pw=", "AACAPw", "AAC*Pw==", "AA==", "AAéAPw==", "=AACAPw="])(
    "%s is refused",
    (text) => {
      expect(decodeFloats(text)).toBeNull();
    },
  );
});
