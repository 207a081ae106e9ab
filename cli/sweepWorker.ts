/** A process of `sweep`: trains one run after the other, each on one thread. It reads a dataset once and keeps it for the runs to come. */
import { z } from "zod";
import { type Dataset, factsOf, limitTest, limitTraining } from "../engine/data/dataset.ts";
import { createNodeHost } from "../engine/host/node.ts";
import { compile, parse } from "../engine/index.ts";
import { ENGINE_VERSION } from "../engine/version.ts";
import { executeRun } from "./executeRun.ts";
import type { Installation } from "./installation.ts";
import { createRunDirectory } from "./runDirectory.ts";
import { TrainReport } from "./trainReport.ts";

/** What the parent asks for; the folder is new. */
export const sweepTaskSchema = z.strictObject({
  id: z.string(),
  path: z.string(),
  document: z.string(),
  trainSamples: z.int().nullable(),
  testSamples: z.int().nullable(),
  statistics: z.boolean(),
  command: z.array(z.string()),
});

export type SweepTask = z.infer<typeof sweepTaskSchema>;

export const runSweepWorker = async (installation: Installation): Promise<number> => {
  const host = createNodeHost(installation);
  const datasets = new Map<string, Dataset>();

  const train = async (task: SweepTask): Promise<void> => {
    const parsed = parse(task.document);
    if (!parsed.ok) throw new Error(`The document of ${task.id} cannot be read.`);
    const document = parsed.value;
    const key = JSON.stringify(document.dataset);
    let dataset = datasets.get(key);
    if (dataset === undefined) {
      const loaded = await host.loadDataset(document.dataset);
      if (!loaded.ok) throw new Error(loaded.error.message);
      dataset = task.testSamples === null ? loaded.value : limitTest(loaded.value, task.testSamples);
      datasets.set(key, dataset);
    }
    const { trainSamples, command } = task;
    const facts = factsOf(trainSamples === null ? dataset : limitTraining(dataset, trainSamples));
    const compiled = compile(document, { dataset: facts, numCores: host.numCores });
    const startedAt = host.timestamp();
    const directory = createRunDirectory(task.path, document, {
      ...{ command, startedAt, engineVersion: ENGINE_VERSION, nodeVersion: process.version },
      ...{ seed: document.training.seed, maxSteps: null, trainSamples, checkpointSeconds: 30, resumes: [] },
    });
    await executeRun({
      ...{ host, dataset, document, threads: 1, maxSteps: null, trainSamples, startedAt, command, resume: null },
      directory,
      keepsCheckpoints: false,
      report: new TrainReport({ json: false, quiet: true, document, path: task.path, compiled, directory }),
      framesPerSecond: task.statistics ? null : 0,
    });
  };

  return new Promise((_ended, failed) => {
    process.on("message", (message) => {
      void train(sweepTaskSchema.parse(message)).then(() => process.send?.("done"), failed);
    });
    // The parent has no more work, or is gone: a run under way must not write where another sweep begins it anew.
    process.on("disconnect", () => process.exit(0));
  });
};
