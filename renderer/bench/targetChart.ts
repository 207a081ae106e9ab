/** Target against prediction: a point for each test sample, and the line on which both are the same. */
import type { TestEvaluation } from "../../engine/protocol.ts";
import type { ChartTable } from "../charts/chartTable.ts";
import { chartColors } from "../charts/colors.ts";
import { formatReadout } from "../charts/format.ts";
import type { Pen } from "../charts/pen.ts";

const LEFT = 48;
const BOTTOM = 32;
const TOP = 8;
const RIGHT = 12;
/** Of the range, free on both sides. */
const AIR = 0.05;

/** Numbers of a target. */
export const targetWidthOf = ({ worst }: Pick<TestEvaluation, "worst">): number => worst[0]?.actual.length ?? 1;

export interface TargetPoint {
  readonly target: number;
  readonly prediction: number;
}

/** Of one number of the targets. */
export const pointsOf = ({ pairs, worst }: TestEvaluation, output: number): readonly TargetPoint[] => {
  const width = targetWidthOf({ worst });
  const values = new Float32Array(pairs ?? new ArrayBuffer(0));
  return Array.from({ length: values.length / 2 / width }, (_, sample) => {
    const at = 2 * (sample * width + output);
    return { target: values[at] ?? Number.NaN, prediction: values[at + 1] ?? Number.NaN };
  });
};

export const pairsTable = (evaluation: TestEvaluation): ChartTable => {
  const width = targetWidthOf(evaluation);
  const outputs = Array.from({ length: width }, (_, output) => pointsOf(evaluation, output));
  const named = (name: string, output: number): string => (width === 1 ? name : `${name}_${output + 1}`);
  const titleOf = (name: string, output: number): string => {
    const title = name === "target" ? "Target" : "Prediction";
    return width === 1 ? title : `${title} ${output + 1}`;
  };
  return {
    columns: outputs.flatMap((_, output) =>
      ["target", "prediction"].map((name) => ({ id: named(name, output), title: titleOf(name, output) })),
    ),
    rows: (outputs[0] ?? []).map((_, sample) =>
      outputs.flatMap((points) => [points[sample]?.target ?? null, points[sample]?.prediction ?? null]),
    ),
  };
};

/** Both axes have one range, so that the diagonal is the net that is always right. */
export const drawTargets = (pen: Pen, points: readonly TargetPoint[], width: number, height: number): void => {
  const colors = chartColors();
  const finite = points.filter(({ target, prediction }) => Number.isFinite(target) && Number.isFinite(prediction));
  const values = finite.flatMap(({ target, prediction }) => [target, prediction]);
  const least = values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const most = values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  if (finite.length === 0) return;
  const air = AIR * (most - least || 1);
  const [low, high] = [least - air, most + air];
  const size = Math.min(width - LEFT - RIGHT, height - TOP - BOTTOM);
  const toX = (value: number): number => LEFT + (size * (value - low)) / (high - low);
  const toY = (value: number): number => TOP + size * (1 - (value - low) / (high - low));
  for (const tick of [least, (least + most) / 2, most]) {
    pen.rect(LEFT, Math.round(toY(tick)), size, 1, colors.lineFaint);
    pen.rect(Math.round(toX(tick)), TOP, 1, size, colors.lineFaint);
    pen.text(LEFT - 6, toY(tick), formatReadout(tick), { color: colors.text3, align: "right" });
    pen.text(toX(tick), TOP + size + 10, formatReadout(tick), { color: colors.text3, align: "center" });
  }
  pen.text(LEFT + size / 2, TOP + size + 25, "Target", { color: colors.text2, align: "center" });
  pen.text(LEFT + 6, TOP + 8, "Prediction", { color: colors.text2, align: "left" });
  const line = [toX(low), toY(low), toX(high), toY(high)];
  pen.line(line, { color: colors.lineStrong, width: 1, dash: [4, 3] });
  const radius = finite.length > 1000 ? 1.5 : 2.5;
  for (const { target, prediction } of finite) {
    pen.dot(toX(target), toY(prediction), radius, { fill: colors.trace, stroke: colors.trace, width: 0 });
  }
};
