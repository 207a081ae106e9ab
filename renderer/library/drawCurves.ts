/** Draws the curves of several runs into one chart. */
import type { ChartColors } from "../charts/colors.ts";
import { formatShort } from "../charts/format.ts";
import { type Pen, widthOfText } from "../charts/pen.ts";
import { linearScale, linearTicks, logScale, logTicks, roundDomain, type Scale } from "../charts/scale.ts";
import { AXIS_TITLES, type AxisId, runAxis } from "./comparedAxis.ts";
import { type Curve, type CurveId, isLoss, rangeOf } from "./comparedCurves.ts";
import type { ComparedRun } from "./comparedRun.ts";
import { colorOf, lineStyle } from "./runStyle.ts";

export const GUTTER = 38;
const RIGHT = 10;
const TOP = 6;
const TICKS = 18;

export interface CurvesCall {
  readonly runs: readonly ComparedRun[];
  /** One for each run. */
  readonly curves: readonly Curve[];
  readonly id: CurveId;
  readonly axis: AxisId;
  readonly log: boolean;
  readonly width: number;
  readonly height: number;
}

/** Accuracies near 100 % are far apart on a log axis of the error, as in the timeline. */
const LOWEST_ERROR = 0.001;

const heightOf = (value: number, id: CurveId, log: boolean): number =>
  log && !isLoss(id) ? Math.max(LOWEST_ERROR, 1 - value) : value;

export const stepScale = ({ runs, axis, width }: Pick<CurvesCall, "runs" | "axis" | "width">): Scale => {
  const end = Math.max(0, ...runs.map((run) => runAxis(run, axis).end));
  return linearScale(0, end > 0 ? end : 1, GUTTER, width - RIGHT);
};

interface ValueAxis {
  readonly scale: Scale;
  readonly ticks: readonly { readonly y: number; readonly text: string }[];
}

/** Powers of ten first; over few of them also 2 and 5 times each, where there is room. */
const lossTicks = (low: number, high: number): readonly number[] => {
  const tens = logTicks(low, high, 5);
  if (high / low > 300) return tens;
  const ticks = [...tens];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    ticks.push(...[2, 5].map((mantissa) => Number(`${mantissa}e${power}`)));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
};

const ERRORS = [0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const FINER_ERRORS = [3, 4, 6, 7, 8, 1.5].flatMap((mantissa) =>
  [0.1, 0.01, 0.001].map((unit) => Number((mantissa * unit).toPrecision(2))),
);

/** Round errors; finer ones, too, where of the others there is one at most. */
export const errorTicks = (low: number, high: number): readonly number[] => {
  const isIn = (error: number): boolean => error >= low && error <= high;
  const round = ERRORS.filter(isIn);
  return round.length > 1 ? round : [...round, ...FINER_ERRORS.filter(isIn)];
};

const valueAxis = ({ runs, curves, id, log, height }: CurvesCall): ValueAxis | null => {
  const range = rangeOf(curves, log && isLoss(id));
  if (range === null) return null;
  const [bottom, top] = [height - TICKS, TOP];
  const isShare = !isLoss(id) && runs[0]?.history.hasTargets !== true;
  if (log && !isLoss(id)) {
    const worst = Math.max(heightOf(range[0], id, true), 2 * heightOf(range[1], id, true));
    const scale = logScale(
      Math.min(heightOf(range[1], id, true) / 1.3, worst / 2),
      Math.min(worst * 1.1, Math.max(1, worst)),
      top,
      bottom,
    );
    const ticks = errorTicks(scale.low, scale.high).map((error) => ({
      y: scale.toPixel(error),
      text: formatShort(isShare ? (1 - error) * 100 : 1 - error, 3),
    }));
    return { scale, ticks: spread(ticks) };
  }
  if (log) {
    const [low, high] = [range[0] / 1.15, range[1] * 1.15];
    const scale = logScale(low, high, bottom, top);
    return {
      scale,
      ticks: spread(lossTicks(low, high).map((value) => ({ y: scale.toPixel(value), text: formatShort(value) }))),
    };
  }
  const [low, high] = isShare ? [0, 1] : roundDomain(Math.min(0, range[0]), range[1]);
  const scale = linearScale(low, high, bottom, top);
  const ticks = linearTicks(low, high).map((value) => ({
    y: scale.toPixel(value),
    text: formatShort(isShare ? value * 100 : value),
  }));
  return { scale, ticks };
};

const spread = <T extends { readonly y: number }>(ticks: readonly T[]): readonly T[] => {
  const kept: T[] = [];
  for (const tick of ticks) if (kept.every(({ y }) => Math.abs(y - tick.y) >= 13)) kept.push(tick);
  return kept;
};

/** More points than pixels would only cost time: of those that share a pixel the last counts. */
const pathOf = (call: CurvesCall, index: number, x: Scale, y: Scale): number[] => {
  const { runs, curves, id, axis, log, height } = call;
  const [run, curve] = [runs[index], curves[index]];
  if (run === undefined || curve === undefined) return [];
  const { xOf } = runAxis(run, axis);
  const path: number[] = [];
  let pixel = -1;
  curve.steps.forEach((step, at) => {
    const px = x.toPixel(xOf(step));
    const value = curve.values[at] ?? Number.NaN;
    if (Number.isNaN(value)) return;
    const py = Math.min(height - TICKS, Math.max(0, y.toPixel(heightOf(value, id, log))));
    if (!curve.isPoints && Math.floor(px) === pixel) path.splice(-2);
    pixel = Math.floor(px);
    path.push(px, py);
  });
  return path;
};

const drawCross = (pen: Pen, x: number, y: number, color: string): void => {
  pen.line([x - 3, y - 3, x + 3, y + 3], { color, width: 1.5 });
  pen.line([x - 3, y + 3, x + 3, y - 3], { color, width: 1.5 });
};

export const drawCurves = (pen: Pen, call: CurvesCall, colors: ChartColors): void => {
  const { runs, axis, width, height } = call;
  const x = stepScale(call);
  const y = valueAxis(call);
  if (y === null) {
    pen.text(GUTTER, height / 2, "Not measured: no epoch has ended.", { color: colors.text3, align: "left" });
    return;
  }
  for (const { y: at, text } of y.ticks) {
    pen.rect(GUTTER, Math.round(at), width - RIGHT - GUTTER, 1, colors.lineFaint);
    pen.text(GUTTER - 6, at, text, { color: colors.text3, align: "right" });
  }
  pen.rect(GUTTER, height - TICKS, width - RIGHT - GUTTER, 1, colors.lineStrong);
  const ticks = linearTicks(x.low, x.high, width < 320 ? 3 : 5);
  ticks.forEach((tick, index) => {
    const isLast = index === ticks.length - 1;
    const text = isLast
      ? `${axis === "time" ? "" : `${AXIS_TITLES[axis]} `}${formatShort(tick)}${axis === "time" ? " s" : ""}`
      : formatShort(tick);
    const at = x.toPixel(tick);
    const isOut = at + widthOfText(text) / 2 > width - 2;
    pen.text(isOut ? width - 2 : at, height - 7, text, { color: colors.text3, align: isOut ? "right" : "center" });
  });
  runs.forEach((run, index) => {
    const path = pathOf(call, index, x, y.scale);
    if (path.length > 2) pen.line(path, lineStyle(colors, run.style, 1.5));
    const color = colorOf(colors, run.style);
    if (call.curves[index]?.isPoints && path.length <= 120) {
      for (let at = 0; at < path.length; at += 2) {
        const isFilled = run.style % 2 === 0;
        pen.dot(path[at] ?? 0, path[at + 1] ?? 0, 2.25, { fill: isFilled ? color : colors.raised, stroke: color });
      }
    }
    const isDiverged = run.ended.type === "failed" && run.ended.failure.reason === "diverged";
    if (isDiverged && path.length >= 2) drawCross(pen, path.at(-2) ?? 0, path.at(-1) ?? 0, colors.error);
  });
};
