import { describe, expect, it } from "vitest";
import { NO_LABEL, type StudyDetail } from "../../../engine/protocol.ts";
import {
  entriesOfStudy,
  entryOfRun,
  filterEntries,
  groupEntries,
  NO_FILTER,
  type SortKey,
  sortEntries,
  tagCounts,
} from "../../../renderer/library/libraryEntries.ts";
import { runNumbered } from "./finishedRun.ts";

const LABEL = { name: null, tags: [], notes: "", isPinned: false };

const entries = [
  runNumbered(1, { title: "plain", trains: { seed: 4, kinds: ["dense"], optimizer: "sgd", dataset: "Spiral" } }),
  runNumbered(2, { label: { ...LABEL, name: "With norm", tags: ["thesis", "norm"], isPinned: true } }),
  runNumbered(3, { outcome: "failed", label: { ...LABEL, tags: ["thesis"], notes: "see chapter 4" }, best: null }),
].map(entryOfRun);

const found = (filter: Partial<typeof NO_FILTER>) =>
  filterEntries(entries, { ...NO_FILTER, ...filter }).map(({ name }) => name);

describe("search", () => {
  it.each([
    ["norm", ["With norm", "mlp-bn"]],
    ["BatchNorm", ["With norm", "mlp-bn"]],
    ["sgd", ["plain"]],
    ["Adam thesis", ["With norm", "mlp-bn"]],
    ["CHAPTER", ["mlp-bn"]],
    ["spiral", ["plain"]],
    ["seed 4", ["plain", "mlp-bn"]],
    ["thesis spiral", []],
  ])("for %s finds every run that has each word in its name, labels or net", (query, names) => {
    expect(found({ query })).toEqual(names);
  });

  it("narrows by any of the outcomes, all of the tags, and pins", () => {
    expect(found({ outcomes: ["diverged"] })).toEqual(["mlp-bn"]);
    expect(found({ outcomes: ["diverged", "finished"] })).toHaveLength(3);
    expect(found({ tags: ["thesis"] })).toEqual(["With norm", "mlp-bn"]);
    expect(found({ tags: ["thesis", "norm"] })).toEqual(["With norm"]);
    expect(found({ pinnedOnly: true })).toEqual(["With norm"]);
    expect(found({ pinnedOnly: true, outcomes: ["stopped"] })).toEqual([]);
  });

  it("counts tags, the commonest first", () => {
    expect(tagCounts(entries)).toEqual([
      ["thesis", 2],
      ["norm", 1],
    ]);
  });
});

describe("sorting", () => {
  const sorted = (by: SortKey, ascending: boolean) =>
    sortEntries(
      [
        runNumbered(1, { label: { ...LABEL, name: "run 10" }, bytes: 5 }),
        runNumbered(2, { label: { ...LABEL, name: "run 9" }, bytes: 7, best: null }),
        runNumbered(3, { label: { ...LABEL, name: "run 11" }, bytes: 5 }),
      ].map(entryOfRun),
      { by, ascending },
    ).map(({ name }) => name);

  it("goes by number within names, and by the latest among equals", () => {
    expect(sorted("name", true)).toEqual(["run 9", "run 10", "run 11"]);
    expect(sorted("bytes", true)).toEqual(["run 11", "run 10", "run 9"]);
    expect(sorted("bytes", false)).toEqual(["run 9", "run 11", "run 10"]);
    expect(sorted("endedAt", false)).toEqual(["run 11", "run 9", "run 10"]);
  });

  it("puts what is not known last, whichever way", () => {
    expect(sorted("best", true).at(-1)).toBe("run 9");
    expect(sorted("best", false).at(-1)).toBe("run 9");
  });
});

const study: StudyDetail = {
  ...{ studyId: "7", title: "Two scales", state: "running", createdAt: "2026-11-22T11:00:00Z", problem: null },
  ...{
    numRuns: 3,
    numEnded: 2,
    numRunning: 1,
    numDiverged: 1,
    numFailed: 0,
    numCancelled: 0,
    numDeleted: 0,
    secondsLeft: 1,
    jobs: 2,
    bytes: 10,
    isHeld: false,
  },
  text: JSON.stringify({
    ...{ format: "layerscope-study", version: 1, title: "Two scales", document: {}, search: { by: "grid" } },
    axes: [
      { vary: "initializerScale", values: [1, 0.1, 0.01] },
      { vary: "bypass", nodes: ["bn1"], values: [true], names: ["no norm"] },
    ],
  }),
  runs: ([1, 0.1, 0.01] as const).map((scale, index) => ({
    ...{ id: `run-00${index + 1}`, params: { initializerScale: scale, "bypass bn1": true }, failure: null },
    state: (["finished", "diverged", "running"] as const)[index] ?? "running",
    epochs: [0.4, 0.8, 0.6].map((testAccuracy, epoch) => ({
      ...{ epoch: epoch + 1, step: 10, loss: 1 - epoch / 10, trainAccuracy: 0.5, testLoss: 1, testAccuracy },
      ...{ elapsedMs: 10, samplesPerSecond: 1 },
    })),
    ...{ step: 30, totalSteps: 30, elapsedMs: 10, endedAt: `2026-11-22T11:0${index}:00Z`, bytes: 3 },
    ...{ ...NO_LABEL, name: index === 1 ? "the large one" : null },
  })),
};

describe("the runs of a study", () => {
  const own = entriesOfStudy(study);

  it("are listed when they have ended, under the names that the study gives their values", () => {
    expect(own.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["initializerScale 1, no norm", "finished"],
      ["the large one", "diverged"],
    ]);
    expect(own[0]).toMatchObject({ key: "7/run-001", best: 0.8, epochs: 3, loss: 0.8 });
    expect(own[1]).toMatchObject({ loss: null });
  });

  it("stand after the runs of their own, and are found by the study's title", () => {
    const groups = groupEntries([...own, ...entries]);
    expect(groups.map(({ study: of, entries: inside }) => [of?.title ?? null, inside.length])).toEqual([
      [null, 3],
      ["Two scales", 2],
    ]);
    expect(filterEntries(own, { ...NO_FILTER, query: "two 0.1" }).map(({ name }) => name)).toEqual(["the large one"]);
  });
});
