/**
 * The folder of a run: `document.layerscope` (frozen, with what the command overrode), `metrics.jsonl` (steps, frames and epochs as they
 * come), `model.model.json` (weights), `run.json` (how it was made and how it ended). docs/file-formats.md describes them.
 */
import { closeSync, mkdirSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type LayerscopeDocument, serialize } from "../engine/index.ts";
import { describeFileError } from "./documentFile.ts";
import { UsageError } from "./usageError.ts";

export const MODEL_FILE = "model.model.json";

export interface RunDirectory {
  readonly path: string;
  addMetric(line: string): void;
  /** Writes what is known at the end and closes the folder. */
  finish(call: { readonly model: string | null; readonly record: unknown }): void;
}

/** Refuses a folder that holds anything: a run is never mixed with another's files. */
export const createRunDirectory = (path: string, document: LayerscopeDocument): RunDirectory => {
  let metrics: number;
  try {
    mkdirSync(path, { recursive: true });
    const [existing] = readdirSync(path);
    if (existing !== undefined) {
      throw new UsageError(`--out ${path} is not empty: it holds ${existing}. Name a new or empty folder.`);
    }
    writeFileSync(join(path, "document.layerscope"), serialize(document));
    metrics = openSync(join(path, "metrics.jsonl"), "w");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    throw new UsageError(
      isFile ? `--out ${path} is a file, not a folder.` : `--out: ${describeFileError(path, error)}`,
    );
  }
  return {
    path,
    addMetric: (line) => {
      writeSync(metrics, `${line}\n`);
    },
    finish: ({ model, record }) => {
      closeSync(metrics);
      if (model !== null) writeFileSync(join(path, MODEL_FILE), model);
      writeFileSync(join(path, "run.json"), `${JSON.stringify(record, null, 2)}\n`);
    },
  };
};
