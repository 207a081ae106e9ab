/** Values as colours: 0 is the background, positive values go to one colour and negative ones to another. */
import { type ChartColors, chartColors, parseColor, type Rgb } from "../charts/colors.ts";

const token = (name: string): Rgb =>
  parseColor(getComputedStyle(document.documentElement).getPropertyValue(name)) ?? {
    red: 0,
    green: 0,
    blue: 0,
    alpha: 1,
  };

interface Ends {
  readonly revision: number;
  readonly zero: Rgb;
  readonly positive: Rgb;
  readonly negative: Rgb;
}

let ends: Ends | null = null;

const endsOf = ({ revision }: ChartColors): Ends => {
  if (ends?.revision !== revision) {
    ends = { revision, zero: token("--sunken"), positive: token("--std-0"), negative: token("--std-8") };
  }
  return ends;
};

/** Writes RGBA of `values` into `pixels`; `limit` and −`limit` have the full colours. What is not finite is see-through. */
export const paintValues = (values: Float32Array, limit: number, pixels: Uint8ClampedArray): void => {
  const { zero, positive, negative } = endsOf(chartColors());
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    const end = value < 0 ? negative : positive;
    const share = limit === 0 ? 0 : Math.min(1, Math.abs(value) / limit);
    pixels[4 * at] = zero.red + share * (end.red - zero.red);
    pixels[4 * at + 1] = zero.green + share * (end.green - zero.green);
    pixels[4 * at + 2] = zero.blue + share * (end.blue - zero.blue);
    pixels[4 * at + 3] = Number.isFinite(value) ? 255 : 0;
  }
};
