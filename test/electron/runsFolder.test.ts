import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createAppRun, isBeingTrained, writeRecord } from "../../electron/runsFolder.ts";
import { newDocument } from "../../engine/index.ts";

let runsFolder = "";
beforeEach(() => {
  runsFolder = mkdtempSync(path.join(tmpdir(), "layerscope-runs-"));
});
afterEach(() => rmSync(runsFolder, { recursive: true, force: true }));

const at = "2030-01-02T03:04:05.000Z";

/** A run without a checkpoint yet, of the trainer with this process. */
const begin = (runId: string, processId: number, touchedAt = at): void => {
  mkdirSync(path.join(runsFolder, runId));
  const record = { outcome: "running" as const, title: runId, startedAt: at, touchedAt, totalSteps: null };
  writeRecord(path.join(runsFolder, runId), { ...record, processId });
};

it("leaves a run that another window has just begun when the next one begins, and not one whose trainer is gone", () => {
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  begin("of another window", process.ppid);
  begin("interrupted", gone);
  const { runId } = createAppRun({ runsFolder, document: newDocument(), title: "next", at });
  expect(readdirSync(runsFolder).sort()).toEqual([runId, "of another window"].sort());
});

it("keeps the eight unfinished runs that were touched last when the next one begins", () => {
  const { pid: gone } = spawnSync(process.execPath, ["-e", ""]);
  const ids = Array.from({ length: 10 }, (_, day) => `run of day ${day + 1}`);
  for (const [day, runId] of ids.entries()) {
    begin(runId, gone, `2030-02-${String(day + 1).padStart(2, "0")}T00:00:00.000Z`);
    mkdirSync(path.join(runsFolder, runId, "checkpoints"));
    writeFileSync(path.join(runsFolder, runId, "checkpoints", "step-5.checkpoint"), "");
  }
  const { runId } = createAppRun({ runsFolder, document: newDocument(), title: "next", at });
  expect(readdirSync(runsFolder).sort()).toEqual([runId, ...ids.slice(2)].sort());
});

it("knows a run that is being trained by its trainer", () => {
  begin("one", 4711);
  expect(isBeingTrained(runsFolder, "one", (processId) => processId === 4711)).toBe(true);
  expect(isBeingTrained(runsFolder, "one", () => false)).toBe(false);
  expect(isBeingTrained(runsFolder, "none", () => true)).toBe(false);
});
