import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  nudgeNumber,
  readNumber,
  readNumbers,
  readPair,
  writeNumber,
  writeNumbers,
} from "../../../renderer/inspector/fieldText.ts";

describe("numbers in fields", () => {
  it("reads back every number it writes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const reading = readNumber(writeNumber(value));
        expect(reading.ok && reading.value === value).toBe(true);
      }),
    );
  });

  it.each([
    ["50", 50],
    [" 1,000 ", 1000],
    ["−2", -2],
    ["1e-5", 0.00001],
    ["0.5", 0.5],
  ])("reads %s", (text, value) => expect(readNumber(text)).toEqual({ ok: true, value }));

  it.each([
    ["", "Type a number."],
    ["five", '"five" is not a number.'],
    ["1,0", '"1,0" is not a number.'],
  ])("says what is wrong with %j", (text, problem) => expect(readNumber(text)).toEqual({ ok: false, problem }));
});

describe("pairs", () => {
  it.each(["5x5", "5 × 5", "5,5", "5 5", "5", "5 X 5"])("reads %s as 5 × 5", (text) =>
    expect(readPair(text)).toEqual({ ok: true, value: [5, 5] }),
  );

  it("counts numbers that are too many", () =>
    expect(readPair("1×2×3")).toEqual({ ok: false, problem: '"1×2×3" is 3 numbers, expected 2: height × width.' }));

  it("writes what it reads", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9999), { minLength: 1, maxLength: 4 }), (values) => {
        expect(readNumbers(writeNumbers(values))).toEqual({ ok: true, value: values });
      }),
    );
  });
});

describe("nudging", () => {
  const whole = { integer: true, min: 1, max: 64, positive: false };
  const share = { integer: false, min: 0, max: 1, positive: false };
  const rate = { integer: false, min: 0, max: null, positive: true };

  it("moves whole numbers by 1, by 10 with Shift, and stays within bounds", () => {
    expect(nudgeNumber(5, 1, false, whole)).toBe(6);
    expect(nudgeNumber(5, 1, true, whole)).toBe(15);
    expect(nudgeNumber(1, -1, false, whole)).toBe(1);
    expect(nudgeNumber(64, 1, false, whole)).toBe(64);
  });

  it("moves shares by 0.01 without dust in the last digit", () => {
    expect(nudgeNumber(0.1, 1, false, share)).toBe(0.11);
    expect(nudgeNumber(0.3, -1, true, share)).toBe(0.2);
  });

  it("moves positive numbers along 1, 2, 5", () => {
    expect(nudgeNumber(0.001, 1, false, rate)).toBe(0.002);
    expect(nudgeNumber(0.002, 1, false, rate)).toBe(0.005);
    expect(nudgeNumber(0.001, -1, false, rate)).toBe(0.0005);
    expect(nudgeNumber(0.03, -1, false, rate)).toBe(0.02);
    expect(nudgeNumber(0.05, 1, true, rate)).toBe(0.5);
  });
});
