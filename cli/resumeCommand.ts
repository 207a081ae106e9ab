import { join } from "node:path";
import { factsOf, limitTraining } from "../engine/data/dataset.ts";
import { createNodeHost } from "../engine/host/node.ts";
import { DOCUMENT_FILE, readMetrics } from "../engine/host/nodeRunFolder.ts";
import { compile } from "../engine/index.ts";
import { ENGINE_VERSION } from "../engine/version.ts";
import type { Arguments } from "./arguments.ts";
import { diagnosticLine, errorsOf, readDocument } from "./documentFile.ts";
import { executeRun } from "./executeRun.ts";
import { claimFolder } from "./folderClaim.ts";
import type { Installation } from "./installation.ts";
import { writeError } from "./output.ts";
import { findCheckpoint, readRunRecord, resumeRunDirectory } from "./runDirectory.ts";
import { findStartingFile } from "./startOption.ts";
import { statisticsOptions } from "./statisticsOptions.ts";
import { TrainReport } from "./trainReport.ts";
import { UsageError } from "./usageError.ts";

export const runResume = async (args: Arguments, installation: Installation): Promise<number> => {
  const [path = ""] = args.operands;
  const threads = args.integer("threads", 1, 256) ?? null;
  const statistics = statisticsOptions(args);
  const record = readRunRecord(path);
  await claimFolder(path);
  const { checkpoint, problems } = findCheckpoint(path, record);
  const step = checkpoint?.session.step ?? 0;
  for (const problem of problems) writeError(problem);
  if (checkpoint === null) writeError("There is no checkpoint: training begins with the first step again.");
  else if (problems.length > 0) writeError(`Training goes on after step ${step}.`);
  const madeBy = checkpoint?.engineVersion ?? record.engineVersion;
  if (madeBy !== ENGINE_VERSION) {
    writeError(
      `The run was begun by version ${madeBy}, this is ${ENGINE_VERSION}: its numbers may go on slightly otherwise.`,
    );
  }

  const host = createNodeHost(installation);
  const document = checkpoint?.session.document ?? readDocument(join(path, DOCUMENT_FILE));
  const dataset = await host.loadDataset(document.dataset);
  if (!dataset.ok) throw new UsageError(dataset.error.message);
  const { maxSteps, trainSamples, startedAt, command } = record;
  const limited = trainSamples === null ? dataset.value : limitTraining(dataset.value, trainSamples);
  const compiled = compile(document, { dataset: factsOf(limited), numCores: host.numCores });
  for (const diagnostic of compiled.diagnostics) {
    if (diagnostic.severity !== "error") writeError(diagnosticLine(diagnostic));
  }
  if (compiled.program === null) throw new UsageError(`${path} can't be trained as it is: ${errorsOf(compiled)}`);

  const { from } = record;
  const startsFrom =
    checkpoint === null && from !== undefined ? await findStartingFile(from, compiled.program, host) : null;

  const earlier = checkpoint === null ? [] : readMetrics(path, checkpoint.run.metricsBytes);
  const directory = resumeRunDirectory({ path, checkpoint, record, at: host.timestamp() });
  const report = new TrainReport({ json: args.has("json"), document, path, compiled, directory, earlier });
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
    resume: checkpoint,
    from: startsFrom,
  });
};
