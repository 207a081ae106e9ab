import { statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { MODEL_FILE } from "../engine/host/nodeRunFolder.ts";
import { compile, onnxModel, torchCode } from "../engine/index.ts";
import type { Arguments } from "./arguments.ts";
import { errorsOf, readDocument } from "./documentFile.ts";
import { readModelFile } from "./modelFile.ts";
import { writeOptionFile } from "./namedPlaces.ts";
import { writeJson } from "./output.ts";
import { UsageError } from "./usageError.ts";

const DOCUMENT = /\.layerscope$/;
const MODEL = /\.model\.json$/;

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

const titleOf = (path: string): string => basename(resolve(path)).replace(DOCUMENT, "").replace(MODEL, "");

/** A trained net, or that of a run, as an ONNX file. */
const onnxBytes = (path: string): Uint8Array => {
  if (DOCUMENT.test(path)) throw new UsageError(`${path} is a graph without weights. Train it and export its run.`);
  if (isFile(path) && !MODEL.test(path)) throw new UsageError(`${path} is no run folder or .model.json file.`);
  return onnxModel(readModelFile(path).model, { title: titleOf(path) });
};

/** The program of a graph, a trained net or a run, as a Python file. */
const torchText = (path: string): string => {
  const isModel = MODEL.test(path);
  if (isFile(path) && !isModel && !DOCUMENT.test(path)) {
    throw new UsageError(`${path} is no run folder, .layerscope or .model.json file.`);
  }
  const document = DOCUMENT.test(path) ? readDocument(path) : readModelFile(path).model.document;
  const { program, diagnostics } = compile(document, { plan: false });
  if (program === null) throw new UsageError(`${path} can't be exported as it is: ${errorsOf({ diagnostics })}`);
  const title = titleOf(path);
  const modelName = isModel ? basename(path) : DOCUMENT.test(path) ? `${title}.model.json` : MODEL_FILE;
  return torchCode(program, { title, modelName, initializer: document.training.initializer });
};

export const runExport = (args: Arguments): number => {
  const [path = ""] = args.operands;
  const format = args.choice("format", ["layerscope", "onnx", "pytorch"]) ?? "layerscope";
  const out = args.text("out");
  if (out === undefined) throw new UsageError("export needs --out FILE.");
  if (format === "layerscope" && isFile(path)) throw new UsageError(`${path} is a file, not a run folder.`);
  const content =
    format === "pytorch" ? torchText(path) : format === "onnx" ? onnxBytes(path) : readModelFile(path).text;
  writeOptionFile("out", out, content);
  if (args.has("json")) writeJson({ event: "exported", format, from: path, out });
  return 0;
};
