import { statSync } from "node:fs";
import { join } from "node:path";
import { MAX_MODEL_BYTES } from "../engine/export/modelSchema.ts";
import { MODEL_FILE } from "../engine/host/nodeRunFolder.ts";
import { loadModel, type Model } from "../engine/index.ts";
import { describeFileError, readTextFile } from "./documentFile.ts";
import { UsageError } from "./usageError.ts";

/** Reads a model JSON, or the one in a run folder. */
export const readModelFile = (
  path: string,
): { readonly file: string; readonly text: string; readonly model: Model } => {
  let file = path;
  try {
    if (statSync(path).isDirectory()) file = join(path, MODEL_FILE);
  } catch (error) {
    throw new UsageError(describeFileError(path, error));
  }
  if (file !== path && statSync(file, { throwIfNoEntry: false }) === undefined) {
    throw new UsageError(`${path} is not a run folder: it has no ${MODEL_FILE}.`);
  }
  const text = readTextFile(file, MAX_MODEL_BYTES);
  const loaded = loadModel(text);
  if (!loaded.ok) throw new UsageError(`${file}: ${loaded.error.message}`);
  return { file, text, model: loaded.value };
};
