/**
 * Numbers as the whole page writes them: thousands with a comma, from 100,000 three digits and k, M, G; a true minus; a no-break
 * space before `%` and units; `?` for unknown, `–` for none, `not finite` for NaN and infinities.
 */
import { pluralOf } from "../../engine/index.ts";

export const MINUS = "\u2212";
export const NO_BREAK_SPACE = "\u00a0";
export const UNKNOWN = "?";
export const NONE = "\u2013";
export const NOT_FINITE = "not finite";

/** A sentence with its numbers and units in one piece: a line never ends after the 4 of `4 GiB`. */
export const keepUnits = (sentence: string): string =>
  sentence.replace(/(\d) (?=(?:[KMGT]iB|[kMGT]?B|bytes|px|ms|%)(?![\w]))/g, `$1${NO_BREAK_SPACE}`);

const withThousands = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** `−1,312.50`. A value that rounds to zero has no sign. */
export const formatFixed = (value: number, decimals: number): string => {
  if (!Number.isFinite(value)) return NOT_FINITE;
  const text = Math.abs(value).toFixed(decimals);
  if (text.includes("e")) return formatExponent(value);
  const [whole = "0", fraction] = text.split(".");
  const sign = value < 0 && /[1-9]/.test(text) ? MINUS : "";
  return sign + withThousands(whole) + (fraction === undefined ? "" : `.${fraction}`);
};

/** `5e−4`, `1.3e12`: at most one decimal in the mantissa. */
export const formatExponent = (value: number): string => {
  if (!Number.isFinite(value)) return NOT_FINITE;
  const [mantissa = "0", exponent = "+0"] = Math.abs(value).toExponential(1).split("e");
  const power = exponent.replace("+", "").replace("-", MINUS);
  return `${value < 0 ? MINUS : ""}${mantissa.replace(/\.0$/, "")}e${power}`;
};

/** A number that somebody set, exact: `0.001`, `1e−5`, `1,000,000`. */
export const formatSetting = (value: number): string => {
  if (!Number.isFinite(value)) return NOT_FINITE;
  const magnitude = Math.abs(value);
  const isShort = magnitude === 0 || (magnitude >= 1e-4 && magnitude < 1e15);
  const text = isShort ? String(magnitude) : magnitude.toExponential().replace("e+", "e").replace("e-", `e${MINUS}`);
  const [whole = "0", fraction] = text.split(".");
  return (value < 0 ? MINUS : "") + withThousands(whole) + (fraction === undefined ? "" : `.${fraction}`);
};

/** A count of things, exact: `102,528`. Null is unknown. */
export const formatCount = (count: number | null): string => (count === null ? UNKNOWN : formatFixed(count, 0));

const QUANTITY_UNITS = [
  { factor: 1e12, unit: "T" },
  { factor: 1e9, unit: "G" },
  { factor: 1e6, unit: "M" },
  { factor: 1e3, unit: "k" },
] as const;

/** 2,025,000 is 2.03 M: the nudge makes a decimal half round up although its binary value lies just below. */
const threeDigits = (exact: number): string => {
  const value = exact * (1 + 1e-12);
  const magnitude = Math.abs(value);
  return formatFixed(value, magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0);
};

/** A large amount: `1,280`, from 100,000 three digits with k, M, G: `122 k`, `2.03 M`. Null is unknown. */
export const formatQuantity = (amount: number | null): string => {
  if (amount === null) return UNKNOWN;
  if (!Number.isFinite(amount)) return NOT_FINITE;
  const magnitude = Math.abs(amount);
  if (magnitude < 99_999.5) return formatFixed(amount, 0);
  for (const { factor, unit } of QUANTITY_UNITS) {
    // 999.5 k would be written 1,000 k, so the next unit starts there.
    if (magnitude >= factor * 0.9995) return `${threeDigits(amount / factor)}${NO_BREAK_SPACE}${unit}`;
  }
  return formatFixed(amount, 0);
};

const BYTE_UNITS = ["kB", "MB", "GB", "TB"] as const;

/** `1,020 bytes`, `3.21 MB` (units of 1,000). */
export const formatBytes = (bytes: number | null): string => {
  if (bytes === null) return UNKNOWN;
  if (!Number.isFinite(bytes)) return NOT_FINITE;
  if (bytes < 10_000) return `${formatFixed(bytes, 0)}${NO_BREAK_SPACE}${bytes === 1 ? "byte" : "bytes"}`;
  let scaled = bytes / 1000;
  let unit = 0;
  while (scaled >= 999.5 && unit < BYTE_UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${threeDigits(scaled)}${NO_BREAK_SPACE}${BYTE_UNITS[unit]}`;
};

/**
 * A readout beside a strip: 2 decimals, more for a signal so small that they would hide it, fewer for large ones.
 * `scale` is the size that decides (the std, for a mean): `0.00` is a fine mean at std 1 but says nothing at std 0.001.
 */
export const formatReadout = (value: number, scale: number = value): string => {
  if (!Number.isFinite(value)) return NOT_FINITE;
  const magnitude = Number.isFinite(scale) ? Math.max(Math.abs(value), Math.abs(scale)) : Math.abs(value);
  if (magnitude === 0) return formatFixed(0, 2);
  if (magnitude >= 1e7) return formatExponent(value);
  if (magnitude >= 99_999.5) return formatQuantity(value);
  if (magnitude >= 999.5) return formatFixed(value, 0);
  if (magnitude >= 99.95) return formatFixed(value, 1);
  if (magnitude >= 0.0995) return formatFixed(value, 2);
  if (magnitude >= 0.00095) return formatFixed(value, 3);
  return value === 0 ? "0" : formatExponent(value);
};

/** `0.931`; of a poor prediction `−1.7`, of one that has nothing to do with its targets `−1.5e5`. */
export const formatR2 = (r2: number): string => {
  if (!Number.isFinite(r2)) return NONE;
  return r2 <= -999.95 ? formatExponent(r2) : formatFixed(r2, r2 > -1 ? 3 : 1);
};

/** A loss: 4 decimals, `0.0293`. */
export const formatLoss = (loss: number, decimals = 4): string => {
  if (!Number.isFinite(loss)) return NOT_FINITE;
  const magnitude = Math.abs(loss);
  if (magnitude !== 0 && magnitude < 0.5 * 10 ** -decimals) return formatExponent(loss);
  if (magnitude >= 99_999.5) return formatReadout(loss);
  return formatFixed(loss, decimals);
};

/** A share of 0 to 1 in percent: `99.2 %`. Never rounds up to 100 or down to 0 what is not quite there. */
export const formatPercent = (share: number, decimals = 1): string => formatHundredths(share, decimals, "%");

/** The difference of two shares. */
export const formatPoints = (share: number, decimals = 1): string => formatHundredths(share, decimals, "points");

const formatHundredths = (share: number, decimals: number, unitWord: string): string => {
  if (!Number.isFinite(share)) return NOT_FINITE;
  const percent = share * 100;
  const unit = 10 ** -decimals;
  let shown = percent;
  if (percent < 100 && percent >= 100 - unit / 2) shown = 100 - unit;
  else if (percent > 0 && percent < unit / 2)
    return `<${NO_BREAK_SPACE}${formatFixed(unit, decimals)}${NO_BREAK_SPACE}${unitWord}`;
  return `${formatFixed(shown, decimals)}${NO_BREAK_SPACE}${unitWord}`;
};

/** Time as a clock: `0:19`, `1:04:10`. */
export const formatDuration = (seconds: number): string => {
  if (!Number.isFinite(seconds)) return UNKNOWN;
  const whole = Math.max(0, Math.round(seconds));
  const twoDigits = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = twoDigits(whole % 60);
  return hours > 0 ? `${withThousands(String(hours))}:${twoDigits(minutes)}:${rest}` : `${minutes}:${rest}`;
};

/** A tick or the end of a range, as short as it goes: `−5`, `3.5`, `0.02`, `5e−4`. At most `digits` significant digits. */
export const formatShort = (value: number, digits = 2): string => {
  if (!Number.isFinite(value)) return NOT_FINITE;
  const magnitude = Math.abs(value);
  if (magnitude === 0) return "0";
  if (magnitude < 0.000_95 || magnitude >= 1e7) return formatExponent(value);
  if (magnitude >= 99_999.5) return formatQuantity(value);
  const rounded = Number(magnitude >= 10 ** digits ? value.toFixed(0) : value.toPrecision(digits));
  const decimals = (String(Math.abs(rounded)).split(".")[1] ?? "").length;
  return formatFixed(rounded, decimals);
};

/** Of the length of an axis: what rounding may move one of its numbers by. */
const AXIS_TOLERANCE = 0.02;

/** A number at an axis from `low` to `high`, as short as it goes there: `0.96` and `1.04`, where two digits would write `0.96` and `1`. */
export const formatOnAxis = (value: number, low: number, high: number): string => {
  const tolerance = AXIS_TOLERANCE * Math.abs(high - low);
  let digits = 2;
  while (digits < 5 && Math.abs(Number(value.toPrecision(digits)) - value) > tolerance) digits += 1;
  return formatShort(value, digits);
};

/** A range of values: `−5 … 4`, and `±4` when it is symmetric. */
export const formatRange = (low: number, high: number): string => {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return NOT_FINITE;
  const [from, to] = [formatOnAxis(low, low, high), formatOnAxis(high, low, high)];
  if (low < 0 && from === `${MINUS}${to}`) return `±${to}`;
  return `${from}${NO_BREAK_SPACE}…${NO_BREAK_SPACE}${to}`;
};

/** `1 weight`, `25,050 weights`. From a million three digits and M, G; null is unknown: `weights unknown`. */
export const formatCounted = (count: number | null, noun: string): string => {
  if (count === null) return `${pluralOf(noun)} unknown`;
  const text = Math.abs(count) >= 1e6 ? formatQuantity(count) : formatCount(count);
  return `${text}${NO_BREAK_SPACE}${count === 1 ? noun : pluralOf(noun)}`;
};
