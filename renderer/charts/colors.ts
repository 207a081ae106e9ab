/** The tokens that charts draw with, read from the CSS variables of the theme in force and kept until it changes. */

export interface ChartColors {
  /** Changes with every theme: a cheap key for "draw again". */
  readonly revision: number;
  readonly dark: boolean;
  readonly trace: string;
  readonly traceRaw: string;
  readonly traceBand: string;
  readonly traceFill: string;
  readonly accent: string;
  /** Of two that are compared: runs, or batch and running values. */
  readonly runA: string;
  readonly runB: string;
  /** Of up to six in one chart, and their bands; the first two are those above. */
  readonly runs: readonly string[];
  readonly runBands: readonly string[];
  readonly error: string;
  readonly raised: string;
  readonly sunken: string;
  readonly line: string;
  readonly lineFaint: string;
  readonly lineStrong: string;
  readonly text: string;
  readonly text2: string;
  readonly text3: string;
  readonly goodSoft: string;
  /** `--seq-0…10` as CSS colours. */
  readonly sequence: readonly string[];
  /** `RAMP_STEPS` colours from `--seq-0` to `--seq-10`, packed for a Uint32Array over little-endian RGBA pixels. */
  readonly ramp: Uint32Array;
  /** `--std-0…8` as CSS colours: log10(std) from −2 to 2. */
  readonly std: readonly string[];
}

export const RAMP_STEPS = 256;
export const NUM_SEQUENCE_STOPS = 11;
export const NUM_STD_STOPS = 9;
const RUN_LETTERS = ["a", "b", "c", "d", "e", "f"] as const;

export interface Rgb {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly alpha: number;
}

/** Reads the colour forms that tokens use: `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb(43 46 52 / .30)`, `rgba(43, 46, 52, .3)`. */
export const parseColor = (text: string): Rgb | null => {
  const trimmed = text.trim();
  if (trimmed.startsWith("#")) {
    const short = trimmed.length <= 5;
    const digits = short ? [...trimmed.slice(1)].map((digit) => digit + digit).join("") : trimmed.slice(1);
    if (!/^([0-9a-f]{6}|[0-9a-f]{8})$/i.test(digits)) return null;
    const channel = (index: number): number => Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16);
    return { red: channel(0), green: channel(1), blue: channel(2), alpha: digits.length === 8 ? channel(3) / 255 : 1 };
  }
  const inside = /^rgba?\(([^)]+)\)$/i.exec(trimmed)?.[1];
  if (inside === undefined) return null;
  const [red, green, blue, alpha = "1"] = inside.split(/[\s,/]+/).filter((part) => part !== "");
  if (red === undefined || green === undefined || blue === undefined) return null;
  const share = alpha.endsWith("%") ? Number(alpha.slice(0, -1)) / 100 : Number(alpha);
  return { red: Number(red), green: Number(green), blue: Number(blue), alpha: share };
};

const BLACK: Rgb = { red: 0, green: 0, blue: 0, alpha: 1 };

/** Interpolates the stops in sRGB; they are equal OKLab steps apart, so the error of doing so is below what a screen shows. */
export const buildRamp = (stops: readonly string[], steps = RAMP_STEPS): Uint32Array => {
  const parsed = stops.map((stop) => parseColor(stop) ?? BLACK);
  const ramp = new Uint32Array(steps);
  for (let index = 0; index < steps; index += 1) {
    const at = (index / (steps - 1)) * (parsed.length - 1);
    const lower = parsed[Math.floor(at)] ?? BLACK;
    const upper = parsed[Math.min(parsed.length - 1, Math.floor(at) + 1)] ?? BLACK;
    const share = at - Math.floor(at);
    const mix = (a: number, b: number): number => Math.round(a + (b - a) * share);
    ramp[index] =
      ((255 << 24) |
        (mix(lower.blue, upper.blue) << 16) |
        (mix(lower.green, upper.green) << 8) |
        mix(lower.red, upper.red)) >>>
      0;
  }
  return ramp;
};

/** log1p(values per 1,000 in a bin) ÷ log1p(500): where a count stands on the ramp, 0 to 1; the same in every plot. */
export const heatOf = (perThousand: number): number => Math.min(1, Math.log1p(perThousand) / Math.log1p(500));

const read = (revision: number): ChartColors => {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const sequence = Array.from({ length: NUM_SEQUENCE_STOPS }, (_, index) => token(`--seq-${index}`));
  const raised = parseColor(token("--raised")) ?? { red: 255, green: 255, blue: 255, alpha: 1 };
  return {
    revision,
    dark: raised.red + raised.green + raised.blue < 384,
    trace: token("--trace"),
    traceRaw: token("--trace-raw"),
    traceBand: token("--trace-band"),
    traceFill: token("--trace-fill"),
    accent: token("--accent"),
    runA: token("--run-a"),
    runB: token("--run-b"),
    runs: RUN_LETTERS.map((letter) => token(`--run-${letter}`)),
    runBands: RUN_LETTERS.map((letter) => token(`--run-${letter}-band`)),
    error: token("--error"),
    raised: token("--raised"),
    sunken: token("--sunken"),
    line: token("--line"),
    lineFaint: token("--line-faint"),
    lineStrong: token("--line-strong"),
    text: token("--text"),
    text2: token("--text-2"),
    text3: token("--text-3"),
    goodSoft: token("--good-soft"),
    sequence,
    ramp: buildRamp(sequence),
    std: Array.from({ length: NUM_STD_STOPS }, (_, index) => token(`--std-${index}`)),
  };
};

const greyed = (pixel: number): number => {
  const [red, green, blue] = [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255];
  const grey = Math.round(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  return ((255 << 24) | (grey << 16) | (grey << 8) | grey) >>> 0;
};

const greyColors = new WeakMap<ChartColors, ChartColors>();

/** The same colours with a grey ramp, for what was measured before an edit. */
export const withGreyRamp = (colors: ChartColors): ChartColors => {
  const known = greyColors.get(colors);
  if (known !== undefined) return known;
  const grey = { ...colors, ramp: colors.ramp.map(greyed) };
  greyColors.set(colors, grey);
  return grey;
};

let cached: ChartColors | null = null;
let revision = 0;
const listeners = new Set<() => void>();
let watching = false;

const themeChanged = (): void => {
  cached = null;
  for (const listener of [...listeners]) listener();
};

const watch = (): void => {
  if (watching) return;
  watching = true;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themeChanged);
  new MutationObserver(themeChanged).observe(document.documentElement, { attributeFilter: ["data-theme", "class"] });
};

/** The colours of the theme in force. The same object until the theme changes. */
export const chartColors = (): ChartColors => {
  watch();
  if (cached === null) {
    revision += 1;
    cached = read(revision);
  }
  return cached;
};

/** Calls back when the theme changes (data-theme on the root, or the system's); returns how to stop. */
export const subscribeTheme = (listener: () => void): (() => void) => {
  watch();
  listeners.add(listener);
  return () => listeners.delete(listener);
};
