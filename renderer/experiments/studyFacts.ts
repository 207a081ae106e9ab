/** What a study holds fixed, and how far it is, in words. */
import { activationKinds, counted, datasetTitle, layerOf, optimizers } from "../../engine/index.ts";
import type { StudyStatus } from "../../engine/protocol.ts";
import { formatCount, formatDuration, formatSetting, NO_BREAK_SPACE } from "../charts/format.ts";
import type { StudyModel } from "./studyModel.ts";

interface Fact {
  readonly title: string;
  readonly text: string;
}

type Definition = Pick<StudyModel, "study" | "document">;

const samplesWords = ({ study }: Definition): string => {
  const { trainSamples, testSamples } = study;
  const unit = "samples";
  if (trainSamples === undefined && testSamples === undefined) return "";
  if (trainSamples === testSamples) return `, first ${formatCount(trainSamples ?? 0)} to train and to test`;
  if (testSamples === 0)
    return `${trainSamples === undefined ? "" : `, first ${formatCount(trainSamples)} to train`}, none to test`;
  const parts = [
    ...(trainSamples === undefined ? [] : [`${formatCount(trainSamples)} to train`]),
    ...(testSamples === undefined ? [] : [`${formatCount(testSamples)} to test`]),
  ];
  return `, first ${parts.join(", ")} ${unit}`;
};

/** What layers are called where a study puts others in their place. */
const VARIED_LAYERS: readonly {
  readonly vary: string;
  readonly title: string;
  readonly has: (kind: string) => boolean;
}[] = [
  { vary: "normalization", title: "normalization", has: (kind) => layerOf(kind)?.family === "norm" },
  { vary: "activation", title: "activation", has: (kind) => activationKinds.some((known) => known === kind) },
];

/** `6 Dense, 5 BatchNorm, 5 ReLU`: all but what goes in and comes out. What an axis varies has no kind: `5 normalization`. */
export const layersWords = ({ nodes }: StudyModel["document"], varied: ReadonlySet<string>): string => {
  const counts = new Map<string, number>();
  for (const { kind } of nodes) {
    const layer = layerOf(kind);
    if (layer?.family === "io") continue;
    const title = VARIED_LAYERS.find(({ vary, has }) => varied.has(vary) && has(kind))?.title ?? layer?.title ?? kind;
    counts.set(title, (counts.get(title) ?? 0) + 1);
  }
  return counts.size === 0
    ? "none"
    : [...counts].map(([title, count]) => `${count}${NO_BREAK_SPACE}×${NO_BREAK_SPACE}${title}`).join(", ");
};

/** Rows of what no axis varies. */
export const heldFixed = ({ study, document }: Definition): readonly Fact[] => {
  const varied = new Set(study.axes.map(({ vary }) => vary as string));
  const own = document.training;
  const {
    optimizer: by = own.optimizer,
    learningRate = own.learningRate,
    batchSize = own.batchSize,
  } = study.training ?? {};
  const { epochs = own.epochs, seed = own.seed } = study.training ?? {};
  const optimizer = [
    ...(varied.has("optimizer") ? [] : [optimizers[by.name].title]),
    ...(study.measure === "learningRateRange"
      ? [`rate up to ${formatSetting(learningRate)}`]
      : varied.has("learningRate")
        ? []
        : [varied.has("optimizer") ? `rate ${formatSetting(learningRate)}` : formatSetting(learningRate)]),
  ].join(" ");
  const batch = varied.has("batchSize") ? "" : `batch ${formatCount(batchSize)}`;
  const facts: readonly Fact[] = [
    { title: "Data", text: datasetTitle(study.dataset ?? document.dataset) + samplesWords({ study, document }) },
    { title: "Layers", text: layersWords(document, varied) },
    { title: "Start", text: study.from === undefined ? "" : `from ${study.from.name}, in the layers that it fits` },
    optimizer === ""
      ? { title: "Batch size", text: varied.has("batchSize") ? "" : formatCount(batchSize) }
      : { title: "Optimizer", text: [optimizer, batch].filter((part) => part !== "").join(", ") },
    { title: "Length", text: varied.has("epochs") ? "" : counted(epochs, "epoch") },
    { title: "Seed", text: varied.has("seed") ? "" : `${seed}: same start, same batches` },
  ];
  return facts.filter(({ text }) => text !== "");
};

/** `2 running on 2 cores, 0:02 left`. */
export const progressLines = (status: StudyStatus): readonly string[] => {
  const {
    state,
    numRuns,
    numEnded,
    numRunning,
    numDiverged,
    numFailed,
    numCancelled,
    numDeleted,
    secondsLeft,
    jobs,
    isHeld,
  } = status;
  const left = secondsLeft === null || state !== "running" ? "" : `, ${formatDuration(secondsLeft)} left`;
  const waiting = numRuns - numEnded - numRunning;
  const lines: string[] = [];
  if (isHeld) lines.push("Waits while a run trains in a window");
  else if (state === "running") {
    lines.push(
      numRunning === 0
        ? "Starting"
        : `${formatCount(numRunning)} running on ${counted(Math.max(numRunning, Math.min(jobs, numRuns)), "core")}${left}`,
    );
  }
  if (state === "paused") {
    lines.push(
      `Paused, ${counted(waiting, "run")} waiting${numRunning === 0 ? "" : `, ${formatCount(numRunning)} ending`}`,
    );
  }
  if (state === "cancelled") lines.push(`Stopped, ${counted(numCancelled, "run")} not trained to the end`);
  if (numDiverged > 0) lines.push(`${formatCount(numDiverged)} stopped: loss not finite`);
  if (numFailed > 0) lines.push(`${formatCount(numFailed)} failed`);
  if (numDeleted > 0) lines.push(`${formatCount(numDeleted)} deleted: not in the charts`);
  return lines;
};
