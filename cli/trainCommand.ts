import { factsOf, limitTraining } from "../engine/data/dataset.ts";
import { createNodeHost } from "../engine/host/node.ts";
import { compile, type LayerscopeDocument, ok } from "../engine/index.ts";
import { PROTOCOL_VERSION, type RunFailure } from "../engine/protocol.ts";
import { Run } from "../engine/train/run.ts";
import type { Arguments } from "./arguments.ts";
import { datasetReference, diagnosticLine, readDocument } from "./documentFile.ts";
import type { Installation } from "./installation.ts";
import { onReaderGone, writeError } from "./output.ts";
import { createRunDirectory } from "./runDirectory.ts";
import { overrideTraining } from "./trainingOptions.ts";
import { TrainReport } from "./trainReport.ts";
import { UsageError } from "./usageError.ts";

/** What is found before the first step: nothing was trained. */
const refusals: ReadonlySet<RunFailure["reason"]> = new Set(["invalidDocument", "datasetUnavailable", "outOfMemory"]);

/** The document that is trained: the file's, with what the options override. */
const overrideDocument = (document: LayerscopeDocument, args: Arguments): LayerscopeDocument => {
  const dataset = args.text("dataset");
  return {
    ...document,
    dataset: dataset === undefined ? document.dataset : datasetReference(dataset),
    training: overrideTraining(document.training, args),
  };
};

export const runTrain = async (
  args: Arguments,
  argv: readonly string[],
  installation: Installation,
): Promise<number> => {
  const [path = ""] = args.operands;
  const document = overrideDocument(readDocument(path), args);
  const maxSteps = args.integer("steps", 1, Number.MAX_SAFE_INTEGER);
  const trainSamples = args.integer("limit", 1, Number.MAX_SAFE_INTEGER);
  const threads = args.integer("threads", 1, 256) ?? null;

  const host = createNodeHost(installation);
  const dataset = await host.loadDataset(document.dataset);
  if (!dataset.ok) throw new UsageError(dataset.error.message);
  const limited = trainSamples === undefined ? dataset.value : limitTraining(dataset.value, trainSamples);
  const compiled = compile(document, { dataset: factsOf(limited), numCores: host.numCores });
  for (const diagnostic of compiled.diagnostics) writeError(diagnosticLine(diagnostic));
  if (compiled.program === null) return 2;

  const out = args.text("out");
  const directory = out === undefined ? null : createRunDirectory(out, document);
  const report = new TrainReport({ json: args.has("json"), document, path, compiled, directory });
  const run = new Run({
    host: { ...host, loadDataset: async () => ok(dataset.value) },
    post: (event) => {
      report.receive(event);
      if (event.type === "frame") void run.receive({ type: "acknowledgeFrame", sequence: event.sequence });
    },
    ...(maxSteps === undefined ? {} : { maxSteps }),
    ...(trainSamples === undefined ? {} : { trainSamples }),
  });

  // Stops after the batch under way; a second signal ends at once.
  let signalCode: number | null = null;
  const stopWith = (code: number) => (): void => {
    if (signalCode !== null) process.exit(code);
    signalCode = code;
    void run.receive({ type: "stop" });
  };
  const onInterrupt = stopWith(130);
  const onTerminate = stopWith(143);
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  onReaderGone(() => void run.receive({ type: "stop" }));

  const startedAt = host.timestamp();
  await run.receive({ type: "start", protocol: PROTOCOL_VERSION, document, threads });
  report.finish({ run, startedAt, endedAt: host.timestamp(), command: ["layerscope", ...argv] });
  run.dispose();
  process.off("SIGINT", onInterrupt);
  process.off("SIGTERM", onTerminate);
  if (report.failure === null) return signalCode ?? 0;
  writeError(`layerscope: ${report.failure.message}`);
  return refusals.has(report.failure.reason) ? 2 : 1;
};
