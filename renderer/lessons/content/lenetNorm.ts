/** LeNet-5 with batch norm: shapes, training and evaluation, and what it bears of a learning rate. */
import { type Command, counted, type LayerscopeDocument, modeGap } from "../../../engine/index.ts";
import { formatCount, formatReadout, formatSetting } from "../../charts/format.ts";
import {
  all,
  listed,
  measured,
  normsOf,
  rateWords,
  selectedOne,
  shapesOf,
  takingIn,
  training,
  withoutNorms,
} from "../checks.ts";
import { type Checkpoint, type Lesson, missing, passed } from "../lesson.ts";
import { type LessonRun, resultWords, scoreOf } from "../lessonRun.ts";
import { startDocument } from "./startDocument.ts";

const TITLE = "Batch norm in LeNet";
const NORMS = ["bn1", "bn2", "bn3"] as const;
const RATE = 0.05;
const HIGH_RATE = 0.5;
const CONV = "conv2";
/** A net has learnt that is right so many times as often as one that guesses. */
const LEARNT = 2;

const withNorms = takingIn(NORMS);
const isHigh = training(
  ({ learningRate }) => learningRate >= HIGH_RATE,
  ({ learningRate }) => `The learning rate is ${formatSetting(learningRate)}. Set it to ${HIGH_RATE}.`,
);
const isUsual = training(
  ({ learningRate }) => learningRate < HIGH_RATE,
  ({ learningRate }) => `The learning rate is ${formatSetting(learningRate)}. Set it to ${RATE}.`,
);

const readsShapes: Checkpoint = (moment) => {
  const chosen = selectedOne(moment);
  if ("lack" in chosen) return missing(chosen.lack);
  const shapes = shapesOf(moment, chosen.nodeId);
  if (chosen.nodeId !== CONV || shapes === null) return missing(`${chosen.nodeId} is selected, not ${CONV}.`);
  const [channels = 0, height = 0] = shapes.input;
  const [filters = 0, rows = 0] = shapes.output;
  const weights = moment.compiled.facts.get(CONV)?.numWeights ?? 0;
  const kernel = height - rows + 1;
  return passed(
    `${CONV} ${shapes.words}: ${height} − ${kernel} + 1 = ${rows}. It learns ${formatCount(weights)} numbers: ${filters} filters of ${channels}·${kernel}·${kernel}, and a bias each.`,
  );
};

const trainsUsual: Checkpoint = (moment) => {
  const found = measured(moment, all(withNorms, isUsual));
  if ("lack" in found) return missing(found.lack);
  return passed(
    `Your net reaches ${resultWords(found.run)} on the test set after ${counted(found.run.step, "step")} with ${rateWords(found.run.training)}.`,
  );
};

const comparesModes: Checkpoint = (moment) => {
  const chosen = selectedOne(moment);
  if ("lack" in chosen) return missing(chosen.lack);
  const node = moment.document.nodes.find(({ id }) => id === chosen.nodeId);
  if (node?.kind !== "batchNorm") return missing(`${chosen.nodeId} is no BatchNorm. Select one of ${listed(NORMS)}.`);
  const statistics = moment.statistics(node.id)?.batchNorm ?? null;
  const { epsilon } = node.params;
  if (statistics === null || typeof epsilon !== "number")
    return missing(`The run on screen has nothing of ${node.id}. Train with it first.`);
  const gap = modeGap(statistics, epsilon);
  if (gap === null || gap.outputs === null)
    return missing(`${node.id} normalizes by its running values in training too.`);
  const running = statistics.runningVariance[0] ?? Number.NaN;
  const batch = statistics.batchVariance?.[0] ?? Number.NaN;
  return passed(
    `At step ${formatCount(moment.shownStep)} the outputs of ${node.id} differ by ${formatReadout(gap.outputs)} std between evaluation and training. In channel 0 the running variance is ${formatReadout(running)}, that of the batch ${formatReadout(batch)}.`,
  );
};

const trainsHigh: Checkpoint = (moment) => {
  const found = measured(moment, all(withNorms, isHigh));
  if ("lack" in found) return missing(found.lack);
  const usual = moment.runs.findLast((run) => withNorms(run) === null && isUsual(run) === null);
  return passed(
    `${resultWords(found.run)} with ${rateWords(found.run.training)}${usual === undefined ? "" : `; ${resultWords(usual)} at ${formatSetting(usual.training.learningRate)}`}.`,
  );
};

const trainsHighPlain: Checkpoint = (moment) => {
  const found = measured(moment, all(withoutNorms, isHigh));
  if ("lack" in found) return missing(found.lack);
  const { run } = found;
  const rate = run.training.learningRate;
  const norm = moment.runs.findLast((each) => normsOf(each).length > 0 && each.training.learningRate === rate);
  if (norm === undefined) return passed(`Without BatchNorm, ${rateWords(run.training)}: ${resultWords(run)}.`);
  const learnt = (each: LessonRun): boolean => scoreOf(each) > LEARNT / (moment.compiled.program?.numClasses ?? 10);
  const verdict = learnt(run)
    ? "learns either way"
    : learnt(norm)
      ? "learns only with BatchNorm"
      : "learns neither way";
  return passed(
    `At ${formatSetting(rate)} your net ${verdict}: ${resultWords(norm)} with it, ${resultWords(run)} without.`,
  );
};

const setRate = (learningRate: number): Command => ({ type: "setTraining", training: { learningRate } });
const bypass = ({ nodes }: LayerscopeDocument): Command => ({
  type: "setBypassed",
  nodeIds: nodes.filter(({ kind }) => kind === "batchNorm").map(({ id }) => id),
  bypassed: true,
});

export const lenetNorm: Lesson = {
  id: "lenet-norm",
  title: TITLE,
  summary: "Shapes, training and evaluation, and a learning rate that only BatchNorm bears.",
  minutes: 5,
  fileName: "lesson-lenet.layerscope",
  document: () =>
    startDocument("lenet-bn-avg", TITLE, [
      { type: "setParams", nodeId: "conv1", params: { filters: 6, kernel: [5, 5], padding: "same" } },
      { type: "setParams", nodeId: "conv2", params: { filters: 16 } },
      { type: "setParams", nodeId: "fc1", params: { units: 120 } },
      { type: "setTraining", training: { learningRate: RATE, epochs: 1 } },
    ]),
  steps: [
    {
      title: "Follow the shapes",
      text: [
        "Two convolutions, each with BatchNorm, ReLU and average pooling, then two dense layers. The sizes are those of LeNet-5: 6 and 16 filters of 5×5, and 120 units.",
        "A kernel of size k that moves by 1 over n pixels without padding has n − k + 1 places. Work out what conv2 makes of 6×14×14 before you look.",
      ],
      formula: "out = ⌊(n + 2·padding − k) / stride⌋ + 1",
      source: "LeCun et al., Gradient-based learning applied to document recognition (1998), section II.B",
      about: ["conv2d", "pool2d"],
      task: "Select conv2.",
      keys: "Tab goes from node to node, Enter selects.",
      target: { node: CONV },
      check: readsShapes,
    },
    {
      title: "Train one epoch",
      text: [
        "After a convolution BatchNorm has one mean and one variance a channel, taken over the batch and over all places of the picture: of 64 images of 28×28, 50,176 values a channel.",
        "The dense fc1 has one a feature, over the 64 images.",
      ],
      source: "Ioffe & Szegedy, Batch normalization (2015), section 3.2",
      about: ["batchNorm"],
      task: "Train for one epoch at a learning rate of 0.05.",
      keys: "Ctrl Enter trains.",
      target: { control: ".run-bar .button-primary" },
      check: trainsUsual,
    },
    {
      title: "Training and evaluation",
      text: [
        "In training an image is normalized by its batch. A single image has no batch: for evaluation each BatchNorm keeps a running mean and variance, and takes in a tenth of every batch’s.",
        "The inspector shows both, and by how much outputs differ between the two modes.",
      ],
      formula: "running ← 0.9·running + 0.1·batch",
      source: "Ioffe & Szegedy (2015), section 3.1",
      task: "Select one of bn1 to bn3 and compare.",
      keys: "Tab goes from node to node, Enter selects; F6 goes to the inspector.",
      target: { node: "bn1" },
      check: comparesModes,
    },
    {
      title: "Raise the learning rate",
      text: [
        "Weights that are a times as large give the same output of the BatchNorm after them (but for ε), and a gradient a times as small: where large steps make weights grow, later steps move them less.",
        "Try ten times the rate.",
      ],
      formula: "BN((a·W)·x) = BN(W·x),  ∂BN/∂(a·W) = (1/a)·∂BN/∂W",
      source: "Ioffe & Szegedy (2015), section 3.3",
      task: "Set the learning rate to 0.5 and train.",
      keys: "Without a selection the inspector has the settings. Ctrl Enter trains.",
      target: { setting: "learningRate" },
      edit: { label: "Set it to 0.5", commands: () => [setRate(HIGH_RATE)] },
      check: trainsHigh,
    },
    {
      title: "The same without BatchNorm",
      text: [
        "Now bypass bn1, bn2 and bn3, and leave all else as it is: the same seed, the same start, the same rate of 0.5.",
        "Afterwards you may want to see that the plain net does train at 0.05.",
      ],
      task: "Bypass the three BatchNorms and train at 0.5.",
      keys: "Ctrl B bypasses what is selected. Ctrl Enter trains.",
      target: { node: "bn1" },
      edit: { label: "Bypass all three", commands: (document) => [bypass(document)] },
      check: trainsHighPlain,
    },
  ],
};
