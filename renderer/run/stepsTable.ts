/** Loss and score of every step that was trained, as numbers. */
import type { Cell, ChartColumn, ChartTable } from "../charts/chartTable.ts";
import { formatCount, formatLoss, formatPercent, formatR2 } from "../charts/format.ts";
import type { RunHistory } from "./runHistory.ts";

const columnsOf = (hasTargets: boolean, hasValidation: boolean): readonly ChartColumn[] => {
  const format = hasTargets ? formatR2 : (score: number) => formatPercent(score, 2);
  const score = hasTargets ? "R²" : "Accuracy";
  const pair = (id: string, group: string, isShown: boolean): readonly ChartColumn[] => [
    { id: `${id}loss`, title: isShown ? "Loss" : null, group, format: formatLoss },
    { id: `${id}score`, title: isShown ? score : null, group, format },
  ];
  return [
    { id: "step", title: "Step", format: formatCount },
    ...pair("", "Batch", true),
    { id: "epoch", title: "Epoch", format: formatCount },
    ...pair("test_", "Test", true),
    ...pair("validation_", "Validation", hasValidation),
  ];
};

/**
 * A row for each step from `from` to `to`, by default all: loss and score of its batch (accuracy from 0 to 1, or R²), and what was measured
 * at the end of an epoch.
 */
export const stepsTable = (
  history: Pick<RunHistory, "loss" | "score" | "numSteps" | "epochs" | "hasTargets">,
  from = 1,
  to = history.numSteps,
): ChartTable => {
  const ends = new Map(history.epochs.map((epoch) => [epoch.step, epoch]));
  const cell = (value: number | undefined): Cell => (value === undefined || Number.isNaN(value) ? null : value);
  const rows: Cell[][] = [];
  for (let step = from; step <= to; step += 1) {
    const end = ends.get(step);
    rows.push([
      ...[step, cell(history.loss[step - 1]), cell(history.score[step - 1]), end?.epoch ?? null],
      ...[cell(end?.testLoss), cell(end?.testScore)],
      ...[cell(end?.validation?.loss), cell(end?.validation?.score)],
    ]);
  }
  const hasValidation = history.epochs.some(({ validation }) => validation !== null);
  return { columns: columnsOf(history.hasTargets, hasValidation), rows };
};
