import { type ChildProcess, fork } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { factsOf, limitTraining } from "../engine/data/dataset.ts";
import { expandStudy, type StudyRun } from "../engine/experiments/expandStudy.ts";
import { parseStudy, type Study } from "../engine/experiments/study.ts";
import { createNodeHost } from "../engine/host/node.ts";
import { RUN_FILE } from "../engine/host/nodeRunFolder.ts";
import {
  compile,
  describeParseError,
  type LayerscopeDocument,
  MAX_DOCUMENT_BYTES,
  mapDatasetPaths,
  parse,
  serialize,
} from "../engine/index.ts";
import type { Arguments } from "./arguments.ts";
import { readDocument, readTextFile } from "./documentFile.ts";
import { duration, plural } from "./formats.ts";
import type { Installation } from "./installation.ts";
import { writeError, writeJson, writeLine } from "./output.ts";
import { readStudyResult, type StudyResult } from "./studyResults.ts";
import type { SweepTask } from "./sweepWorker.ts";
import { UsageError } from "./usageError.ts";

const readStudy = (path: string): { readonly study: Study; readonly document: LayerscopeDocument } => {
  const parsed = parseStudy(readTextFile(path, MAX_DOCUMENT_BYTES));
  if (!parsed.ok) throw new UsageError(`${path}: ${parsed.error}`);
  const study = parsed.value;
  const inFolder = (file: string): string => resolve(dirname(path), file);
  const dataset = study.dataset === undefined ? {} : { dataset: mapDatasetPaths(study.dataset, inFolder) };
  if (typeof study.document === "string") {
    return { study: { ...study, ...dataset }, document: readDocument(inFolder(study.document)) };
  }
  const inline = parse(JSON.stringify(study.document));
  if (!inline.ok) throw new UsageError(`${path}: document: ${describeParseError(inline.error)}`);
  const document = { ...inline.value, dataset: mapDatasetPaths(inline.value.dataset, inFolder) };
  return { study: { ...study, ...dataset }, document };
};

/** A whole file or none. */
const writeWhole = (path: string, text: string): void => {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
};

/** The study with all that it depends on; a folder holds one only. */
const claimFolder = (out: string, study: Study, document: LayerscopeDocument): void => {
  const frozen = { ...study, document: JSON.parse(serialize(document)) };
  const text = `${JSON.stringify(frozen, null, 2)}\n`;
  const file = join(out, "study.json");
  mkdirSync(join(out, "runs"), { recursive: true });
  if (existsSync(file)) {
    if (readTextFile(file, MAX_DOCUMENT_BYTES) === text) return;
    throw new UsageError(
      `--out ${out} holds another study, or an earlier state of this one. Name a new or empty folder.`,
    );
  }
  const other = readdirSync(out).find((name) => name !== "runs" && name !== "study.json.tmp");
  if (other !== undefined)
    throw new UsageError(`--out ${out} is not empty: it holds ${other}. Name a new or empty folder.`);
  writeWhole(file, text);
};

export const runSweep = async (
  args: Arguments,
  argv: readonly string[],
  installation: Installation,
): Promise<number> => {
  const [path = ""] = args.operands;
  const out = args.text("out");
  if (out === undefined) throw new UsageError("sweep needs --out DIR.");
  const host = createNodeHost(installation);
  const jobs = Math.min(args.integer("jobs", 1, 256) ?? host.numCores, host.numCores);
  const { study, document } = readStudy(path);
  const expanded = expandStudy(study, document);
  if (!expanded.ok) throw new UsageError(`${path}: ${expanded.error}`);
  const runs = expanded.value;
  const trainSamples = study.trainSamples ?? null;
  const dataset = await host.loadDataset(study.dataset ?? document.dataset);
  if (!dataset.ok) throw new UsageError(dataset.error.message);
  const facts = factsOf(trainSamples === null ? dataset.value : limitTraining(dataset.value, trainSamples));
  for (const { id, assignment, document: run } of runs) {
    const { program, diagnostics } = compile(run, { dataset: facts, numCores: host.numCores });
    const problem = diagnostics.find(({ severity }) => severity === "error")?.message ?? "it does not compile.";
    if (program === null) throw new UsageError(`${id}, ${JSON.stringify(assignment)}: ${problem}`);
  }
  claimFolder(out, study, document);

  const json = args.has("json");
  const folderOf = ({ id }: StudyRun): string => join(out, "runs", id);
  const results = new Map<string, StudyResult>();
  for (const run of runs) {
    const folder = folderOf(run);
    const found = existsSync(join(folder, RUN_FILE)) ? readStudyResult(folder, run.id, run.assignment) : null;
    if (found !== null) results.set(run.id, found);
    else rmSync(folder, { recursive: true, force: true });
  }
  const writeResults = (): void =>
    writeWhole(
      join(out, "results.jsonl"),
      runs.flatMap(({ id }) => (results.has(id) ? [`${JSON.stringify(results.get(id))}\n`] : [])).join(""),
    );
  const waiting = runs.filter(({ id }) => !results.has(id));
  const numBefore = results.size;
  const begun = host.now();
  if (json)
    writeJson({ event: "studyStarted", title: study.title, runs: runs.length, finishedBefore: numBefore, jobs });
  writeError(`${plural(runs.length, "run")}, ${numBefore} finished before, ${jobs} at a time`);

  let stopping = false;
  let failed = 0;
  const children = new Set<ChildProcess>();
  const stop = (): void => {
    stopping = true;
    for (const child of children) child.kill("SIGTERM");
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);

  const runFinished = (run: StudyRun): void => {
    const result = existsSync(join(folderOf(run), RUN_FILE))
      ? readStudyResult(folderOf(run), run.id, run.assignment)
      : null;
    if (result === null) {
      if (!stopping) failed += 1;
      return;
    }
    results.set(run.id, result);
    writeResults();
    if (json) writeJson({ event: "runFinished", ...result });
    const seconds = (host.now() - begun) / 1000;
    const left = (seconds / (results.size - numBefore)) * (runs.length - results.size);
    const end = result.diverged ? `diverged: ${result.failure}` : `loss ${result.finalLoss?.toFixed(4)}`;
    writeError(
      `${results.size} of ${runs.length}, ${duration(left)} left: ${run.id} ${JSON.stringify(run.assignment)}, ${end}`,
    );
  };

  const work = (): Promise<void> =>
    new Promise((ended) => {
      const child = fork(installation.commandFile, ["sweep-worker"], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
      children.add(child);
      let current: StudyRun | null = null;
      let complaints = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        complaints = (complaints + text).slice(-4000);
      });
      const next = (): void => {
        current = stopping ? null : (waiting.shift() ?? null);
        if (current === null) {
          // It ends by itself once nobody talks to it.
          if (child.connected) child.disconnect();
          children.delete(child);
          ended();
          return;
        }
        if (json) writeJson({ event: "runStarted", id: current.id, params: current.assignment });
        const task: SweepTask = {
          ...{ id: current.id, path: folderOf(current), document: serialize(current.document), trainSamples },
          ...{ testSamples: study.testSamples ?? null, statistics: args.has("statistics") },
          command: ["layerscope", ...argv],
        };
        child.send(task);
      };
      child.on("message", () => {
        if (current !== null) runFinished(current);
        next();
      });
      child.on("close", () => {
        children.delete(child);
        // Ended in the middle of a run, and nobody asked for it.
        if (current !== null && !stopping) {
          failed += 1;
          writeError(`${current.id} ended without a result: ${complaints.trim()}`);
        }
        ended();
      });
      next();
    });
  await Promise.all(Array.from({ length: Math.min(jobs, waiting.length) }, work));
  process.off("SIGINT", stop);
  process.off("SIGTERM", stop);
  writeResults();
  const seconds = (host.now() - begun) / 1000;
  const diverged = [...results.values()].filter((result) => result.diverged).length;
  const summary = { finished: results.size, runs: runs.length, diverged, failed, seconds };
  if (json) writeJson({ event: "studyFinished", stopped: stopping, ...summary });
  else {
    writeLine(
      `${stopping ? "Stopped" : "Finished"}: ${results.size} of ${plural(runs.length, "run")}, ${diverged} diverged, in ${seconds.toFixed(1)} s. Results in ${join(out, "results.jsonl")}`,
    );
  }
  if (stopping) return 130;
  return failed === 0 ? 0 : 1;
};
