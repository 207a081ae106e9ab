/** Runs side by side in numbers: the settings that they differ in, and what each reached. Pure. */
import { compareDocuments, type DocumentDifference } from "../../engine/index.ts";
import type { ChartColumn, ChartTable } from "../charts/chartTable.ts";
import { formatCount, formatDuration, formatLoss, formatPercent, formatR2 } from "../charts/format.ts";
import type { ComparedRun } from "./comparedRun.ts";

/** More columns than that are read as sentences. */
const MAX_COLUMNS = 5;

const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What each later run differs in from the first. */
export const differencesOf = (runs: readonly ComparedRun[]): readonly (readonly DocumentDifference[])[] => {
  const [first, ...rest] = runs;
  return rest.map(({ document }) => (first?.document && document ? compareDocuments(first.document, document) : []));
};

interface SettingColumn {
  readonly title: string;
  /** For each run. */
  readonly values: readonly (string | null)[];
}

const titleOf = (runs: readonly ComparedRun[], { nodeIds, name }: DocumentDifference): string => {
  const nodes = runs.flatMap(({ document }) => document?.nodes ?? []);
  const names = nodeIds.map((id) => nodes.find((node) => node.id === id)?.name || id);
  const some = names.length > 3 ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more` : names.join(", ");
  return [some, wordsOf(name)].filter((part) => part !== "").join(" ");
};

export const differingSettings = (runs: readonly ComparedRun[]): readonly SettingColumn[] => {
  const columns = new Map<string, { title: string; before: string | null; values: (string | null | undefined)[] }>();
  differencesOf(runs).forEach((differences, index) => {
    for (const difference of differences) {
      if (difference.about === "wiring") continue;
      const key = JSON.stringify([difference.about, difference.nodeIds, difference.name]);
      const column = columns.get(key) ?? { title: titleOf(runs, difference), before: difference.before, values: [] };
      columns.set(key, column);
      column.values[index + 1] = difference.after;
    }
  });
  return [...columns.values()].map(({ title, before, values }) => ({
    title,
    // A run that does not differ in it has what the first one has.
    values: runs.map((_, index) => (values[index] === undefined ? before : values[index])),
  }));
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
  const settings = differingSettings(runs).slice(0, MAX_COLUMNS);
  const hasTargets = runs[0]?.history.hasTargets === true;
  const format = hasTargets ? formatR2 : (score: number) => formatPercent(score, 2);
  const score = hasTargets ? "R²" : "accuracy";
  const columns: readonly ChartColumn[] = [
    { id: "run", title: "Run" },
    ...settings.map(({ title }) => ({ id: title.replaceAll(" ", "_"), title })),
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
