/** A run of a comparison: what it trained and all that it measured, read once. */
import { type LayerscopeDocument, parse } from "../../engine/index.ts";
import type { EpochRecord } from "../../engine/protocol.ts";
import { recorderOf } from "../run/recordedRun.ts";
import type { RunHistory } from "../run/runHistory.ts";
import type { RecordedRun } from "../shell/runHost.ts";
import type { CompareSource } from "./compareSources.ts";

export interface ComparedRun {
  readonly key: string;
  readonly name: string;
  /** Which colour and dash it has in every chart. */
  readonly style: number;
  /** As it was when the run began; null: another version wrote it. */
  readonly document: LayerscopeDocument | null;
  readonly history: RunHistory;
  /** As the trainer told them, with the time of each. */
  readonly epochs: readonly EpochRecord[];
  readonly started: RecordedRun["started"];
  readonly ended: RecordedRun["ended"];
}

export interface LoadedRuns {
  readonly runs: readonly ComparedRun[];
  /** A sentence for each run that is not there or not whole. */
  readonly problems: readonly string[];
}

export const comparedRun = (
  { key, name }: Pick<CompareSource, "key" | "name">,
  style: number,
  recorded: RecordedRun,
): { readonly run: ComparedRun; readonly problems: readonly string[] } => {
  const parsed = parse(recorded.text);
  const { recorder, problems } = recorderOf(recorded);
  const { epochs, started, ended } = recorded;
  const run = {
    key,
    name,
    style,
    document: parsed.ok ? parsed.value : null,
    history: recorder,
    epochs,
    started,
    ended,
  };
  return { run, problems };
};

/** Runs of one name are told apart by a letter. */
const distinct = (runs: readonly ComparedRun[]): readonly ComparedRun[] =>
  runs.map((run, index) =>
    runs.filter(({ name }) => name === run.name).length === 1
      ? run
      : { ...run, name: `${run.name} ${String.fromCharCode(65 + index)}` },
  );

export const loadRuns = async (sources: readonly CompareSource[]): Promise<LoadedRuns> => {
  const read = await Promise.all(sources.map(async (source) => ({ source, outcome: await source.read() })));
  const runs: ComparedRun[] = [];
  const problems: string[] = [];
  for (const { source, outcome } of read) {
    if (outcome.status === "done") {
      const compared = comparedRun(source, runs.length, outcome.value);
      runs.push(compared.run);
      if (compared.problems.length > 0) problems.push(`${source.name}: ${compared.problems.join(" ")}`);
    } else {
      const why = outcome.status === "failed" ? outcome.problem.message : "It was not read.";
      problems.push(`${source.name} can't be shown. ${why}`);
    }
  }
  return { runs: distinct(runs), problems };
};
