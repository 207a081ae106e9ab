/** `layerscope tensorboard`: the event files of runs that are there. */
import { join } from "node:path";
import { counted } from "../engine/index.ts";
import type { Arguments } from "./arguments.ts";
import { writeEventFile } from "./eventFile.ts";
import { writeJson, writeLine } from "./output.ts";
import { readRunFolders } from "./recordedRuns.ts";
import { UsageError } from "./usageError.ts";

export const runTensorboard = (args: Arguments): number => {
  const out = args.text("out");
  if (out === undefined) throw new UsageError("tensorboard needs --out DIR.");
  const folders = readRunFolders(args.operands);
  for (const { name, path } of folders) {
    const written = writeEventFile(path, join(out, name), "out");
    if (args.has("json")) writeJson({ event: "written", run: name, ...written });
    else {
      const { scalars, histograms } = written;
      writeLine(`${name}: ${counted(scalars, "number")} and ${counted(histograms, "histogram")} in ${written.path}`);
    }
  }
  if (!args.has("json")) writeLine(`To look at them: tensorboard --logdir ${out}`);
  return 0;
};
