/** What a list tells of a run that has come to its end, whoever keeps it. */
import { datasetTitle } from "../document/datasetReference.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import type { TrainEvent } from "../protocol.ts";
import type { EpochRecord } from "../telemetry/epochRecord.ts";

type EventOf<T extends TrainEvent["type"]> = Extract<TrainEvent, { type: T }>;

/** How a run began and ended. */
export interface EndedRun {
  readonly outcome: "finished" | "stopped" | "failed";
  readonly title: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** With the settings that were changed on the way. */
  readonly started: EventOf<"started">;
  readonly ended: EventOf<"finished"> | EventOf<"failed">;
  /** Of its last frame. */
  readonly progress: Omit<EventOf<"frame">, "type" | "sequence" | "steps" | "frame"> | null;
  readonly lastEpoch: EpochRecord | null;
}

const stepOf = ({ ended, progress }: EndedRun): number =>
  ended.type === "finished"
    ? ended.step
    : ended.failure.reason === "diverged"
      ? ended.failure.step
      : (progress?.step ?? 0);

const elapsedMsOf = ({ ended, startedAt, endedAt }: EndedRun): number =>
  ended.type === "finished" ? ended.elapsedMs : Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));

/** What an epoch measured on the test set. */
export const testScoreOf = (epoch: EpochRecord) => ({
  loss: epoch.testLoss,
  accuracy: epoch.testAccuracy,
  r2: epoch.testR2 ?? null,
});

const rankOf = ({ testAccuracy, testR2 }: EpochRecord): number => testAccuracy ?? testR2 ?? Number.NEGATIVE_INFINITY;

/** The epoch that did better on the test set, the earlier of two that did alike. */
export const betterEpoch = <Epoch extends EpochRecord>(before: Epoch | null, epoch: Epoch): Epoch =>
  before !== null && rankOf(before) >= rankOf(epoch) ? before : epoch;

export const endedRunFacts = (run: EndedRun) => {
  const { title, outcome, startedAt, endedAt, started, lastEpoch } = run;
  const { totalSteps, stepsPerEpoch, threads, build, from } = started;
  return {
    ...{ title, outcome, startedAt, endedAt, elapsedMs: elapsedMsOf(run) },
    ...{ step: stepOf(run), totalSteps, stepsPerEpoch, trainLoss: lastEpoch?.loss ?? null },
    ...{ test: lastEpoch === null ? null : testScoreOf(lastEpoch), threads, build },
    ...(from === undefined ? {} : { from }),
  };
};

/** What a run of the document trains. */
export const trainedFacts = ({ nodes, training, dataset }: LayerscopeDocument) => ({
  seed: training.seed,
  kinds: [...new Set(nodes.filter(({ bypassed }) => !bypassed).map(({ kind }) => kind))],
  optimizer: training.optimizer.name,
  dataset: datasetTitle(dataset),
});
