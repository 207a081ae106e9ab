/** The small multiples: a cell for each swept value, a line for each variant. */
import type { ChartColors } from "../charts/colors.ts";
import { formatShort } from "../charts/format.ts";
import { type PagePen, widthOfText } from "../charts/pen.ts";
import { linearScale, linearTicks, type Scale } from "../charts/scale.ts";
import { bandOf, colorOf, drawStyled } from "../library/runStyle.ts";
import { type CurveCell, type CurveLine, curveRange } from "./curveCells.ts";
import { type CurveLayout, cellPlace, GUTTER, type ValueAxis, valueAxis } from "./curveLayout.ts";
import { type EndLabel, placeEndLabels, spreadApart } from "./endLabels.ts";
import { fitText } from "./fitText.ts";
import { drawCross } from "./markers.ts";
import { litAmong } from "./nearestLines.ts";
import { type CurveId, formatCurve, isShare } from "./runMetrics.ts";
import type { StudyModel } from "./studyModel.ts";

export interface CurvesCall {
  readonly model: StudyModel;
  readonly cells: readonly CurveCell[];
  readonly curve: CurveId;
  readonly numEpochs: number;
  readonly layout: CurveLayout;
  /** The line that is pointed at: the others are faint. */
  readonly lit?: string | null;
  readonly colors: ChartColors;
}

const divergedWords = ({ divergences, runs }: CurveLine): string =>
  runs.length === 1 ? "diverged" : `${divergences.length} of ${runs.length} diverged`;

/** px between names. */
const NAME_GAP = 14;

const LABEL = { size: 10, weight: 450 } as const;

/** More labels than that are a blot: the legend tells. */
const MOST_LABELS = 4;

const kindOf = (curve: CurveId, model: StudyModel): "share" | "r2" | "loss" =>
  curve === "loss" ? "loss" : isShare(curve, model) ? "share" : "r2";

export const curvesAxis = ({ model, cells, curve, layout }: Omit<CurvesCall, "colors">): ValueAxis =>
  valueAxis(curveRange(cells), kindOf(curve, model), layout.plotHeight, 0);

/** From epoch 0, but for a few epochs from the first. */
export const epochScale = (numEpochs: number, width: number) =>
  linearScale(numEpochs > 1 && numEpochs < 6 ? 1 : 0, numEpochs, 0, width);

const drawLine = (pen: PagePen, call: CurvesCall, line: CurveLine, axis: ValueAxis): void => {
  const { colors, layout, numEpochs } = call;
  const epochs = epochScale(numEpochs, layout.cellWidth);
  const clamp = (y: number): number => Math.min(layout.plotHeight, Math.max(0, y));
  const { points, variant } = line;
  const isFaint = isOther(call, line);
  if (points.some(({ count }) => count > 1) && !isFaint) {
    const upper = points.flatMap(({ epoch, mean, std }) => [
      epochs.toPixel(epoch),
      clamp(axis.scale.toPixel(mean + std)),
    ]);
    const lower = points
      .toReversed()
      .flatMap(({ epoch, mean, std }) => [epochs.toPixel(epoch), clamp(axis.scale.toPixel(mean - std))]);
    pen.area([...upper, ...lower], bandOf(colors, variant.style));
  }
  const path = points.flatMap(({ epoch, mean }) => [epochs.toPixel(epoch), clamp(axis.scale.toPixel(mean))]);
  if (points.length === 1) {
    const color = isFaint ? colors.lineStrong : colorOf(colors, variant.style);
    pen.dot(path[0] ?? 0, path[1] ?? 0, 2, { fill: color, stroke: color });
  } else if (isFaint) pen.line(path, { color: colors.lineStrong, width: 1 });
  else drawStyled(pen, path, colors, { style: variant.style, width: call.lit === variant.key ? 2.5 : 1.5 });
};

/** Whether another line is pointed at. */
const isOther = ({ lit = null }: CurvesCall, { variant }: CurveLine): boolean => lit !== null && lit !== variant.key;

/** Values of a line from a px to its end, and where it comes in. */
const stretchFrom = ({ points }: CurveLine, epochs: Scale, from: number): readonly number[] => {
  const first = points.findIndex(({ epoch }) => epochs.toPixel(epoch) >= from);
  if (first === -1) return [];
  const [before, after] = [points[first - 1], points[first]];
  const means = points.slice(first).map(({ mean }) => mean);
  if (before === undefined || after === undefined) return means;
  const share = (epochs.toValue(from) - before.epoch) / (after.epoch - before.epoch);
  return [before.mean + share * (after.mean - before.mean), ...means];
};

/** Beside the only cell there is room to name its lines at their ends. */
const drawNames = (
  pen: PagePen,
  { model, curve, layout, colors }: CurvesCall,
  cell: CurveCell,
  axis: ValueAxis,
): void => {
  const named = cell.lines.flatMap((line) => {
    const end = line.points.at(-1);
    const hasDiverged = line.divergences.length === line.runs.length;
    if (end === undefined && !hasDiverged) return [];
    const value = end === undefined || hasDiverged ? divergedWords(line) : formatCurve(curve, end.mean, model);
    const y = end === undefined ? layout.plotHeight : axis.scale.toPixel(end.mean);
    return [{ line, value, y: Math.min(layout.plotHeight, Math.max(0, y)) }];
  });
  const places = spreadApart(
    named.map(({ y }) => y),
    4,
    layout.plotHeight - 4,
    NAME_GAP,
  );
  for (const [index, { line, value }] of named.entries()) {
    const color = colorOf(colors, line.variant.style);
    const text = fitText(line.variant.title, layout.width - layout.cellWidth - GUTTER - widthOfText(value) - 20);
    const place = places[index] ?? 0;
    pen.label(layout.cellWidth + 8, place, text === "" ? value : `${value}  ${text}`, { ...LABEL, size: 11, color });
  }
};

const drawCell = (pen: PagePen, call: CurvesCall, cell: CurveCell, axis: ValueAxis): void => {
  const { model, curve, colors, layout, numEpochs } = call;
  const epochs = epochScale(numEpochs, layout.cellWidth);
  const labels: EndLabel[] = [];
  // Faint ones lie below the one that is not.
  const lines = [...cell.lines].sort((a, b) => Number(isOther(call, b)) - Number(isOther(call, a)));
  for (const line of lines) drawLine(pen, call, line, axis);
  for (const line of lines) {
    if (isOther(call, line)) continue;
    const end = line.points.at(-1);
    for (const { epoch, value } of line.divergences) {
      const y = value === null ? layout.plotHeight - 4 : axis.scale.toPixel(value);
      drawCross(pen, Math.max(3, epochs.toPixel(epoch)), Math.max(3, Math.min(layout.plotHeight - 3, y)), colors.error);
    }
    if (line.divergences.length > 0) {
      const floor = layout.plotHeight;
      labels.push({ text: divergedWords(line), color: colors.error, line: [floor, floor] });
    }
    if (end !== undefined && line.divergences.length < line.runs.length) {
      const text = formatCurve(curve, end.mean, model);
      const color = colorOf(colors, line.variant.style);
      const yOf = (value: number): number => Math.min(layout.plotHeight, Math.max(0, axis.scale.toPixel(value)));
      const x = epochs.toPixel(end.epoch);
      if (call.cells.length > 1 && x < layout.cellWidth - widthOfText(text) - 8) {
        // It still grows: its label goes ahead of it.
        pen.label(x + 5, Math.max(4, Math.min(layout.plotHeight - 5, yOf(end.mean))), text, { ...LABEL, color });
        continue;
      }
      const pixels = stretchFrom(line, epochs, layout.cellWidth - widthOfText(text) - 8).map(yOf);
      if (pixels.length > 0) labels.push({ text, color, line: [Math.min(...pixels), Math.max(...pixels)] });
    }
  }
  if (call.cells.length === 1) {
    drawNames(pen, call, cell, axis);
    return;
  }
  if (labels.length > MOST_LABELS) return;
  const places = placeEndLabels(labels, 0, layout.plotHeight);
  for (const [index, { text, color }] of labels.entries()) {
    pen.label(layout.cellWidth, places[index] ?? 0, text, { ...LABEL, color, align: "right", halo: colors.raised });
  }
};

const TICK_GAP = 44;

/** Round ones, and the last epoch, which wins where two are close. */
const ticksOf = (epochs: Scale, width: number): readonly number[] => {
  const round = linearTicks(epochs.low, epochs.high, width < 90 ? 2 : width > 300 ? 6 : 3).filter(Number.isInteger);
  const free = round.filter((tick) => epochs.toPixel(epochs.high) - epochs.toPixel(tick) >= TICK_GAP);
  return [...free, epochs.high];
};

/** Of a cell. */
const TITLE = { size: 11, weight: 550 } as const;

/** All cells; the origin is the upper left corner. */
export const drawCurves = (pen: PagePen, given: CurvesCall, origin: readonly [number, number] = [0, 0]): void => {
  const lines = given.cells.flatMap((cell) => cell.lines);
  const drawnKey = ({ points, variant }: CurveLine) => (points.length === 0 ? null : variant.key);
  const call = { ...given, lit: litAmong(lines, given.lit, drawnKey) };
  const { model, cells, curve, colors, layout, numEpochs } = call;
  const axis = curvesAxis(call);
  const epochs = epochScale(numEpochs, layout.cellWidth);
  const epochTicks = ticksOf(epochs, layout.cellWidth);
  const write = (value: number): string =>
    kindOf(curve, model) === "share" ? formatShort(value * 100) : formatShort(value);
  for (const [index, cell] of cells.entries()) {
    const { left, top, isFirstColumn, isLastOfColumn } = cellPlace(layout, index, cells.length);
    pen.moveTo(origin[0] + left, origin[1] + top);
    if (cell.title !== "") pen.label(0, -10, cell.title, { color: colors.text, ...TITLE });
    // Once, what the titles are values of.
    if (index === 0 && model.cellAxis !== null) {
      const { title } = model.cellAxis;
      const nameLeft = widthOfText(cell.title, TITLE) + 6;
      const fits = nameLeft + widthOfText(title) <= layout.cellWidth;
      if (fits) pen.label(nameLeft, -10, title, { color: colors.text3, size: 10, weight: 400 });
    }
    for (const tick of axis.ticks) {
      const y = Math.round(axis.scale.toPixel(tick));
      const isBase = tick === axis.scale.low;
      pen.rect(0, y - (y > 0 ? 1 : 0), layout.cellWidth, 1, isBase ? colors.lineStrong : colors.lineFaint);
      if (isFirstColumn)
        pen.text(-6, Math.min(layout.plotHeight - 3, y), write(tick), { color: colors.text3, align: "right" });
    }
    drawCell(pen, call, cell, axis);
    if (!isLastOfColumn) continue;
    const isLastCell = index === cells.length - 1;
    for (const tick of epochTicks) {
      const x = epochs.toPixel(tick);
      const isEnd = x > layout.cellWidth - 8;
      const text = isEnd && isLastCell ? `epoch ${tick}` : String(tick);
      const align = isEnd ? "right" : x < 4 ? "left" : "center";
      pen.text(x, layout.plotHeight + 11, text, { color: colors.text3, align });
    }
  }
};
