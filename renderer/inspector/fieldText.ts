/** Values as text in fields and back. Reading is generous: `5`, `5x5`, `5 × 5`, `1,000`, `−2`, `1e-5`. */
import { counted } from "../../engine/index.ts";
import type { NumberBounds } from "./paramControls.ts";

export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Exponents only where the digits would be many: `0.001`, `1e-5`. The hyphen can be typed back. */
export const writeNumber = (value: number): string => {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e15)) return value.toExponential().replace("e+", "e");
  return String(value);
};

export const readNumber = (text: string): Reading<number> => {
  const plain = text
    .trim()
    .replaceAll("−", "-")
    .replace(/(\d),(?=\d{3}(\D|$))/g, "$1")
    .replaceAll(" ", "");
  const value = Number(plain);
  if (plain === "" || Number.isNaN(value)) {
    return { ok: false, problem: text.trim() === "" ? "Type a number." : `"${text.trim()}" is not a number.` };
  }
  return { ok: true, value };
};

export const writeNumbers = (values: readonly number[]): string => values.map(writeNumber).join(" × ");

/** Numbers separated by ×, x, comma or space. */
export const readNumbers = (text: string): Reading<readonly number[]> => {
  const parts = text.trim().split(/\s*[×x*,;]\s*|\s+/i);
  const values: number[] = [];
  for (const part of parts) {
    const reading = readNumber(part);
    if (!reading.ok) return reading;
    values.push(reading.value);
  }
  return { ok: true, value: values };
};

/** `5` means `5 × 5`. */
export const readPair = (text: string): Reading<readonly [number, number]> => {
  const reading = readNumbers(text);
  if (!reading.ok) return reading;
  const [first, second = first] = reading.value;
  if (reading.value.length > 2 || first === undefined || second === undefined) {
    return {
      ok: false,
      problem: `"${text.trim()}" is ${counted(reading.value.length, "number")}, expected 2: height × width.`,
    };
  }
  return { ok: true, value: [first, second] };
};

const LADDER = [1, 2, 5] as const;

/** The next rung of 1, 2, 5, 10, 20 … above or below a positive value. */
const nextRung = (value: number, direction: 1 | -1): number => {
  if (value <= 0) return direction === 1 ? 1e-4 : value;
  const exponent = Math.floor(Math.log10(value));
  const rungs: number[] = [];
  for (let power = exponent - 1; power <= exponent + 1; power += 1) {
    for (const mantissa of LADDER) rungs.push(Number(`${mantissa}e${power}`));
  }
  const tolerance = value * 1e-9;
  return (
    (direction === 1
      ? rungs.find((rung) => rung > value + tolerance)
      : rungs.findLast((rung) => rung < value - tolerance)) ?? value
  );
};

const clamp = (value: number, { min, max }: NumberBounds): number =>
  Math.min(max ?? Number.POSITIVE_INFINITY, Math.max(min ?? Number.NEGATIVE_INFINITY, value));

/** One step up or down: 1 for whole numbers, 0.01 for shares, else along 1, 2, 5; ten times as far with `far`. */
export const nudgeNumber = (value: number, direction: 1 | -1, far: boolean, bounds: NumberBounds): number => {
  if (bounds.integer) return clamp(Math.round(value) + direction * (far ? 10 : 1), bounds);
  const isShare = !bounds.positive && bounds.min === 0 && bounds.max !== null && bounds.max <= 1;
  if (isShare) return clamp(Number((value + direction * (far ? 0.1 : 0.01)).toFixed(6)), bounds);
  if (far) return clamp(Number((value * 10 ** direction).toPrecision(12)), bounds);
  return clamp(nextRung(value, direction), bounds);
};
