/** Run folders that commands read: those that the user names, and all of a study's. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { measuresOf, type RunMeasures } from "../engine/experiments/runMeasures.ts";
import { DOCUMENT_FILE, RUN_FILE } from "../engine/host/nodeRunFolder.ts";
import { readStudyRunEpochs } from "../engine/host/nodeStudyRun.ts";
import type { LayerscopeDocument } from "../engine/index.ts";
import { readDocument } from "./documentFile.ts";
import { type RunRecord, readRunRecord } from "./runDirectory.ts";
import { UsageError } from "./usageError.ts";

const STUDY_FILE = "study.json";

export interface RecordedRun {
  /** The name of its folder, with as much of the path before it as tells the runs apart. */
  readonly name: string;
  readonly path: string;
  readonly document: LayerscopeDocument;
  readonly record: RunRecord;
  readonly diverged: boolean;
  readonly numEpochs: number;
  readonly measures: RunMeasures;
}

/** The folder itself, or those of a study's runs that have begun. */
const foldersOf = (path: string): readonly string[] => {
  if (existsSync(join(path, RUN_FILE)) || !existsSync(join(path, STUDY_FILE))) return [path];
  const runs = join(path, "runs");
  const begun = (existsSync(runs) ? readdirSync(runs) : [])
    .sort()
    .map((name) => join(runs, name))
    .filter((folder) => existsSync(join(folder, RUN_FILE)));
  if (begun.length === 0) throw new UsageError(`${path} is a study of which no run has begun.`);
  return begun;
};

/** As few parts of the paths, from their ends, as tell them apart. */
const shortNames = (paths: readonly string[]): readonly string[] => {
  const parts = paths.map((path) => resolve(path).split(/[\\/]/));
  const longest = Math.max(...parts.map(({ length }) => length));
  for (let count = 1; count < longest; count++) {
    const names = parts.map((all) => all.slice(-count).join("/"));
    if (new Set(names).size === names.length) return names.map((name) => name.replace(/\/runs\//, "/"));
  }
  return paths.map((path) => basename(path));
};

/** The folders of runs that the operands stand for, each once, with names that tell them apart. */
export const readRunFolders = (operands: readonly string[]): readonly Pick<RecordedRun, "name" | "path">[] => {
  const folders = [...new Map(operands.flatMap(foldersOf).map((path) => [resolve(path), path])).values()];
  const names = shortNames(folders);
  return folders.map((path, index) => ({ name: names[index] ?? basename(path), path }));
};

/** What is in them. Throws a usage error that names the folder that is none of a run. */
export const readRecordedRuns = (operands: readonly string[]): readonly RecordedRun[] =>
  readRunFolders(operands).map(({ name, path }) => {
    const record = readRunRecord(path);
    const epochs = readStudyRunEpochs(path);
    const diverged = record.failure?.reason === "diverged";
    return {
      ...{ name, path, document: readDocument(join(path, DOCUMENT_FILE)), record, diverged },
      ...{ numEpochs: epochs.length, measures: measuresOf(epochs, diverged) },
    };
  });
