/**
 * The folder of a study, of the command line and of the app: `study.json` (with its document), `start.model.json` where its runs start from a
 * trained net, `runs/` with a run folder each, `results.jsonl`
 * with what each finished run has measured, and in the app `state.json`: what the user and the queue have decided. docs/file-formats.md
 * describes them.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DECISIONS_VERSION, noDecisions, readDecisions, type StudyDecisions } from "../experiments/keptStudy.ts";
import { waitingRun } from "../experiments/studyQueue.ts";
import { resultOf, type StudyResult } from "../experiments/studyResult.ts";
import type { StudyRunStatus } from "../experiments/studyStatus.ts";
import { RUN_FILE } from "./nodeRunFolder.ts";
import { readStudyRunEpochs, readStudyRunRecord, type StudyRunRecord } from "./nodeStudyRun.ts";
import { writeWholeFile } from "./nodeWholeFile.ts";

const STUDY_FILE = "study.json";
export const NET_FILE = "start.model.json";
const STATE_FILE = "state.json";
const RESULTS_FILE = "results.jsonl";
const RUNS_FOLDER = "runs";
const STATE_FORMAT = "layerscope-study-state";

const headSchema = z.looseObject({ format: z.literal(STATE_FORMAT), version: z.int() });

/** What `run.json` says of a run that has come to its end by itself; null: it is to go on, or to begin again. */
const endOf = (record: StudyRunRecord | null): "finished" | "diverged" | null => {
  if (record?.failure?.reason === "diverged") return "diverged";
  return record?.outcome === "finished" ? "finished" : null;
};

export class StudyFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The text of `study.json`; null: there is none. */
  readText(): string | null {
    const file = join(this.path, STUDY_FILE);
    return existsSync(file) ? readFileSync(file, "utf8") : null;
  }

  /** The trained net that its runs start from, where there is one. */
  get netPath(): string {
    return join(this.path, NET_FILE);
  }

  /** null: there is none. */
  readNet(): string | null {
    return existsSync(this.netPath) ? readFileSync(this.netPath, "utf8") : null;
  }

  /** Makes the folder one of this study, starting from a net or (null) from initializers; what was wrong is a sentence. It may hold the same study already. */
  claim(text: string, net: string | null): string | null {
    mkdirSync(join(this.path, RUNS_FOLDER), { recursive: true });
    const before = this.readText();
    if (before === text) {
      const isSame = net === null || this.readNet() === net;
      return isSame ? null : "holds this study with another net that it starts from.";
    }
    if (before !== null) return "holds another study, or an earlier state of this one.";
    const left = [RUNS_FOLDER, NET_FILE, `${NET_FILE}.tmp`, `${STUDY_FILE}.tmp`];
    const other = readdirSync(this.path).find((name) => !left.includes(name));
    if (other !== undefined) return `is not empty: it holds ${other}.`;
    // The study last: where it is, the net is.
    if (net !== null) writeWholeFile(this.netPath, net);
    writeWholeFile(join(this.path, STUDY_FILE), text);
    return null;
  }

  /** null: there is none that can be read. */
  readState(): StudyDecisions | null {
    try {
      const parsed = headSchema.safeParse(JSON.parse(readFileSync(join(this.path, STATE_FILE), "utf8")));
      if (!parsed.success) return null;
      const { format: _format, version, ...decisions } = parsed.data;
      return readDecisions(version, decisions);
    } catch {
      return null;
    }
  }

  writeState(decisions: StudyDecisions): void {
    const state = { format: STATE_FORMAT, version: DECISIONS_VERSION, ...decisions };
    writeWholeFile(join(this.path, STATE_FILE), `${JSON.stringify(state, null, 2)}\n`);
  }

  /** Holds the folders of runs, by their ids. */
  get runsPath(): string {
    return join(this.path, RUNS_FOLDER);
  }

  runPath(id: string): string {
    return join(this.runsPath, id);
  }

  clearRun(id: string): void {
    rmSync(this.runPath(id), { recursive: true, force: true });
  }

  /** What the folder knows of a run; its epochs only where they are asked for. */
  readRun(run: StudyRunStatus, state: StudyDecisions, withEpochs: boolean): StudyRunStatus {
    const path = this.runPath(run.id);
    const labelled: StudyRunStatus = { ...run, ...state.labels[run.id] };
    // What is left of its files goes at the next start.
    if (state.deleted.includes(run.id)) return { ...labelled, state: "deleted" };
    const record = existsSync(join(path, RUN_FILE)) ? readStudyRunRecord(path) : null;
    const end = endOf(record);
    const cancelled = end === null && state.cancelled.includes(run.id);
    const failure = end === null && !cancelled ? (state.failed[run.id] ?? null) : (record?.failure?.message ?? null);
    const epochs = withEpochs && record !== null ? readStudyRunEpochs(path) : [];
    const isOver = end !== null || cancelled || failure !== null;
    return {
      ...{ ...labelled, epochs },
      ...(end !== null && record?.findings !== undefined ? { findings: record.findings } : {}),
      state: end ?? (cancelled ? "cancelled" : failure !== null ? "failed" : "waiting"),
      failure,
      step: isOver ? (record?.steps ?? record?.progress?.step ?? 0) : 0,
      totalSteps: record?.started?.totalSteps ?? null,
      elapsedMs: isOver ? (record?.elapsedMs ?? null) : null,
      endedAt: isOver ? (record?.endedAt ?? null) : null,
      bytes: isOver ? this.runBytes(run.id) : 0,
    };
  }

  readEpochs(id: string): StudyRunStatus["epochs"] {
    return readStudyRunEpochs(this.runPath(id));
  }

  /** What a run has measured; null: it has not come to its end. */
  readResult(id: string, params: StudyResult["params"]): StudyResult | null {
    return resultOf(this.readRun(waitingRun(id, params), noDecisions(""), true));
  }

  writeResults(results: readonly StudyResult[]): void {
    writeWholeFile(join(this.path, RESULTS_FILE), results.map((result) => `${JSON.stringify(result)}\n`).join(""));
  }

  /** What a run takes on the disk. */
  runBytes(id: string): number {
    return bytesBelow(this.runPath(id));
  }

  /** Of a run that has ended. */
  runEnd(id: string): Pick<StudyRunStatus, "endedAt" | "bytes"> {
    return { endedAt: readStudyRunRecord(this.runPath(id))?.endedAt ?? null, bytes: this.runBytes(id) };
  }
}

const bytesBelow = (folder: string): number => {
  if (!existsSync(folder)) return 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // A worker may remove its checkpoints meanwhile.
    if (entry.isDirectory()) bytes += bytesBelow(path);
    else bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
};
