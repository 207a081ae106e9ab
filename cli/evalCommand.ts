import { createNodeHost } from "../engine/host/node.ts";
import { counted } from "../engine/index.ts";
import { evaluateModel } from "../engine/train/evaluation.ts";
import { hashTensors } from "../engine/train/sha256.ts";
import type { Arguments } from "./arguments.ts";
import { readDatasetOption } from "./datasetOption.ts";
import { count, scoreText } from "./formats.ts";
import type { Installation } from "./installation.ts";
import { readModelFile } from "./modelFile.ts";
import { writeJson, writeLine } from "./output.ts";
import { lossesHashOf } from "./runDirectory.ts";
import { CommandFailure, UsageError } from "./usageError.ts";

export const runEvaluate = async (args: Arguments, installation: Installation): Promise<number> => {
  const [path = ""] = args.operands;
  const threads = args.integer("threads", 1, 256) ?? null;
  const { model } = readModelFile(path);
  const host = createNodeHost(installation);
  const chosen = args.text("dataset");
  const dataset = await host.loadDataset(
    chosen === undefined ? model.document.dataset : await readDatasetOption(chosen, host),
  );
  if (!dataset.ok) throw new UsageError(dataset.error.message);
  const evaluation = await evaluateModel({ model, dataset: dataset.value, host, threads });
  if (!evaluation.ok) {
    if (evaluation.error.reason === "datasetUnavailable") throw new UsageError(evaluation.error.message);
    throw new CommandFailure(evaluation.error.message);
  }
  const { loss, accuracy, r2, testCount, elapsedMs } = evaluation.value;
  const weightsHash = await hashTensors(model.tensors, host);
  const samplesPerSecond = elapsedMs > 0 ? (1000 * testCount) / elapsedMs : 0;
  if (args.has("json")) {
    writeJson({
      event: "evaluated",
      dataset: dataset.value.name,
      testCount,
      testLoss: loss,
      testAccuracy: accuracy,
      ...(r2 === null ? {} : { testR2: r2 }),
      elapsedMs,
      samplesPerSecond,
      lossesHash: lossesHashOf(path),
      weightsHash,
    });
  } else {
    writeLine(
      `${dataset.value.name}: test ${scoreText(accuracy, r2)}, loss ${loss.toFixed(4)} on ${counted(testCount, "sample")}, ${count(samplesPerSecond)} samples/s`,
    );
    writeLine(`SHA-256 of weights  ${weightsHash}`);
  }
  return 0;
};
