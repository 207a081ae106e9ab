/** A deep net that starts from small weights, with and without BatchNorm, and from He's weights. */
import { type Command, counted, insertNormAtAll, type LayerscopeDocument } from "../../../engine/index.ts";
import { makeRoom } from "../../canvas/placement.ts";
import { formatCount, formatPercent, formatReadout } from "../../charts/format.ts";
import { all, listed, measured, normAfter, normsOf, selectedOne, setupNow, training, withoutNorms } from "../checks.ts";
import { type Checkpoint, type Lesson, missing, passed, STUDY_START } from "../lesson.ts";
import { type LessonRun, resultWords, scoreOf } from "../lessonRun.ts";
import { bestOf, endedRuns } from "../studyChecks.ts";
import { startDocument } from "./startDocument.ts";

const TITLE = "Why a deep net doesn’t train";
const HIDDEN: readonly string[] = ["fc1", "fc2", "fc3", "fc4", "fc5"];
const LAST = "fc5";
/** Small weights; the net cannot learn from there. */
const START = { name: "normal", std: 0.01 } as const;
/** Below this share of fc1's std a signal has faded for the second step. */
const FADED = 1000;

const smallStart = training(
  ({ initializer }) => initializer.name === "normal",
  () => `The weights do not start from a normal distribution of one std any more.`,
);
const heStart = training(
  ({ initializer }) => initializer.name === "heNormal" || initializer.name === "heUniform",
  ({ initializer }) =>
    initializer.name === "normal"
      ? `The weights still start from N(0, ${initializer.std}²).`
      : "The weights do not start from He’s distribution.",
);

const stdWords = (run: LessonRun): string => {
  const std = run.stds[LAST];
  return std === undefined ? "" : ` The outputs of ${LAST} have a std of ${formatReadout(std)}.`;
};

const trainsPlain: Checkpoint = (moment) => {
  const found = measured(moment, all(withoutNorms, smallStart));
  if ("lack" in found) return missing(found.lack);
  const classes = moment.compiled.program?.numClasses ?? 10;
  return passed(
    `${counted(found.run.step, "step")}, and ${resultWords(found.run)} on the test set. Guessing among ${classes} classes gives about ${formatPercent(1 / classes, 0)}.${stdWords(found.run)}`,
  );
};

const findsFading: Checkpoint = (moment) => {
  const first = moment.statistics("fc1")?.std;
  if (first === undefined) return missing("There is no run on screen. Train first.");
  const stds = HIDDEN.map((id) => ({ id, std: moment.statistics(id)?.std ?? Number.NaN }));
  const faded = stds.find(({ std }) => std < first / FADED);
  if (faded === undefined) {
    const least = stds.reduce((low, each) => (each.std < low.std ? each : low));
    return missing(
      `At step ${formatCount(moment.shownStep)} no layer is below a thousandth of fc1: the least is ${least.id} with ${formatReadout(least.std)}, and fc1 has ${formatReadout(first)}. Go back to step 1.`,
    );
  }
  const chosen = selectedOne(moment);
  if ("lack" in chosen) return missing(chosen.lack);
  const at = HIDDEN.indexOf(chosen.nodeId);
  const own = stds[at];
  if (own === undefined) return missing(`${chosen.nodeId} is none of ${listed(HIDDEN)}.`);
  if (own.id !== faded.id) {
    const share = first / own.std;
    return missing(
      share < FADED
        ? `${own.id} still has ${formatReadout(own.std)}, 1/${formatCount(share)} of fc1’s ${formatReadout(first)}.`
        : `${own.id} has ${formatReadout(own.std)}, but a layer before it is below a thousandth already.`,
    );
  }
  const before = stds[at - 1]?.std ?? Number.NaN;
  return passed(
    `${faded.id}: ${formatReadout(faded.std)}, where fc1 has ${formatReadout(first)}. From the layer before it is a factor of ${formatReadout(faded.std / before)}.`,
  );
};

const insertsNorm: Checkpoint = (moment) => {
  const now = setupNow(moment);
  if ("lack" in now) return missing(now.lack);
  const lack = normAfter("batchNorm", HIDDEN)(now.setup);
  if (lack !== null) return missing(lack);
  return passed(
    `${listed(normsOf(now.setup))} stand between each Dense and its ReLU. The weights still start as small as before.`,
  );
};

const trainsWithNorm: Checkpoint = (moment) => {
  const found = measured(moment, all(normAfter("batchNorm", HIDDEN), smallStart));
  if ("lack" in found) return missing(found.lack);
  const before = moment.runs.find((run) => withoutNorms(run) === null && smallStart(run) === null);
  const contrast = before === undefined ? "" : ` Without BatchNorm it had ${resultWords(before)}.`;
  return passed(`Your net reaches ${resultWords(found.run)} on the test set.${contrast}${stdWords(found.run)}`);
};

const trainsFromHe: Checkpoint = (moment) => {
  const found = measured(moment, all(withoutNorms, heStart));
  if ("lack" in found) return missing(found.lack);
  const small = moment.runs.findLast((run) => withoutNorms(run) === null && smallStart(run) === null);
  const norm = moment.runs.findLast((run) => normsOf(run).length > 0);
  const others = [
    ...(small === undefined ? [] : [`${resultWords(small)} from the small ones`]),
    ...(norm === undefined ? [] : [`${resultWords(norm)} with BatchNorm`]),
  ];
  const verdict =
    small !== undefined && scoreOf(found.run) > scoreOf(small)
      ? " So the start was at fault, and BatchNorm makes the net nearly independent of it."
      : "";
  return passed(
    `From He’s weights and without BatchNorm: ${resultWords(found.run)}${others.length === 0 ? "" : `, against ${others.join(" and ")}`}.${verdict}`,
  );
};

/** Of a net that has learnt: half of the training images right. */
const LEARNT = 0.5;

const sweepsStarts: Checkpoint = (moment) => {
  const found = endedRuns(moment, ["initializerScale", "normalization"]);
  if ("lack" in found) return missing(found.lack);
  const learnt = (norm: string): string => {
    const runs = found.runs.filter(({ params }) => params.normalization === norm);
    const count = runs.filter((run) => bestOf(run, "train") >= LEARNT).length;
    return `${formatCount(count)} of ${formatCount(runs.length)} starts`;
  };
  return passed(
    `At least half of the training images are right from ${learnt("batch")} with BatchNorm, and from ${learnt("none")} without.`,
  );
};

const normIds = ({ nodes }: LayerscopeDocument): readonly string[] =>
  nodes.filter(({ kind }) => kind === "batchNorm").map(({ id }) => id);

const useHe = (document: LayerscopeDocument): readonly Command[] => [
  { type: "setBypassed", nodeIds: normIds(document), bypassed: true },
  { type: "setTraining", training: { initializer: { name: "heNormal" } } },
];

export const deepNet: Lesson = {
  id: "deep-net",
  title: TITLE,
  summary: "The signal fades from layer to layer. Find where, and mend it in two ways.",
  minutes: 6,
  fileName: "lesson-deep-net.layerscope",
  document: () =>
    startDocument("mlp-plain", TITLE, [{ type: "setTraining", training: { initializer: START, epochs: 1 } }]),
  steps: [
    {
      title: "Train it as it is",
      text: [
        "Five dense layers of 100 units with ReLU, and one for the ten digits. Every weight is drawn from a normal distribution with a std of 0.01, which looks harmless.",
        "One epoch shows the net all 60,000 training images of MNIST, 100 at a time.",
      ],
      about: ["dense", "relu"],
      task: "Train for one epoch.",
      keys: "Ctrl Enter trains.",
      target: { control: ".run-bar .button-primary" },
      check: trainsPlain,
    },
    {
      title: "Find where the signal fades",
      text: [
        "What tells images apart is how much a layer’s outputs differ: their std. A ReLU keeps half of the mean square of what comes in, so from one layer of n inputs to the next the std is multiplied by about",
        "With 100 inputs and a std of 0.01 that is 0.07. Five layers on hardly anything is left, and the gradient on its way back shrinks as much.",
      ],
      formula: "√(n/2) · std(w)",
      source: "He et al., Delving deep into rectifiers (2015), section 2.2",
      task: "Go to step 1 in the timeline. Select the first dense layer whose std is below a thousandth of that of fc1.",
      keys: "Alt Home goes to step 1. Tab goes from node to node, Enter selects.",
      target: { node: "fc1" },
      check: findsFading,
    },
    {
      title: "Insert BatchNorm",
      text: [
        "BatchNorm takes each feature over the batch to mean 0 and variance 1, then scales and shifts it by two learnt numbers. As long as the variance is well above ε, the signal has a std of 1 again.",
        "It stands before the ReLU, as in the paper.",
      ],
      formula: "x̂ = (x − μ) / √(σ² + ε),  y = γ·x̂ + β",
      source: "Ioffe & Szegedy, Batch normalization (2015), section 3",
      about: ["batchNorm"],
      task: "Insert a BatchNorm after each of fc1 to fc5.",
      keys: "On a node, E selects its connection and Enter inserts: type “batch”, Enter.",
      target: { control: '[data-region="palette"] [data-kind="batchNorm"]' },
      edit: {
        label: "Insert all that are missing",
        commands: (document) => insertNormAtAll(document, HIDDEN, makeRoom)?.commands ?? [],
      },
      check: insertsNorm,
    },
    {
      title: "Train again",
      text: [
        "The same seed, so that every Dense starts from the very same weights, and sees the same batches in the same order.",
        "Watch the strips while it trains: each layer carries a signal from the first step on.",
      ],
      task: "Train for one epoch with BatchNorm.",
      keys: "Ctrl Enter trains.",
      target: { control: ".run-bar .button-primary" },
      check: trainsWithNorm,
    },
    {
      title: "Or choose the start",
      text: [
        "The factor of the second step is 1 when the variance of the weights is 2/n. That is He’s initialization: it needs no extra layers, but it holds for the first step only, and for ReLU.",
        "Bypass the BatchNorms and start from there.",
      ],
      formula: "w ~ N(0, 2/n)",
      source: "He et al. (2015), equation 10",
      task: "Bypass the five BatchNorms, set the initialization to He normal, and train.",
      keys: "Ctrl B bypasses what is selected. Without a selection the inspector has the settings.",
      target: { setting: "initializer", section: "Start" },
      edit: { label: "Bypass them, use He", commands: useHe },
      check: trainsFromHe,
    },
    {
      title: "A sweep of starts",
      text: [
        "One start proves little. A study trains the net from 16 stds between 1 and 0.0001, each with BatchNorm and without, and all else the same: 32 runs on 1,000 images, on all cores.",
        "That is the figure that BatchNorm is known for: how wide is the range of starts from which the net learns?",
      ],
      task: "Open the study, start its runs, and compare.",
      keys: "Ctrl 4 shows the Experiments; Tab goes to Start.",
      target: STUDY_START,
      study: "scales16",
      check: sweepsStarts,
    },
  ],
};
