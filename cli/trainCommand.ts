import { factsOf, limitTraining } from "../engine/data/dataset.ts";
import type { TrainerHost } from "../engine/host/host.ts";
import { createNodeHost } from "../engine/host/node.ts";
import { compile, type LayerscopeDocument } from "../engine/index.ts";
import type { TrainEvent } from "../engine/protocol.ts";
import { ENGINE_VERSION } from "../engine/version.ts";
import type { Arguments } from "./arguments.ts";
import { readDatasetOption } from "./datasetOption.ts";
import { diagnosticLine, errorsOf, readDocument } from "./documentFile.ts";
import { LiveEventFile } from "./eventFile.ts";
import { executeRun } from "./executeRun.ts";
import type { Installation } from "./installation.ts";
import { readModelFile } from "./modelFile.ts";
import { writeError } from "./output.ts";
import { createRunDirectory } from "./runDirectory.ts";
import { isModelPath, readStartingFile, startLines, startPath } from "./startOption.ts";
import { statisticsOptions } from "./statisticsOptions.ts";
import { overrideTraining } from "./trainingOptions.ts";
import { TrainReport } from "./trainReport.ts";
import { UsageError } from "./usageError.ts";

const DEFAULT_CHECKPOINT_SECONDS = 30;

/** The document that is trained: the file's, with what the options override. */
const overrideDocument = async (
  document: LayerscopeDocument,
  args: Arguments,
  host: TrainerHost,
): Promise<LayerscopeDocument> => {
  const dataset = args.text("dataset");
  return {
    ...document,
    dataset: dataset === undefined ? document.dataset : await readDatasetOption(dataset, host),
    training: overrideTraining(document.training, args),
  };
};

export const runTrain = async (
  args: Arguments,
  argv: readonly string[],
  installation: Installation,
): Promise<number> => {
  const [path = ""] = args.operands;
  const host = createNodeHost(installation);
  const graph = isModelPath(path) ? readModelFile(path).model.document : readDocument(path);
  const document = await overrideDocument(graph, args, host);
  const maxSteps = args.integer("steps", 1, Number.MAX_SAFE_INTEGER) ?? null;
  const trainSamples = args.integer("limit", 1, Number.MAX_SAFE_INTEGER) ?? null;
  const threads = args.integer("threads", 1, 256) ?? null;
  const statistics = statisticsOptions(args);

  const dataset = await host.loadDataset(document.dataset);
  if (!dataset.ok) throw new UsageError(dataset.error.message);
  const limited = trainSamples === null ? dataset.value : limitTraining(dataset.value, trainSamples);
  const compiled = compile(document, { dataset: factsOf(limited), numCores: host.numCores });
  for (const diagnostic of compiled.diagnostics) {
    if (diagnostic.severity !== "error") writeError(diagnosticLine(diagnostic));
  }
  if (compiled.program === null) throw new UsageError(`${path} can't be trained as it is: ${errorsOf(compiled)}`);

  const fromPath = startPath(path, args.text("from"));
  const from = fromPath === null ? null : await readStartingFile(fromPath, compiled.program, host);

  const out = args.text("out");
  const checkpointSeconds = args.positive("checkpoint-seconds") ?? DEFAULT_CHECKPOINT_SECONDS;
  const startedAt = host.timestamp();
  const command = ["layerscope", ...argv];
  const tensorboard = args.text("tensorboard");
  const events = tensorboard === undefined ? null : new LiveEventFile(tensorboard, document.training);
  const directory =
    out === undefined
      ? null
      : await createRunDirectory(out, document, {
          ...{ command, startedAt, engineVersion: ENGINE_VERSION, nodeVersion: process.version },
          ...{ seed: document.training.seed, maxSteps, trainSamples, checkpointSeconds, resumes: [] },
          ...(from === null ? {} : { from: from.record }),
        });
  const startsFrom = from === null ? [] : startLines(from);
  const report = new TrainReport({ json: args.has("json"), document, path, compiled, directory, startsFrom });
  return executeRun({
    ...{
      host,
      dataset: dataset.value,
      document,
      threads,
      maxSteps,
      trainSamples,
      directory,
      report,
      startedAt,
      command,
      statistics,
    },
    ...(events === null ? {} : { observe: (event: TrainEvent) => events.receive(event) }),
    resume: null,
    from,
  });
};
