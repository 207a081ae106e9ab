/** The rows of the library: finished runs and the runs of studies, as they are searched, filtered and sorted. Pure. */
import { axisTitle, axisValueName, describeValue, layerOf, optimizers, parseStudy } from "../../engine/index.ts";
import type { StudyDetail, StudyRunStatus } from "../../engine/protocol.ts";
import { nameOfRun } from "../run/finishedRuns.ts";
import type { FinishedRun } from "../shell/runHost.ts";

export type Outcome = "finished" | "stopped" | "diverged" | "failed";

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  finished: "Finished",
  stopped: "Stopped",
  diverged: "Diverged",
  failed: "Failed",
};

export interface LibraryEntry {
  /** Names the run among all that are kept: also what the run store knows it by when it is open. */
  readonly key: string;
  readonly source:
    | { readonly type: "run"; readonly run: FinishedRun }
    | { readonly type: "study"; readonly study: StudyDetail; readonly run: StudyRunStatus };
  readonly name: string;
  /** What kinds of layers it trains on what: `Dense, BatchNorm, ReLU on MNIST`; null: not known without its document. */
  readonly net: string | null;
  readonly tags: readonly string[];
  readonly isPinned: boolean;
  readonly outcome: Outcome;
  /** Highest test accuracy, 0 to 1, or R²; null: none was measured. */
  readonly best: number | null;
  readonly hasTargets: boolean;
  /** Of training, at the end. */
  readonly loss: number | null;
  readonly epochs: number;
  readonly elapsedMs: number | null;
  /** ISO 8601. */
  readonly endedAt: string | null;
  readonly bytes: number | null;
  /** What a search looks through, lower case. */
  readonly words: string;
}

const OUTCOMES = { finished: "finished", stopped: "stopped", failed: "diverged" } as const;

const optimizerTitle = (name: string): string =>
  Object.entries(optimizers).find(([known]) => known === name)?.[1].title ?? name;

/** Every net has these. */
const ENDS = ["input", "output"];

const netWords = ({ kinds, dataset }: NonNullable<FinishedRun["trains"]>): string =>
  `${kinds
    .filter((kind) => !ENDS.includes(kind))
    .map((kind) => layerOf(kind)?.title ?? kind)
    .join(", ")} on ${dataset}`;

export const entryOfRun = (run: FinishedRun): LibraryEntry => {
  const { runId, title, label, trains, best, endedAt, elapsedMs, step, stepsPerEpoch, trainLoss, bytes } = run;
  const kinds = trains?.kinds.flatMap((kind) => [kind, layerOf(kind)?.title ?? kind]) ?? [];
  const outcome = OUTCOMES[run.outcome];
  const facts = trains === null ? [] : [optimizerTitle(trains.optimizer), trains.dataset, `seed ${trains.seed}`];
  return {
    ...{ key: runId, source: { type: "run", run }, name: nameOfRun(run), tags: label.tags, isPinned: label.isPinned },
    net: trains === null ? null : netWords(trains),
    ...{ outcome, best: best?.accuracy ?? best?.r2 ?? null, hasTargets: best !== null && best.accuracy === null },
    // A net that diverged has none: its loss is not finite.
    ...{ loss: outcome === "diverged" ? null : trainLoss, epochs: step / stepsPerEpoch, elapsedMs, endedAt, bytes },
    words: [nameOfRun(run), title, label.notes, ...label.tags, ...kinds, ...facts].join("\n").toLowerCase(),
  };
};

/** `learningRate 0.1, with bn1`: what tells a run of a study from the others. */
export const paramsWords = (study: StudyDetail, { params }: StudyRunStatus): string => {
  const parsed = parseStudy(study.text);
  const axes = parsed.ok ? parsed.value.axes : [];
  return Object.entries(params)
    .map(([title, value]) => {
      const axis = axes.find((candidate) => axisTitle(candidate) === title);
      if (axis === undefined) return `${title} ${describeValue(value)}`;
      return axis.names === undefined ? `${title} ${axisValueName(axis, value)}` : axisValueName(axis, value);
    })
    .join(", ");
};

/** What each run of a study is called, by its id. */
export const namesOfStudy = (study: StudyDetail): ReadonlyMap<string, string> =>
  new Map(study.runs.map((run) => [run.id, run.name ?? paramsWords(study, run)]));

const bestOf = (scores: readonly (number | null | undefined)[]): number | null => {
  const known = scores.filter((score) => typeof score === "number");
  return known.length === 0 ? null : Math.max(...known);
};

/** Runs of a study that have ended by themselves; the others are the study's own matter. */
export const entriesOfStudy = (study: StudyDetail): readonly LibraryEntry[] =>
  study.runs.flatMap((run) => {
    const { id, state, epochs, name, tags, notes, isPinned, elapsedMs, endedAt, bytes } = run;
    if (state !== "finished" && state !== "diverged") return [];
    const own = name ?? paramsWords(study, run);
    const accuracy = bestOf(epochs.map(({ testAccuracy }) => testAccuracy));
    return [
      {
        ...{
          key: `${study.studyId}/${id}`,
          source: { type: "study", study, run },
          name: own,
          net: null,
          tags,
          isPinned,
        },
        ...{ outcome: state, best: accuracy ?? bestOf(epochs.map(({ testR2 }) => testR2)) },
        ...{ hasTargets: accuracy === null && epochs.length > 0, epochs: epochs.length, elapsedMs },
        ...{ loss: state === "diverged" ? null : (epochs.at(-1)?.loss ?? null), endedAt, bytes },
        words: [own, paramsWords(study, run), study.title, id, notes, ...tags].join("\n").toLowerCase(),
      },
    ];
  });

export interface LibraryFilter {
  readonly query: string;
  /** Any of them; none: all. */
  readonly outcomes: readonly Outcome[];
  /** All of them. */
  readonly tags: readonly string[];
  readonly pinnedOnly: boolean;
}

export const NO_FILTER: LibraryFilter = { query: "", outcomes: [], tags: [], pinnedOnly: false };

export const isFiltered = ({ query, outcomes, tags, pinnedOnly }: LibraryFilter): boolean =>
  query.trim() !== "" || outcomes.length > 0 || tags.length > 0 || pinnedOnly;

/** Every word of the query somewhere in the run's words. */
export const filterEntries = (entries: readonly LibraryEntry[], filter: LibraryFilter): readonly LibraryEntry[] => {
  const sought = filter.query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return entries.filter(
    ({ words, outcome, tags, isPinned }) =>
      sought.every((word) => words.includes(word)) &&
      (filter.outcomes.length === 0 || filter.outcomes.includes(outcome)) &&
      filter.tags.every((tag) => tags.includes(tag)) &&
      (!filter.pinnedOnly || isPinned),
  );
};

export type SortKey = "name" | "net" | "outcome" | "best" | "loss" | "epochs" | "elapsedMs" | "endedAt" | "bytes";

export interface Sorting {
  readonly by: SortKey;
  readonly ascending: boolean;
}

/** What is not known comes last, whichever way; the latest first among equals. */
export const sortEntries = (entries: readonly LibraryEntry[], { by, ascending }: Sorting): readonly LibraryEntry[] => {
  const sign = ascending ? 1 : -1;
  return [...entries].sort((a, b) => {
    const [x, y] = [a[by], b[by]];
    if (x === null || y === null) return (x === null ? 1 : 0) - (y === null ? 1 : 0);
    const order =
      typeof x === "string" && typeof y === "string"
        ? x.localeCompare(y, "en", { numeric: true })
        : Number(x) - Number(y);
    return order === 0 ? (b.endedAt ?? "").localeCompare(a.endedAt ?? "") : sign * order;
  });
};

export interface EntryGroup {
  /** null: runs of their own. */
  readonly study: StudyDetail | null;
  readonly entries: readonly LibraryEntry[];
}

/** Runs of their own first, then each study's; a group of which nothing is left is left out. */
export const groupEntries = (entries: readonly LibraryEntry[]): readonly EntryGroup[] => {
  const own = entries.filter(({ source }) => source.type === "run");
  const studies = new Map<string, { readonly study: StudyDetail; readonly entries: LibraryEntry[] }>();
  for (const entry of entries) {
    if (entry.source.type === "run") continue;
    const { study } = entry.source;
    const group = studies.get(study.studyId) ?? { study, entries: [] };
    studies.set(study.studyId, group);
    group.entries.push(entry);
  }
  const latest = [...studies.values()].sort((a, b) => b.study.createdAt.localeCompare(a.study.createdAt));
  return [...(own.length === 0 ? [] : [{ study: null, entries: own }]), ...latest];
};

/** Each tag with how many runs have it, the commonest first. */
export const tagCounts = (entries: readonly LibraryEntry[]): readonly (readonly [string, number])[] => {
  const counts = new Map<string, number>();
  for (const { tags } of entries) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
};
