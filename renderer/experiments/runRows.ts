/** The table of runs: what is filtered out, and in which order the rest stands. */
import type { AxisValue } from "../../engine/index.ts";
import type { StudyRunStatus } from "../../engine/protocol.ts";
import { valueWords } from "./axisWords.ts";
import { isShare, type MetricId, metricIdsOf, metricOf } from "./runMetrics.ts";
import { type AxisView, keyOf, paramsWords, type StudyModel } from "./studyModel.ts";

/** By a param, by a metric, or in the order in which they are trained. */
export type SortKey =
  | { readonly by: "param"; readonly id: string }
  | { readonly by: "metric"; readonly id: MetricId }
  | { readonly by: "state" };

export interface Sorting {
  readonly key: SortKey;
  readonly descending: boolean;
}

export const sameKey = (a: SortKey, b: SortKey): boolean => JSON.stringify(a) === JSON.stringify(b);

const STATE_ORDER = ["running", "waiting", "finished", "diverged", "failed", "cancelled", "deleted"];

const paramRank = (axis: AxisView | undefined, value: AxisValue | undefined): number =>
  typeof value === "number" ? value : (axis?.values.findIndex((other) => keyOf(other) === keyOf(value)) ?? 0);

const rankOf = (model: StudyModel, run: StudyRunStatus, key: SortKey): number | null => {
  if (key.by === "metric") return metricOf(run, key.id);
  if (key.by === "state") return STATE_ORDER.indexOf(run.state) * 1e9 + (run.elapsedMs ?? 0);
  return paramRank(
    model.axes.find(({ id }) => id === key.id),
    run.params[key.id],
  );
};

/** Pinned runs first; runs without the number last, whichever way it goes; equal ones in the order of training. */
export const sortRuns = (
  model: StudyModel,
  runs: readonly StudyRunStatus[],
  { key, descending }: Sorting,
): readonly StudyRunStatus[] =>
  runs
    .map((run, index) => ({ run, index, rank: rankOf(model, run, key) }))
    .sort((a, b) => {
      if (a.run.isPinned !== b.run.isPinned) return a.run.isPinned ? -1 : 1;
      if (a.rank === null || b.rank === null) {
        if (a.rank === b.rank) return a.index - b.index;
        return a.rank === null ? 1 : -1;
      }
      return (descending ? b.rank - a.rank : a.rank - b.rank) || a.index - b.index;
    })
    .map(({ run }) => run);

const STATE_WORDS: Readonly<Record<StudyRunStatus["state"], string>> = {
  waiting: "waiting",
  running: "running",
  finished: "finished",
  diverged: "diverged",
  failed: "failed",
  cancelled: "cancelled",
  deleted: "deleted",
};

const textOf = (model: StudyModel, run: StudyRunStatus): string =>
  [
    run.id,
    run.name ?? "",
    run.isPinned ? "pinned" : "",
    run.notes,
    ...run.tags,
    STATE_WORDS[run.state],
    paramsWords(model, run),
    ...model.axes.map(({ id, axis }) => valueWords(axis, run.params[id])),
  ]
    .join(" ")
    .toLowerCase();

/** At the beginning of a word: `no` is not in `BatchNorm`. */
const hasWord = (text: string, word: string): boolean => ` ${text}`.replaceAll(",", " ").includes(` ${word}`);

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9²]/g, "");

/** What a name in a comparison reads: a param by its title, a metric as the table heads it. Percents are compared as written. */
const numberOf = (model: StudyModel, run: StudyRunStatus, name: string): number | null | undefined => {
  const metricNames: Readonly<Partial<Record<string, MetricId>>> = {
    train: "bestTrain",
    validation: "bestHeld",
    test: "bestHeld",
    loss: "finalLoss",
    finalloss: "finalLoss",
    time: "seconds",
    error: "worstError",
    steepest: "steepestRate",
  };
  const metric = metricNames[name] ?? metricIdsOf(model).find((id) => plain(id) === name);
  if (metric !== undefined) {
    const value = metricOf(run, metric);
    return value !== null && isShare(metric, model) ? value * 100 : value;
  }
  const axis =
    model.axes.find(({ id, title }) => plain(title) === name || plain(id) === name) ??
    model.axes.find(({ id, title }) => [title, id].some((text) => plain(text).includes(name)));
  if (axis === undefined) return undefined;
  const value = run.params[axis.id];
  return typeof value === "number" ? value : null;
};

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "=": (a, b) => Math.abs(a - b) <= 0.005 * Math.abs(b),
};

/** `train > 90` is one condition, words are one each. */
const conditionsOf = (filter: string): readonly string[] =>
  filter
    .replaceAll(/\s*(<=|>=|<|>|=)\s*/g, "$1")
    .toLowerCase()
    .split(/\s+/)
    .filter((part) => part !== "");

/** Runs for which every word begins one of what they are, and every comparison holds: `std<0.01 batchnorm test>80 finished`. */
export const filterRuns = (
  model: StudyModel,
  runs: readonly StudyRunStatus[],
  filter: string,
): readonly StudyRunStatus[] => {
  const conditions = conditionsOf(filter);
  if (conditions.length === 0) return runs;
  return runs.filter((run) => {
    const text = textOf(model, run);
    return conditions.every((condition) => {
      const [, name = "", sign = "", limit = ""] = /^(.+?)(<=|>=|<|>|=)(.+)$/.exec(condition) ?? [];
      const bound = Number(limit.replace("−", "-").replace("%", ""));
      const compare = COMPARE[sign];
      if (compare === undefined || Number.isNaN(bound)) return hasWord(text, condition);
      const value = numberOf(model, run, plain(name));
      return value !== undefined && value !== null && compare(value, bound);
    });
  });
};
