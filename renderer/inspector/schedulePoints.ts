/** The learning rate over a run: its points, their table, and the chart for a page. */
import { counted, scheduleFactor, type TrainingSettings } from "../../engine/index.ts";
import type { ChartTable } from "../charts/chartTable.ts";
import type { ChartColors } from "../charts/colors.ts";
import { formatCount, formatFixed, formatShort } from "../charts/format.ts";
import { type PagePen, widthOfText } from "../charts/pen.ts";
import { linearScale, linearTicks } from "../charts/scale.ts";

/** Points that are drawn; a run has more steps, but no more pixels. */
const NUM_POINTS = 336;
/** Rows of the table on screen; the CSV has all points. */
const NUM_ROWS = 24;

export interface SchedulePoint {
  /** From 1; null: nobody knows how many steps an epoch has. */
  readonly step: number | null;
  /** How far the run is after the step. */
  readonly epoch: number;
  readonly rate: number;
}

/** Steps of an epoch by the samples that are left to train on. */
const stepsOfEpoch = ({ batchSize, validation }: TrainingSettings, trainCount: number): number => {
  // As the trainer counts: at least one sample stays on either side.
  const share = validation !== null && "share" in validation ? Math.round(validation.share * trainCount) : 1;
  const setApart = validation === null ? 0 : "count" in validation ? validation.count : Math.max(1, share);
  return Math.max(1, Math.ceil(Math.max(1, trainCount - setApart) / batchSize));
};

/** The rate at evenly spaced steps, the first and the last included. `trainCount`: samples of the training set; null: not known. */
export const schedulePoints = (training: TrainingSettings, trainCount: number | null): readonly SchedulePoint[] => {
  const { learningRate, schedule, warmupEpochs, epochs } = training;
  // Where the steps are not known, as many as make the run this long: the shape is the same.
  const stepsPerEpoch =
    trainCount === null ? Math.max(1, Math.round(NUM_POINTS / epochs)) : stepsOfEpoch(training, trainCount);
  const totalSteps = stepsPerEpoch * epochs;
  const numPoints = Math.min(NUM_POINTS, totalSteps);
  return Array.from({ length: numPoints }, (_, index) => {
    const step = numPoints === 1 ? 1 : 1 + Math.round((index * (totalSteps - 1)) / (numPoints - 1));
    const factor = scheduleFactor({ schedule, warmupEpochs, step, totalSteps, stepsPerEpoch });
    return { step: trainCount === null ? null : step, epoch: step / stepsPerEpoch, rate: learningRate * factor };
  });
};

/** All points, or as many of them as anyone reads. */
export const scheduleTable = (points: readonly SchedulePoint[], extent: "all" | "some"): ChartTable => {
  const last = points.length - 1;
  const stride = extent === "all" ? 1 : Math.max(1, Math.ceil(last / (NUM_ROWS - 1)));
  const rows = points.filter((_, index) => index % stride === 0 || index === last);
  return {
    columns: [
      { id: "epoch", title: "Epoch", format: (epoch) => formatFixed(epoch, 2) },
      { id: "step", title: points.some(({ step }) => step !== null) ? "Step" : null, format: formatCount },
      { id: "learning_rate", title: "Learning rate", format: formatShort },
    ],
    rows: rows.map(({ epoch, step, rate }) => [epoch, step, rate]),
  };
};

const LEFT = 56;
const RIGHT = 16;
const TOP = 44;
const BOTTOM = 28;

export const SCHEDULE_PICTURE = { width: 640, height: 280 };

/** A page of its own, with axes. */
export const drawSchedule = (
  pen: PagePen,
  points: readonly SchedulePoint[],
  { epochs, colors }: { readonly epochs: number; readonly colors: ChartColors },
): void => {
  const width = SCHEDULE_PICTURE.width - LEFT - RIGHT;
  const height = SCHEDULE_PICTURE.height - TOP - BOTTOM;
  const highest = Math.max(...points.map(({ rate }) => rate));
  const x = linearScale(0, epochs, 0, width);
  const y = linearScale(0, highest, height, 0);
  const title = { color: colors.text, size: 13, weight: 600 };
  pen.label(16, 20, `Learning rate over ${counted(epochs, "epoch")}`, title);
  pen.moveTo(LEFT, TOP);
  for (const tick of linearTicks(0, highest, 5)) {
    const at = Math.round(y.toPixel(tick));
    pen.rect(0, at, width, 1, colors.lineFaint);
    pen.text(-6, at, formatShort(tick), { color: colors.text3, align: "right" });
  }
  pen.rect(0, height, width, 1, colors.lineStrong);
  const end = `epoch ${formatCount(epochs)}`;
  const room = width - widthOfText(end) - 12;
  for (const tick of linearTicks(0, epochs, 6)) {
    const isFree = Number.isInteger(tick) && x.toPixel(tick) < room;
    if (isFree) pen.text(x.toPixel(tick), height + 14, formatCount(tick), { color: colors.text3, align: "center" });
  }
  pen.text(width, height + 14, end, { color: colors.text3, align: "right" });
  pen.line(
    points.flatMap(({ epoch, rate }) => [x.toPixel(epoch), y.toPixel(rate)]),
    { color: colors.trace, width: 1.5 },
  );
};
