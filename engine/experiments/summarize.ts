/** Runs of a study taken together: repeated with several seeds they are one combination, with a mean and a standard deviation. */
import { type MetricName, mapMetrics, metrics, type RunMeasures } from "./runMeasures.ts";

export interface Spread {
  readonly mean: number;
  /** Of the sample, Σ(x − mean)² / (n − 1); null for a single value, which tells nothing of it. */
  readonly std: number | null;
  readonly n: number;
}

/** Of the values there are; null where there are none. Two passes: the values may be close together. */
export const spreadOf = (values: readonly (number | null)[]): Spread | null => {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  if (n === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, std: null, n };
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (n - 1)), n };
};

/** A run of a study that has ended. */
export interface MeasuredRun<Value> {
  readonly id: string;
  /** What each axis is in it, by the axis's title. */
  readonly params: Readonly<Record<string, Value>>;
  readonly diverged: boolean;
  readonly measures: RunMeasures;
}

export interface CombinationSummary<Value> {
  /** Without the seed. */
  readonly params: Readonly<Record<string, Value>>;
  /** Its runs, in the order in which they came. */
  readonly runIds: readonly string[];
  /** They have no final loss; what they had reached before is in the other numbers. */
  readonly numDiverged: number;
  readonly metrics: Readonly<Record<MetricName, Spread | null>>;
}

const SEED = "seed";

/** `params` without the seed, as text: the same for runs that are repetitions of each other. */
export const combinationKey = (params: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(
    Object.entries(params)
      .filter(([title]) => title !== SEED)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** One entry for each combination of params without the seed, in the order of their first runs. */
export const summarizeRuns = <Value>(runs: readonly MeasuredRun<Value>[]): readonly CombinationSummary<Value>[] => {
  const combinations = new Map<string, MeasuredRun<Value>[]>();
  for (const run of runs) {
    const key = combinationKey(run.params);
    combinations.set(key, [...(combinations.get(key) ?? []), run]);
  }
  return [...combinations.values()].map((repeated) => {
    return {
      params: Object.fromEntries(Object.entries(repeated[0]?.params ?? {}).filter(([title]) => title !== SEED)),
      runIds: repeated.map(({ id }) => id),
      numDiverged: repeated.filter(({ diverged }) => diverged).length,
      metrics: mapMetrics((name) => spreadOf(repeated.map(({ measures }) => measures[name]))),
    };
  });
};

/** The best run by a metric; the first of equal ones, null where none has it. */
export const bestRun = <Run extends { readonly measures: RunMeasures }>(
  runs: readonly Run[],
  metric: MetricName,
): Run | null => {
  const sign = metrics[metric].better === "higher" ? 1 : -1;
  return runs.reduce<Run | null>((best, run) => {
    const value = run.measures[metric];
    const found = best?.measures[metric] ?? null;
    return value !== null && (found === null || sign * value > sign * found) ? run : best;
  }, null);
};
