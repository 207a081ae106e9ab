/** Runs side by side in numbers: the settings that they differ in, and what each reached. Pure. */
import {
  compareDocuments,
  type DifferingSetting,
  type DocumentDifference,
  differingSettings,
} from "../../engine/index.ts";
import type { ChartColumn, ChartTable } from "../charts/chartTable.ts";
import { formatCount, formatDuration, formatLoss, formatPercent, formatR2 } from "../charts/format.ts";
import type { ComparedRun } from "./comparedRun.ts";

/** More columns than that are read as sentences. */
const MAX_COLUMNS = 5;

/** What each later run differs in from the first. */
export const differencesOf = (runs: readonly ComparedRun[]): readonly (readonly DocumentDifference[])[] => {
  const [first, ...rest] = runs;
  return rest.map(({ document }) => (first?.document && document ? compareDocuments(first.document, document) : []));
};

/** None where the document of a run can't be read. */
const settingsOf = (runs: readonly ComparedRun[]): readonly DifferingSetting[] => {
  const documents = runs.flatMap(({ document }) => document ?? []);
  return documents.length === runs.length ? differingSettings(documents) : [];
};

const bestOf = (values: readonly number[]): number | null => {
  const known = values.filter(Number.isFinite);
  return known.length === 0 ? null : Math.max(...known);
};

const secondsOf = ({ ended, epochs }: ComparedRun): number | null => {
  const elapsedMs = ended.type === "finished" ? ended.elapsedMs : epochs.at(-1)?.elapsedMs;
  return elapsedMs === undefined ? null : elapsedMs / 1000;
};

const endWords = ({ ended }: ComparedRun): string => {
  if (ended.type === "finished") return ended.stopped ? "stopped" : "finished";
  return ended.failure.reason === "diverged" ? `diverged at step ${formatCount(ended.failure.step)}` : "failed";
};

const known = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value);

/** A row for each run. */
export const comparedTable = (runs: readonly ComparedRun[]): ChartTable => {
  const settings = settingsOf(runs).slice(0, MAX_COLUMNS);
  const hasTargets = runs[0]?.history.hasTargets === true;
  const format = hasTargets ? formatR2 : (score: number) => formatPercent(score, 2);
  const score = hasTargets ? "R²" : "accuracy";
  // Names of nodes are written as they are.
  const names = runs.flatMap(({ document }) => document?.nodes.map(({ id, name }) => name || id) ?? []);
  const beginsWithName = (title: string): boolean => names.some((name) => title.startsWith(name));
  const columns: readonly ChartColumn[] = [
    { id: "run", title: "Run" },
    ...settings.map(({ title }) => ({
      id: title.replaceAll(" ", "_"),
      title: beginsWithName(title) ? title : title.charAt(0).toUpperCase() + title.slice(1),
    })),
    { id: "best_test_score", title: `Best test ${score}`, format },
    { id: "final_test_score", title: `Final test ${score}`, format },
    { id: "final_train_score", title: `Final training ${score}`, format },
    { id: "final_test_loss", title: "Test loss", format: formatLoss },
    { id: "final_train_loss", title: "Training loss", format: formatLoss },
    { id: "steps", title: "Steps", format: formatCount },
    { id: "seconds", title: "Time", format: formatDuration },
    { id: "seed", title: "Seed", format: String },
    { id: "end", title: "End" },
  ];
  const rows = runs.map((run, index) => {
    const { history, document } = run;
    const last = history.epochs.at(-1);
    return [
      ...[run.name, ...settings.map(({ values }) => values[index] ?? null)],
      ...[bestOf(history.epochs.map(({ testScore }) => testScore)), known(last?.testScore), known(last?.trainScore)],
      ...[known(last?.testLoss), known(last?.loss), history.numSteps, secondsOf(run)],
      ...[document?.training.seed ?? null, endWords(run)],
    ];
  });
  return { columns, rows };
};
