/** Trains in this process until the run ends or a signal stops it; what `train` and `resume` share. */
import type { Dataset } from "../engine/data/dataset.ts";
import type { TrainerHost } from "../engine/host/host.ts";
import { type LayerscopeDocument, messageOf, ok } from "../engine/index.ts";
import { PROTOCOL_VERSION, type RunFailure, type TrainEvent } from "../engine/protocol.ts";
import type { Checkpoint } from "../engine/train/checkpoint.ts";
import { Run } from "../engine/train/run.ts";
import { diskProblem } from "./diskProblem.ts";
import { onReaderGone, writeError } from "./output.ts";
import type { RunDirectory } from "./runDirectory.ts";
import type { StartingFile } from "./startOption.ts";
import type { StatisticsOptions } from "./statisticsOptions.ts";
import type { TrainReport } from "./trainReport.ts";

/** What is found before the first step: nothing was trained. */
const refusals: ReadonlySet<RunFailure["reason"]> = new Set(["invalidDocument", "datasetUnavailable", "outOfMemory"]);

/** The exit code: 0, 1 when training failed, 2 when it could not begin, 128 + the signal that stopped it. */
export const executeRun = async (call: {
  readonly host: TrainerHost;
  readonly dataset: Dataset;
  readonly document: LayerscopeDocument;
  readonly threads: number | null;
  readonly maxSteps: number | null;
  readonly trainSamples: number | null;
  readonly directory: RunDirectory | null;
  readonly resume: Checkpoint | null;
  /** null: initializers, or what the checkpoint holds. */
  readonly from: StartingFile | null;
  readonly report: TrainReport;
  readonly statistics: StatisticsOptions;
  /** Is told all that the report is. */
  readonly observe?: (event: TrainEvent) => void;
  readonly startedAt: string;
  readonly command: readonly string[];
}): Promise<number> => {
  const { host, dataset, document, threads, maxSteps, trainSamples, directory, resume, report } = call;
  const run = new Run({
    host: { ...host, loadDataset: async () => ok(dataset) },
    post: (event) => {
      try {
        report.receive(event);
        call.observe?.(event);
      } catch (error) {
        // The run ends with these words.
        throw new Error(diskProblem(error) ?? messageOf(error));
      }
      if (event.type === "frame") void run.receive({ type: "acknowledgeFrame", sequence: event.sequence });
    },
    ...(maxSteps === null ? {} : { maxSteps }),
    ...(trainSamples === null ? {} : { trainSamples }),
    ...(directory === null ? {} : { checkpoints: directory.checkpoints }),
    ...(resume === null ? {} : { resume }),
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

  await run.receive({ type: "changeStatistics", ...call.statistics, skippedNodes: [] });
  await run.receive({
    type: "start",
    protocol: PROTOCOL_VERSION,
    document,
    threads,
    ...(call.from === null ? {} : { from: call.from.request }),
  });
  report.finish({ run, startedAt: call.startedAt, endedAt: host.timestamp(), command: call.command });
  run.dispose();
  process.off("SIGINT", onInterrupt);
  process.off("SIGTERM", onTerminate);
  if (report.failure === null) return signalCode ?? 0;
  writeError(`layerscope: ${report.failure.message}`);
  return refusals.has(report.failure.reason) ? 2 : 1;
};
