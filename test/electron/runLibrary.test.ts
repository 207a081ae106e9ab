/** The list of finished runs: what it tells of each, labels that outlive everything, and a trash with a way back. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hasRunLabel, readRunLabel, writeRunLabel } from "../../electron/runLabels.ts";
import {
  emptyTrash,
  finishedRuns,
  pruneFinishedRuns,
  removeRuns,
  restoreRuns,
  USUAL_LIMITS,
} from "../../electron/runLibrary.ts";
import { createAppRun } from "../../electron/runsFolder.ts";
import { runLimits } from "../../engine/experiments/runLimits.ts";
import { ENGINE_VERSION } from "../../engine/index.ts";
import { blobNet } from "../engine/train/runHarness.ts";
import { trainRun } from "./trainRun.ts";

const LABEL = { name: null, tags: [], notes: "", isPinned: false };
const document = blobNet({ epochs: 3, seed: 7 });

let folder = "";
let trained = "";
let runsFolder = "";
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "layerscope-library-"));
  trained = path.join(folder, "trained");
  await trainRun(trained, document);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  runsFolder = path.join(folder, "runs");
});
afterEach(() => {
  rmSync(runsFolder, { recursive: true, force: true });
  emptyTrash(runsFolder);
});

const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));

/** Copies of the trained run that ended in this order, the latest first. */
const keep = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => {
    const runId = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
    const [original = ""] = readdirSync(trained);
    const place = path.join(runsFolder, runId);
    cpSync(path.join(trained, original), place, { recursive: true });
    const record = readJson(path.join(place, "run.json"));
    const endedAt = new Date(Date.UTC(2026, 10, 22, 12, 60 - index)).toISOString();
    writeFileSync(path.join(place, "run.json"), JSON.stringify({ ...record, endedAt }));
    return runId;
  });

const onlyRun = () => {
  const [run] = finishedRuns(runsFolder).runs;
  if (run === undefined) throw new Error("No run is listed.");
  return run;
};

describe("a listed run", () => {
  test("tells what it trains, what it reached, who trained it, and how large it is", () => {
    const [runId = ""] = keep(1);
    const run = onlyRun();
    const place = path.join(runsFolder, runId);
    const files = readdirSync(place).map((name) => readFileSync(path.join(place, name)).length);
    expect(run).toMatchObject({
      ...{ runId, label: LABEL, folder: place, bytes: files.reduce((sum, bytes) => sum + bytes, 0) },
      ...{ hasFrames: true, hasModel: true, engineVersion: ENGINE_VERSION, threads: 1, step: 15, totalSteps: 15 },
    });
    expect(run.trains).toMatchObject({ seed: 7, optimizer: document.training.optimizer.name });
    expect(run.trains?.kinds).toEqual([...new Set(document.nodes.map(({ kind }) => kind))]);
    const { lastEpoch, bestEpoch, ended } = readJson(path.join(place, "run.json"));
    expect(run.trainLoss).toBe(lastEpoch.loss);
    expect(run.test?.accuracy).toBe(lastEpoch.testAccuracy);
    expect(run.best).toMatchObject({ accuracy: bestEpoch.testAccuracy, epoch: bestEpoch.epoch });
    expect(run.elapsedMs).toBe(ended.elapsedMs);
  });

  test("that an older version wrote has its best epoch from its metrics, and no version", () => {
    const [runId = ""] = keep(1);
    const place = path.join(runsFolder, runId);
    const { bestEpoch, engineVersion: _, ...old } = readJson(path.join(place, "run.json"));
    writeFileSync(path.join(place, "run.json"), JSON.stringify(old));
    // The middle one of three epochs is made the best.
    const lines = readFileSync(path.join(place, "metrics.jsonl"), "utf8").split("\n");
    const better = lines.map((line) => {
      const { event, record } = line === "" ? { event: "", record: null } : JSON.parse(line);
      return event === "epoch"
        ? JSON.stringify({ event, record: { ...record, testAccuracy: record.epoch === 2 ? 1 : 0.5 } })
        : line;
    });
    writeFileSync(path.join(place, "metrics.jsonl"), better.join("\n"));
    expect(onlyRun()).toMatchObject({ engineVersion: null, best: { epoch: 2, accuracy: 1 } });
    expect(bestEpoch.epoch).toBeGreaterThan(0);
  });

  test("whose document is gone is listed without what it trained", () => {
    const [runId = ""] = keep(1);
    rmSync(path.join(runsFolder, runId, "document.layerscope"));
    expect(onlyRun()).toMatchObject({ trains: null, title: "blobs" });
  });
});

describe("a label", () => {
  test("is read back as it was written, and one that is damaged counts as none", async () => {
    const [runId = ""] = keep(1);
    const label = { name: "with norm", tags: ["thesis", "π"], notes: "two\nlines", isPinned: true };
    const place = path.join(runsFolder, runId);
    await writeRunLabel(place, label);
    expect(onlyRun().label).toEqual(label);
    writeFileSync(path.join(place, "label.json"), "{");
    expect(readRunLabel(place)).toEqual(LABEL);
  });

  test.each([
    ["a name", { ...LABEL, name: "mine" }],
    ["a tag", { ...LABEL, tags: ["mine"] }],
    ["a note", { ...LABEL, notes: "mine" }],
    ["a pin", { ...LABEL, isPinned: true }],
  ])("with %s keeps its run from making room", async (_what, label) => {
    const ids = keep(4);
    await writeRunLabel(path.join(runsFolder, ids[3] ?? ""), label);
    pruneFinishedRuns(runsFolder, { runs: 2, bytes: 1e12 });
    expect(finishedRuns(runsFolder).runs.map(({ runId }) => runId)).toEqual([ids[0], ids[1], ids[3]]);
    // Nor does it count.
    pruneFinishedRuns(runsFolder, { runs: 20, bytes: 1 });
    expect(finishedRuns(runsFolder).runs.map(({ runId }) => runId)).toEqual([ids[0], ids[3]]);
  });

  test("keeps a run whose record another version wrote when the next one begins", async () => {
    const [labelled = "", other = ""] = keep(2);
    for (const runId of [labelled, other]) writeFileSync(path.join(runsFolder, runId, "run.json"), '{"version":9}');
    await writeRunLabel(path.join(runsFolder, labelled), { ...LABEL, tags: ["mine"] });
    const created = createAppRun({ runsFolder, document, title: "next", at: "2026-11-22T12:00:00Z" });
    created.folder.close();
    expect(readdirSync(runsFolder).sort()).toEqual([created.runId, labelled].sort());
  });
});

describe("the trash", () => {
  test("gives back what was deleted, to the byte, label included", async () => {
    const [first = "", second = ""] = keep(2);
    await writeRunLabel(path.join(runsFolder, first), { ...LABEL, name: "mine" });
    const before = finishedRuns(runsFolder);
    removeRuns(runsFolder, [first, second]);
    expect(finishedRuns(runsFolder).runs).toEqual([]);
    expect(readdirSync(runsFolder)).toEqual([]);
    restoreRuns(runsFolder, [first]);
    expect(finishedRuns(runsFolder).runs).toEqual([before.runs[0]]);
    restoreRuns(runsFolder, [second]);
    expect(finishedRuns(runsFolder)).toEqual(before);
    expect(hasRunLabel(path.join(runsFolder, first))).toBe(true);
  });

  test("takes no run that has not ended, and is empty after the next start", () => {
    const [ended = ""] = keep(1);
    const { runId, folder: open } = createAppRun({ runsFolder, document, title: "next", at: "2026-11-22T12:00:00Z" });
    open.close();
    removeRuns(runsFolder, [runId, ended]);
    expect(readdirSync(runsFolder)).toEqual([runId]);
    emptyTrash(runsFolder);
    restoreRuns(runsFolder, [ended]);
    expect(readdirSync(runsFolder)).toEqual([runId]);
  });
});

describe("limits", () => {
  test("are the user's where they can be read, and as usual elsewhere", () => {
    expect(runLimits('{"runs":20,"bytes":1000000000}', USUAL_LIMITS)).toEqual({ runs: 20, bytes: 1e9 });
    for (const setting of [null, "", "[]", '{"runs":0,"bytes":1e9}', '{"runs":20}']) {
      expect(runLimits(setting, USUAL_LIMITS)).toEqual({ runs: 100, bytes: 4e9 });
    }
  });
});
