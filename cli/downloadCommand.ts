import { join } from "node:path";
import { datasetFolderNames } from "../engine/host/nodeDatasetFiles.ts";
import { datasetsFolder } from "../engine/host/nodeDatasetsFolder.ts";
import { downloadDataset } from "../engine/host/nodeDownload.ts";
import { downloadFiles } from "../engine/host/nodeDownloads.ts";
import type { Arguments } from "./arguments.ts";
import { megabytes } from "./formats.ts";
import { writeJson, writeLine } from "./output.ts";
import { CommandFailure, UsageError } from "./usageError.ts";

const sources = { "fashion-mnist": "fashionMnist", "cifar-10": "cifar10" } as const;

const isSource = (name: string): name is keyof typeof sources => Object.hasOwn(sources, name);

export const runDownload = async (args: Arguments): Promise<number> => {
  const [name = ""] = args.operands;
  if (!isSource(name)) {
    throw new UsageError(
      `There is no dataset "${name}" to download: ${Object.keys(sources).join(", ")}. MNIST comes along.`,
    );
  }
  const source = sources[name];
  const folder = join(datasetsFolder(process.env, process.platform), datasetFolderNames[source]);
  const isJson = args.has("json");
  let shown = 0;
  const outcome = await downloadDataset({
    files: downloadFiles(source, process.env),
    folder,
    onProgress: ({ fileName, receivedBytes, totalBytes }) => {
      const now = Date.now();
      if (now - shown < 500) return;
      shown = now;
      if (isJson) writeJson({ event: "progress", fileName, receivedBytes, totalBytes });
      else if (process.stderr.isTTY) {
        process.stderr.write(`\r${fileName}: ${megabytes(receivedBytes)} of ${megabytes(totalBytes)}   `);
      }
    },
  });
  if (process.stderr.isTTY && !isJson && shown > 0) process.stderr.write("\r\u001b[K");
  if (!outcome.ok) throw new CommandFailure(outcome.error);
  if (isJson) writeJson({ event: "downloaded", dataset: name, folder });
  else writeLine(`${name} is in ${folder}`);
  return 0;
};
