import { limitTraining } from "../engine/data/dataset.ts";
import { changedModelBytes } from "../engine/export/modelFile.ts";
import { createNodeHost } from "../engine/host/node.ts";
import { counted } from "../engine/index.ts";
import { type NamedResult, recomputeModel } from "../engine/train/recomputeModel.ts";
import { hashTensors } from "../engine/train/sha256.ts";
import type { Arguments } from "./arguments.ts";
import { readDatasetOption } from "./datasetOption.ts";
import { scoreText } from "./formats.ts";
import type { Installation } from "./installation.ts";
import { readModelFile } from "./modelFile.ts";
import { checkOptionFile, writeOptionFile } from "./namedPlaces.ts";
import { writeJson, writeLine } from "./output.ts";
import { CommandFailure, UsageError } from "./usageError.ts";

const MAX_SAMPLES = 2 ** 31;

/** As `eval` prints it. */
const fields = ({ loss, accuracy, r2 }: NamedResult) => ({
  testLoss: loss,
  testAccuracy: accuracy,
  ...(r2 === null ? {} : { testR2: r2 }),
});

export const runRecompute = async (args: Arguments, installation: Installation): Promise<number> => {
  const [path = ""] = args.operands;
  const threads = args.integer("threads", 1, 256) ?? null;
  const limit = args.integer("limit", 1, MAX_SAMPLES) ?? null;
  const out = args.text("out");
  // Before minutes of work.
  if (out !== undefined) checkOptionFile("out", out);
  const { model } = readModelFile(path);
  const host = createNodeHost(installation);
  const chosen = args.text("dataset");
  const loaded = await host.loadDataset(
    chosen === undefined ? model.document.dataset : await readDatasetOption(chosen, host),
  );
  if (!loaded.ok) throw new UsageError(loaded.error.message);
  const dataset = limit === null ? loaded.value : limitTraining(loaded.value, limit);
  const outcome = await recomputeModel({ model, dataset, host, threads });
  if (!outcome.ok) {
    if (outcome.error.reason === "datasetUnavailable") throw new UsageError(outcome.error.message);
    throw new CommandFailure(outcome.error.message);
  }
  const { samples, nodeIds, before, training, after, tensors, elapsedMs } = outcome.value;
  if (out !== undefined) {
    const record = { testAccuracy: after.accuracy, savedAt: host.timestamp() };
    writeOptionFile("out", out, changedModelBytes(model, tensors, record));
  }
  const weightsHash = await hashTensors(tensors, host);
  if (args.has("json")) {
    const results = { before: fields(before), recomputed: fields(after), trainingMode: fields(training) };
    writeJson({
      ...{ event: "recomputed", dataset: dataset.name, samples, nodes: nodeIds, testCount: dataset.test.count },
      ...{ ...results, elapsedMs, out: out ?? null, weightsHash },
    });
    return 0;
  }
  const line = (title: string, { loss, accuracy, r2 }: NamedResult): string =>
    `${title.padEnd(15)}${scoreText(accuracy, r2)}, loss ${loss.toFixed(4)}`;
  writeLine(
    [
      `${dataset.name}: statistics of ${counted(nodeIds.length, "BatchNorm")} pooled over ${counted(samples, "training sample")}`,
      line("before", before),
      line("recomputed", after),
      line("training mode", training),
      `SHA-256 of weights  ${weightsHash}`,
      out === undefined ? "Nothing was written: give --out FILE to keep the net." : `Written to ${out}`,
    ].join("\n"),
  );
  return 0;
};
