/** The optimizers on one net, with the steps that they make of a learning rate. */
import { type Command, optimizers } from "../../../engine/index.ts";
import { formatCount, formatFixed, formatSetting } from "../../charts/format.ts";
import { all, measured, optimizerTitle, rateWords, selectedOne, training } from "../checks.ts";
import { type Checkpoint, type Lesson, missing, passed } from "../lesson.ts";
import { isMeasured, type LessonRun, resultWords, scoreOf } from "../lessonRun.ts";
import { startDocument } from "./startDocument.ts";

const TITLE = "Choosing an optimizer";
const RATE = 0.01;
const ADAM_RATE = 0.001;
const TOO_HIGH = 1;

type Name = keyof typeof optimizers;

const uses = (names: readonly Name[], wanted: string) =>
  training(
    ({ optimizer }) => names.includes(optimizer.name),
    (settings) => `The optimizer is ${optimizerTitle(settings)}. Choose ${wanted}.`,
  );
const at = (isWished: (rate: number) => boolean, wanted: number) =>
  training(
    ({ learningRate }) => isWished(learningRate),
    ({ learningRate }) => `The learning rate is ${formatSetting(learningRate)}. Set it to ${wanted}.`,
  );

const plain = uses(["sgd"], "SGD");
const slow = all(
  plain,
  at((rate) => rate <= RATE, RATE),
);
const momentum = all(
  uses(["momentum", "nesterov"], "Momentum or Nesterov"),
  at((rate) => rate === RATE, RATE),
);
const adaptive = all(
  uses(["adam", "adamw"], "Adam"),
  at((rate) => rate <= ADAM_RATE, ADAM_RATE),
);
const tooHigh = all(
  plain,
  at((rate) => rate >= TOO_HIGH, TOO_HIGH),
);

const withRate = (run: LessonRun): string => `${resultWords(run)} with ${rateWords(run.training)}`;

const trainsSlow: Checkpoint = (moment) => {
  const found = measured(moment, slow);
  return "lack" in found
    ? missing(found.lack)
    : passed(`${withRate(found.run)} after one epoch. This is what the others are measured against.`);
};

/** A run beside that of plain SGD at the same or another rate. */
const beside =
  (wish: typeof slow): Checkpoint =>
  (moment) => {
    const found = measured(moment, wish);
    if ("lack" in found) return missing(found.lack);
    const reference = moment.runs.findLast((run) => slow(run) === null && isMeasured(run));
    return passed(
      `${withRate(found.run)}${reference === undefined ? "" : `, ${withRate(reference)}`}: the same start, the same batches.`,
    );
  };

const comparesSteps: Checkpoint = (moment) => {
  const chosen = selectedOne(moment);
  if ("lack" in chosen) return missing(chosen.lack);
  const { nodeId } = chosen;
  const having = moment.runs.filter((run) => isMeasured(run) && run.updateRatios[nodeId] !== undefined);
  const byOptimizer = new Map(having.map((run) => [rateWords(run.training), run.updateRatios[nodeId] ?? Number.NaN]));
  if (having.length === 0) return missing(`${nodeId} has no weights that learn. Select a Dense.`);
  if (byOptimizer.size < 2) return missing("So far there is one setting only. Train with another one first.");
  const words = [...byOptimizer].map(([name, ratio]) => `${formatFixed(ratio, 1)} with ${name}`);
  return passed(`log₁₀ of update to weights in ${nodeId}, at the end: ${words.join(", ")}. About −3 is usual.`);
};

const diverges: Checkpoint = (moment) => {
  const found = measured(moment, tooHigh);
  if ("lack" in found) return missing(found.lack);
  const { run } = found;
  const reference = moment.runs.findLast((each) => slow(each) === null && isMeasured(each));
  const rate = run.training.learningRate;
  if (run.outcome === "diverged")
    return passed(
      `SGD at ${formatSetting(rate)}: the loss is not finite since step ${formatCount(run.step)}.${reference === undefined ? "" : ` At ${formatSetting(reference.training.learningRate)} it reached ${resultWords(reference)}.`}`,
    );
  return passed(
    `SGD at ${formatSetting(rate)} reaches ${resultWords(run)}${reference === undefined ? "" : `, at ${formatSetting(reference.training.learningRate)} ${resultWords(reference)}`}.`,
  );
};

const beatsOwn: Checkpoint = (moment) => {
  const done = moment.runs.filter((run) => isMeasured(run) && run.training.epochs === 1);
  const newest = done.at(-1);
  const before = done.slice(0, -1);
  if (newest === undefined || before.length === 0)
    return missing("There is nothing to beat yet. Train the steps before.");
  const best = before.reduce((high, run) => (scoreOf(run) > scoreOf(high) ? run : high));
  if (scoreOf(newest) > scoreOf(best))
    return passed(`${withRate(newest)}: better than your best before, ${withRate(best)}.`);
  return missing(`Your best is ${withRate(best)}. The last run: ${withRate(newest)}.`);
};

const choose = (name: Name, learningRate: number) => (): readonly Command[] => [
  { type: "setTraining", training: { optimizer: optimizers[name].start, learningRate } },
];

export const optimizerChoice: Lesson = {
  id: "optimizer",
  title: TITLE,
  summary: "SGD, Momentum, Nesterov and Adam on one net, and what a learning rate means to each.",
  minutes: 5,
  fileName: "lesson-optimizer.layerscope",
  document: () =>
    startDocument("mlp-plain", TITLE, [{ type: "setTraining", training: { learningRate: RATE, epochs: 1 } }]),
  steps: [
    {
      title: "Plain SGD",
      text: [
        "Six dense layers that start from He’s weights. Stochastic gradient descent takes the gradient of one batch, and steps against it.",
        "One epoch at a rate of 0.01 is the reference for what follows.",
      ],
      formula: "w ← w − η·g",
      source: "Robbins & Monro, A stochastic approximation method (1951)",
      task: "Train for one epoch with SGD at 0.01.",
      keys: "Ctrl Enter trains.",
      target: { control: ".run-bar .button-primary" },
      check: trainsSlow,
    },
    {
      title: "Momentum",
      text: [
        "A velocity adds up gradients: what they agree on grows, what they disagree on cancels. With a constant gradient and μ = 0.9 the steps grow to 1/(1 − μ) = 10 times those of SGD.",
        "Nesterov’s form takes the step from where the velocity leads.",
      ],
      formula: "v ← μ·v + g,  w ← w − η·v",
      source:
        "Polyak (1964); Sutskever et al., On the importance of initialization and momentum in deep learning (2013)",
      task: "Choose Momentum or Nesterov, leave the rate at 0.01, and train.",
      keys: "Without a selection the inspector has the settings. Ctrl Enter trains.",
      target: { setting: "optimizer" },
      edit: { label: "Choose Nesterov", commands: choose("nesterov", RATE) },
      check: beside(momentum),
    },
    {
      title: "Adam",
      text: [
        "AdaGrad divides each step by the root of the sum of all squared gradients so far, RMSprop by that of a running mean. Adam adds momentum, and corrects both means for having begun at 0.",
        "So a step is about as long as the rate itself, however small or large the gradients are. That asks for a smaller rate.",
      ],
      formula: "w ← w − η·m̂ / (√ŝ + ε)",
      source: "Duchi et al. (2011); Tieleman & Hinton (2012); Kingma & Ba, Adam (2015), algorithm 1",
      task: "Choose Adam, set the rate to 0.001, and train.",
      keys: "Without a selection the inspector has the settings. Ctrl Enter trains.",
      target: { setting: "optimizer" },
      edit: { label: "Choose Adam at 0.001", commands: choose("adam", ADAM_RATE) },
      check: beside(adaptive),
    },
    {
      title: "What a step does to the weights",
      text: [
        "The same rate means different things to different optimizers. What can be compared is how much a step changes the weights: the std of the update against that of the weights.",
        "The inspector has it for the step shown, the statistics for every layer over time.",
      ],
      formula: "log₁₀(std(Δw) / std(w))",
      task: "Select a dense layer and compare your runs.",
      keys: "Tab goes from node to node, Enter selects.",
      target: { node: "fc3" },
      check: comparesSteps,
    },
    {
      title: "Too high a rate",
      text: [
        "On a parabola of curvature c gradient descent converges for rates below 2/c; above, each step leads further away than it came. A net has many curvatures, and the largest sets the limit.",
      ],
      formula: "w − η·c·w = (1 − η·c)·w",
      task: "Go back to SGD, set the rate to 1, and train.",
      keys: "Without a selection the inspector has the settings. Ctrl Enter trains.",
      target: { setting: "learningRate" },
      edit: { label: "Choose SGD at 1", commands: choose("sgd", TOO_HIGH) },
      check: diverges,
    },
    {
      title: "Beat your best",
      text: [
        "Choose optimizer and rate yourself, still for one epoch. Rates are best tried by factors of 3 or 10, not by small steps: what matters is their order of magnitude.",
        "One run of one seed decides little: differences of some tenths of a percent may be luck. The study races six optimizers on 5,000 images for ten epochs.",
      ],
      source: "Bengio, Practical recommendations for gradient-based training of deep architectures (2012)",
      task: "Find a setting that reaches more than all of your runs so far.",
      keys: "Without a selection the inspector has the settings. Ctrl Enter trains.",
      target: { setting: "learningRate" },
      study: "optimizerRace",
      check: beatsOwn,
    },
  ],
};
