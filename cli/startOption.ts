/** `train --from`: the trained net that a run starts from. */
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import type { Host } from "../engine/host/host.ts";
import { counted, describeAnew, type LayerFit, type Program } from "../engine/index.ts";
import { startedFromSchema } from "../engine/protocol.ts";
import { startingWeights } from "../engine/train/startingNet.ts";
import { readModelFile } from "./modelFile.ts";
import { UsageError } from "./usageError.ts";

/** What `run.json` says of it: with the file and its weights the run can be made again. */
export const startRecordSchema = startedFromSchema.extend({
  /** Absolute: where it was. */
  file: z.string(),
});

export interface StartingFile {
  readonly record: z.infer<typeof startRecordSchema>;
  /** What the run is started with. */
  readonly request: { readonly name: string; readonly text: string };
  readonly fit: LayerFit;
}

/** Whether a graph to train is that of a trained net. */
export const isModelPath = (path: string): boolean => /\.model\.json$/.test(path);

/** What `--from` names; without it a trained net that is trained on starts from its own weights. null: initializers. */
export const startPath = (path: string, from: string | undefined): string | null => {
  if (from === "none") return null;
  return from ?? (isModelPath(path) ? path : null);
};

/** A model JSON, or that of a run folder, and what it is called. */
export const readNetFile = (path: string): ReturnType<typeof readModelFile> & { readonly name: string } => {
  const read = readModelFile(path);
  const { file } = read;
  // That of a run folder has the name of all of them.
  return { ...read, name: file === path ? basename(file) : join(basename(dirname(resolve(file))), basename(file)) };
};

/** Reads a net to start a program from. Refuses one of which no layer fits. */
export const readStartingFile = async (
  path: string,
  program: Program,
  host: Pick<Host, "sha256">,
): Promise<StartingFile> => {
  const { file, text, model, name } = readNetFile(path);
  const weights = await startingWeights(program, { name, model }, host);
  if (!weights.ok) throw new UsageError(`${path}: ${weights.error}`);
  const { from, fit } = weights.value;
  return { record: { ...from, file: resolve(file) }, request: { name, text }, fit };
};

/** The same file for a run that begins again; refuses another that took its place. */
export const findStartingFile = async (
  record: StartingFile["record"],
  program: Program,
  host: Pick<Host, "sha256">,
): Promise<StartingFile> => {
  const found = await readStartingFile(record.file, program, host);
  if (found.record.weightsHash === record.weightsHash) return found;
  throw new UsageError(
    `The run started from ${record.file} with weights ${record.weightsHash.slice(0, 12)}…; that file has others now, ${found.record.weightsHash.slice(0, 12)}…. Train anew.`,
  );
};

/** `Starts from lenet.model.json: 6 of 7 layers with weights`, and a line for each of the others. */
export const startLines = ({
  request,
  fit,
}: Pick<StartingFile, "fit"> & { readonly request: { readonly name: string } }): readonly string[] => {
  const total = fit.taken.length + fit.anew.length;
  return [
    `Starts from ${request.name}: ${fit.anew.length === 0 ? `all ${counted(total, "layer")}` : `${fit.taken.length} of ${counted(total, "layer")}`} with weights`,
    ...fit.anew.map((layer) => `  ${layer.name} ${describeAnew(layer, request.name)}`),
  ];
};
