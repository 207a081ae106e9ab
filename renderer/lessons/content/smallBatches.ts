/** BatchNorm on batches of two, and LayerNorm in its place. */
import { type Command, counted, type LayerscopeDocument, modeGap } from "../../../engine/index.ts";
import { formatCount, formatPercent, formatReadout, NONE } from "../../charts/format.ts";
import { all, leavingOut, listed, measured, setupNow, takingIn, training } from "../checks.ts";
import { type Checkpoint, type Lesson, missing, passed, STUDY_START } from "../lesson.ts";
import { resultWords, scoreOf } from "../lessonRun.ts";
import { bestOf, endedRuns } from "../studyChecks.ts";
import { startDocument } from "./startDocument.ts";

const TITLE = "Small batches and LayerNorm";
const BATCH_NORMS = ["bn1", "bn2", "bn3", "bn4"] as const;
const LAYER_NORMS = ["ln1", "ln2", "ln3", "ln4"] as const;
const LARGE = 50;
const SMALL = 2;
const EPOCHS = 10;
/** Of |x̂|: the variance is well above ε. */
const NEARLY_ONE = 0.9;

const byBatch = all(leavingOut(LAYER_NORMS), takingIn(BATCH_NORMS));
const byLayer = all(leavingOut(BATCH_NORMS), takingIn(LAYER_NORMS));
const inPairs = training(
  ({ batchSize }) => batchSize === SMALL,
  ({ batchSize }) => `The batch size is ${batchSize}. Set it to ${SMALL}.`,
);
const inLarge = training(
  ({ batchSize }) => batchSize > 10,
  ({ batchSize }) => `The batch size is ${batchSize}. Set it to ${LARGE}.`,
);

const trainsLarge: Checkpoint = (moment) => {
  const found = measured(moment, all(byBatch, inLarge));
  if ("lack" in found) return missing(found.lack);
  const { batchSize } = found.run.training;
  return passed(
    `With BatchNorm and batches of ${batchSize}: ${resultWords(found.run)} of the test points after ${counted(found.run.step, "step")}.`,
  );
};

const trainsPairs: Checkpoint = (moment) => {
  const found = measured(moment, all(byBatch, inPairs));
  if ("lack" in found) return missing(found.lack);
  const { run } = found;
  const large = moment.runs.findLast((each) => byBatch(each) === null && inLarge(each) === null);
  const contrast = large === undefined ? "" : `, against ${resultWords(large)} with ${large.training.batchSize}`;
  const more =
    large !== undefined && run.step > large.step
      ? ` It took ${counted(run.step, "step")} instead of ${formatCount(large.step)}.`
      : "";
  return passed(`With batches of ${SMALL}: ${resultWords(run)}${contrast}.${more}`);
};

const seesPairs: Checkpoint = (moment) => {
  const { explanation } = moment;
  const node = moment.document.nodes.find(({ id }) => id === explanation?.nodeId);
  if (explanation === null || node?.kind !== "batchNorm") return missing("No BatchNorm is open step by step.");
  if (explanation.batchSize !== SMALL)
    return missing(`This batch has ${counted(explanation.batchSize, "point")}. Train with ${SMALL} and open it again.`);
  const normalized = explanation.steps.find(({ id }) => id === "normalize")?.forward.examples.slice(0, SMALL) ?? [];
  const words = `Channel ${explanation.set + 1}: x̂ is ${listed(normalized.map((value) => formatReadout(value)))}`;
  if (!normalized.every((value) => Math.abs(value) > NEARLY_ONE))
    return missing(`${words}, for the two values are so close that ε counts. Go to another one.`);
  const statistics = moment.statistics(node.id)?.batchNorm ?? null;
  const { epsilon } = node.params;
  const gap =
    statistics === null || typeof epsilon !== "number" ? null : (modeGap(statistics, epsilon)?.outputs ?? null);
  const differ =
    gap === null
      ? ""
      : ` Between evaluation and training the outputs of ${node.id} differ by ${formatReadout(gap)} std.`;
  return passed(`${words}: only the sign is left.${differ}`);
};

const takesLayerNorm: Checkpoint = (moment) => {
  const now = setupNow(moment);
  if ("lack" in now) return missing(now.lack);
  const lack = byLayer(now.setup);
  if (lack !== null) return missing(lack);
  const width = moment.compiled.facts.get(LAYER_NORMS[0])?.outputShape?.[0] ?? 0;
  return passed(`${listed(LAYER_NORMS)} normalize each point by its own ${counted(width, "feature")}.`);
};

const trainsLayerNorm: Checkpoint = (moment) => {
  const found = measured(moment, all(byLayer, inPairs));
  if ("lack" in found) return missing(found.lack);
  const { run } = found;
  const batch = moment.runs.findLast((each) => byBatch(each) === null && inPairs(each) === null);
  if (batch === undefined) return passed(`With LayerNorm and batches of ${SMALL}: ${resultWords(run)}.`);
  const verdict = scoreOf(run) > scoreOf(batch) ? " LayerNorm does not know how large the batch is." : "";
  return passed(
    `With LayerNorm and batches of ${SMALL}: ${resultWords(run)}, against ${resultWords(batch)} with BatchNorm.${verdict}`,
  );
};

const sweepsSizes: Checkpoint = (moment) => {
  const found = endedRuns(moment, ["batchSize", "normalization"]);
  if ("lack" in found) return missing(found.lack);
  const sizes = [...new Set(found.runs.map(({ params }) => params.batchSize))];
  const words = sizes.map((size) => {
    const of = (norm: string): string => {
      const run = found.runs.find(({ params }) => params.batchSize === size && params.normalization === norm);
      return run === undefined ? NONE : formatPercent(bestOf(run, "test"));
    };
    return `${of("layer")} and ${of("none")} with ${String(size)}`;
  });
  return passed(`Best on the test set, with LayerNorm and without: ${words.join("; ")}.`);
};

/** After each BatchNorm a LayerNorm that is bypassed: one or the other works, and all else keeps its start. */
const withLayerNorms = BATCH_NORMS.flatMap((norm, index): Command[] => {
  const id = LAYER_NORMS[index] ?? norm;
  const next = `relu${index + 1}`;
  return [
    { type: "addNode", kind: "layerNorm", id, name: id, position: { x: 0, y: 0 } },
    { type: "connectPorts", from: { node: norm, port: "out" }, to: { node: id, port: "in" } },
    { type: "connectPorts", from: { node: id, port: "out" }, to: { node: next, port: "in" } },
    { type: "setBypassed", nodeIds: [id], bypassed: true },
  ];
});

/** A column for each Dense and what follows it. */
const places = (): Command => {
  const columns = [
    ["input", "fc1", "bn1", "ln1", "relu1"],
    ["fc2", "bn2", "ln2", "relu2"],
    ["fc3", "bn3", "ln3", "relu3"],
    ["fc4", "bn4", "ln4", "relu4", "fc5", "output"],
  ];
  const positions = columns.flatMap((ids, column) => ids.map((id, row) => [id, { x: 300 * column, y: 118 * row }]));
  return { type: "moveNodes", positions: Object.fromEntries(positions) };
};

const swap = (_document: LayerscopeDocument): readonly Command[] => [
  { type: "setBypassed", nodeIds: BATCH_NORMS, bypassed: true },
  { type: "setBypassed", nodeIds: LAYER_NORMS, bypassed: false },
];

export const smallBatches: Lesson = {
  id: "small-batches",
  title: TITLE,
  summary: "What BatchNorm makes of batches of two, and why LayerNorm does not mind.",
  minutes: 6,
  fileName: "lesson-layer-norm.layerscope",
  document: () =>
    startDocument("spiral-bn", TITLE, [
      ...withLayerNorms,
      places(),
      {
        type: "setTraining",
        training: { initializer: { name: "heNormal" }, learningRate: 0.05, batchSize: LARGE, epochs: EPOCHS },
      },
    ]),
  steps: [
    {
      title: "Batches of 50",
      text: [
        "3,000 points on the three arms of a spiral, and a net of four dense layers of 64 that tells the arms apart. After each layer stand a BatchNorm and a LayerNorm; the LayerNorms are bypassed for now.",
        "BatchNorm estimates mean and variance of a feature from the batch. From 50 points that is a fair estimate.",
      ],
      about: ["batchNorm"],
      task: "Train for ten epochs with batches of 50.",
      keys: "Ctrl Enter trains.",
      target: { control: ".run-bar .button-primary" },
      check: trainsLarge,
    },
    {
      title: "Batches of two",
      text: [
        "Large nets and large inputs leave memory for few samples at a time. Take the extreme: two points a batch, all else as it is.",
        "An epoch has 1,500 steps now instead of 60.",
      ],
      task: "Set the batch size to 2 and train.",
      keys: "Without a selection the inspector has the settings. Ctrl Enter trains.",
      target: { setting: "batchSize" },
      edit: { label: "Set it to 2", commands: () => [{ type: "setTraining", training: { batchSize: SMALL } }] },
      check: trainsPairs,
    },
    {
      title: "What two points leave",
      text: [
        "Two values a and b have the mean (a + b)/2 and the std |a − b|/2. Normalized they are +1 and −1, but for ε: whichever is larger becomes 1, and how much larger is lost.",
        "The running variance suffers too: that of two values is on average half that of all. Evaluation then divides by too little.",
      ],
      formula: "E[σ²(batch)] = (m − 1)/m · σ²",
      task: "Open a BatchNorm of this run step by step and read the row Normalize, in one channel or another.",
      keys: "With bn1 selected, Ctrl Shift B opens the steps.",
      target: { node: "bn1" },
      check: seesPairs,
    },
    {
      title: "LayerNorm in its place",
      text: [
        "LayerNorm has the same formula, but takes mean and variance over the features of one sample instead of one feature over the batch. Samples no longer depend on each other, and there are no running values: training and evaluation compute the same.",
      ],
      formula: "x̂ = (x − mean(x)) / √(var(x) + ε), over a sample’s features",
      source: "Ba, Kiros & Hinton, Layer normalization (2016), section 3",
      about: ["layerNorm"],
      task: "Bypass bn1 to bn4, and take in ln1 to ln4.",
      keys: "Ctrl B bypasses what is selected, and takes it in again.",
      target: { node: "ln1" },
      edit: { label: "Swap them", commands: swap },
      check: takesLayerNorm,
    },
    {
      title: "Train with LayerNorm",
      text: [
        "The dense layers start from the very weights they had with BatchNorm, and the pairs of points come in the same order.",
        "Normalization over features is no cure for everything: in convolutional nets with large batches BatchNorm usually does better.",
      ],
      source: "Ba, Kiros & Hinton (2016), section 6.7",
      task: "Train with batches of 2.",
      keys: "Ctrl Enter trains.",
      target: { control: ".run-bar .button-primary" },
      check: trainsLayerNorm,
    },
    {
      title: "A sweep of batch sizes",
      text: [
        "Is LayerNorm a help, or only no harm? A study compares it with no normalization at all, in a deep net on 1,000 digits with Adam, for batches of 5, 10 and 50.",
        "The same study with BatchNorm is among the examples of the Experiments view.",
      ],
      task: "Open the study, start its six runs, and compare.",
      keys: "Ctrl 4 shows the Experiments; Tab goes to Start.",
      target: STUDY_START,
      study: "batchSizesLayerNorm",
      check: sweepsSizes,
    },
  ],
};
