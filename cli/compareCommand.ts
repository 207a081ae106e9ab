/** `layerscope compare`: what runs differ in, what each has reached, and whether they are paired. */
import { type MetricName, metricNames, metrics } from "../engine/experiments/runMeasures.ts";
import { type BegunRun, type SharedStart, sharedStart } from "../engine/experiments/sharedStart.ts";
import {
  bestRun,
  compareDocuments,
  counted,
  type DifferingSetting,
  differingSettings,
  type Spread,
  summarizeRuns,
} from "../engine/index.ts";
import type { Arguments } from "./arguments.ts";
import { writeJson, writeLine } from "./output.ts";
import { type RecordedRun, readRecordedRuns } from "./recordedRuns.ts";
import { UsageError } from "./usageError.ts";

const SEED = "seed";
/** Of more runs than these the table says it all. */
const MOST_LISTED = 6;

interface Row {
  readonly id: string;
  readonly run: RecordedRun;
  readonly params: Readonly<Record<string, string | null>>;
  readonly diverged: boolean;
  readonly measures: RecordedRun["measures"];
}

const settingsOf = (runs: readonly RecordedRun[]): readonly DifferingSetting[] => {
  const samples = runs.map(({ record }) => (record.trainSamples === null ? "all" : String(record.trainSamples)));
  const nets = runs.map(({ record: { from } }) =>
    from === undefined ? "initializers" : `${from.name} ${from.weightsHash.slice(0, 8)}`,
  );
  return [
    ...differingSettings(runs.map(({ document }) => document)),
    ...(new Set(samples).size > 1 ? [{ title: "training samples", values: samples }] : []),
    ...(new Set(nets).size > 1 ? [{ title: "starts from", values: nets }] : []),
  ];
};

const begunRun = ({ document, record: { from } }: RecordedRun): BegunRun => ({
  document,
  ...(from === undefined ? {} : { from }),
});

const isShare = (name: MetricName): boolean => name.endsWith("Accuracy");

const metricText = (name: MetricName, value: number | null, row: Row): string => {
  if (value === null) return row.diverged && name.endsWith("Loss") ? "not finite" : "–";
  return isShare(name) ? (100 * value).toFixed(2) : value.toPrecision(4);
};

const spreadText = (name: MetricName, spread: Spread | null): string => {
  if (spread === null) return "–";
  const text = (value: number): string => (isShare(name) ? (100 * value).toFixed(2) : value.toPrecision(4));
  return spread.std === null ? text(spread.mean) : `${text(spread.mean)} ± ${text(spread.std)}`;
};

const metricTitle = (name: MetricName): string =>
  metrics[name].title.replace("accuracy", "%").replace("validation", "val.");

/** Left-aligned where a column holds words, right-aligned where it holds numbers. */
const writeTable = (head: readonly string[], rows: readonly (readonly string[])[], numWordColumns: number): void => {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, at) =>
      at < numWordColumns ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
    );
    writeLine(cells.join("  ").trimEnd());
  }
};

const endOf = ({ diverged, record }: RecordedRun): string => (diverged ? "diverged" : record.outcome);

const startText = (first: string, start: SharedStart | null, samplesDiffer: boolean): string => {
  if (start === null) return `its graph does not compile; its start cannot be compared with that of ${first}`;
  const { sharedTensors, differentTensors, sameBatches } = start;
  const bits =
    sharedTensors === 0
      ? `no weights that ${first} has too`
      : differentTensors.length === 0
        ? sharedTensors === 1
          ? `the only tensor that ${first} has too starts with its bits`
          : `all ${counted(sharedTensors, "tensor")} that ${first} has too start with its bits`
        : `${differentTensors.length} of ${counted(sharedTensors, "tensor")} that ${first} has too ${differentTensors.length === 1 ? "starts" : "start"} with other bits`;
  return `${bits}; ${sameBatches && !samplesDiffer ? "the same batches in the same order" : "other batches"}`;
};

/** Runs of which the same is true are told together. */
const grouped = (lines: readonly (readonly [string, string])[]): readonly string[] => {
  const names = new Map<string, string[]>();
  for (const [name, text] of lines) names.set(text, [...(names.get(text) ?? []), name]);
  return [...names].map(([text, all]) => {
    const shown = all.slice(0, MOST_LISTED);
    const more = all.length - shown.length;
    return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}: ${text}`;
  });
};

export const runCompare = (args: Arguments): number => {
  const runs = readRecordedRuns(args.operands);
  const [first, ...others] = runs;
  if (first === undefined || others.length === 0) {
    throw new UsageError(
      `compare needs at least 2 runs; found ${runs.length}: ${runs.map(({ path }) => path).join(", ")}.`,
    );
  }
  const isJson = args.has("json");
  const settings = settingsOf(runs);
  const rows = runs.map((run, index): Row => {
    const params = Object.fromEntries(settings.map(({ title, values }) => [title, values[index] ?? null]));
    return { id: run.name, run, params, diverged: run.diverged, measures: run.measures };
  });
  const shown = metricNames.filter((name) => rows.some(({ measures }) => measures[name] !== null));
  const seconds = ({ record }: RecordedRun): number | null =>
    typeof record.elapsedMs === "number" ? record.elapsedMs / 1000 : null;
  const samplesDiffer = (run: RecordedRun): boolean => run.record.trainSamples !== first.record.trainSamples;
  const pairs = others.map((run) => ({ run, start: sharedStart(begunRun(first), begunRun(run)) }));
  const hasRepetitions = rows.some(({ params }) => SEED in params);
  const combinations = hasRepetitions ? summarizeRuns(rows).filter(({ runIds }) => runIds.length > 1) : [];

  if (isJson) {
    for (const { id, run, params, measures } of rows) {
      writeJson({
        ...{ event: "run", run: id, path: run.path, outcome: run.record.outcome, diverged: run.diverged },
        ...{ failure: run.record.failure?.message ?? null, params, steps: run.record.steps ?? null },
        ...{ epochs: run.numEpochs, ...measures, seconds: seconds(run) },
      });
    }
    for (const { run, start } of pairs) {
      for (const difference of compareDocuments(first.document, run.document)) {
        writeJson({ event: "difference", run: run.name, against: first.name, ...difference });
      }
      const sameBatches = start?.sameBatches === true && !samplesDiffer(run);
      writeJson({ event: "start", run: run.name, against: first.name, ...start, sameBatches });
    }
    for (const combination of combinations) writeJson({ event: "combination", ...combination });
    for (const metric of shown) writeJson({ event: "best", metric, run: bestRun(rows, metric)?.id ?? null });
    return 0;
  }

  writeTable(
    ["run", ...settings.map(({ title }) => title), "end", "epochs", ...shown.map(metricTitle), "seconds"],
    rows.map((row) => [
      row.id,
      ...settings.map(({ title }) => row.params[title] ?? "–"),
      endOf(row.run),
      String(row.run.numEpochs),
      ...shown.map((name) => metricText(name, row.measures[name], row)),
      seconds(row.run)?.toFixed(1) ?? "–",
    ]),
    settings.length + 2,
  );
  if (combinations.length > 0) {
    const titles = settings.map(({ title }) => title).filter((title) => title !== SEED);
    writeLine("\nMean ± standard deviation over seeds:");
    writeTable(
      ["seeds", ...titles, ...shown.map(metricTitle), "diverged"],
      combinations.map(({ params, runIds, numDiverged, metrics: spreads }) => [
        String(runIds.length),
        ...titles.map((title) => params[title] ?? "–"),
        ...shown.map((name) => spreadText(name, spreads[name])),
        String(numDiverged),
      ]),
      titles.length + 1,
    );
  }
  writeLine("");
  for (const metric of shown) {
    const best = bestRun(rows, metric);
    if (best !== null) {
      writeLine(`${metrics[metric].title}: best ${metricText(metric, best.measures[metric], best)} in ${best.id}`);
    }
  }
  writeLine("");
  if (others.length <= MOST_LISTED) {
    for (const run of others) {
      const differences = compareDocuments(first.document, run.document);
      writeLine(`${run.name} against ${first.name}: ${differences.length === 0 ? "the same document" : ""}`.trimEnd());
      for (const { text } of differences) writeLine(`  ${text}`);
    }
    writeLine("");
  }
  const starts = pairs.map(({ run, start }) => [run.name, startText(first.name, start, samplesDiffer(run))] as const);
  for (const line of grouped(starts)) writeLine(line);
  return 0;
};
