import { statSync } from "node:fs";
import { writeNamedFile } from "../engine/host/nodeWholeFile.ts";
import type { Arguments } from "./arguments.ts";
import { describeFileError } from "./documentFile.ts";
import { readModelFile } from "./modelFile.ts";
import { UsageError } from "./usageError.ts";

export const runExport = (args: Arguments): number => {
  const [directory = ""] = args.operands;
  if (args.choice("format", ["layerscope"]) === undefined) throw new UsageError("export needs --format layerscope.");
  const out = args.text("out");
  if (out === undefined) throw new UsageError("export needs --out FILE.");
  if (statSync(directory, { throwIfNoEntry: false })?.isFile() === true) {
    throw new UsageError(`${directory} is a file, not a run folder.`);
  }
  const { text } = readModelFile(directory);
  try {
    writeNamedFile(out, text);
  } catch (error) {
    throw new UsageError(`--out: ${describeFileError(out, error)}`);
  }
  return 0;
};
