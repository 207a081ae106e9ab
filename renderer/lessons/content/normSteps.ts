/** Batch norm taken apart: its forward and backward pass on the user's own batch, and the gradients of the whole net. */
import { counted } from "../../../engine/index.ts";
import { formatCount, formatExponent, formatFixed, formatReadout } from "../../charts/format.ts";
import { describeCheck } from "../../gradients/gradientWords.ts";
import { measured, normAfter, selectedOne } from "../checks.ts";
import { type Checkpoint, type Lesson, type LessonMoment, missing, passed } from "../lesson.ts";
import { resultWords } from "../lessonRun.ts";
import { startDocument } from "./startDocument.ts";

const TITLE = "Batch norm step by step";
const NORM = "bn2";
const DENSE = "fc2";
/** What float64 leaves of a mean that is zero, as a share of the std. */
const ROUNDING = 1e-9;
/** Central differences in float64 agree to about this. */
const TOLERANCE = 1e-5;

const trains: Checkpoint = (moment) => {
  const found = measured(moment, normAfter("batchNorm", [DENSE]));
  if ("lack" in found) return missing(found.lack);
  return passed(
    `${resultWords(found.run)} of the test points after ${counted(found.run.step, "step")}. The last batch is still in the trainer’s memory.`,
  );
};

const NOT_OPEN = "No BatchNorm is open step by step.";

const opened = ({ explanation, document }: LessonMoment) => {
  const kind = document.nodes.find(({ id }) => id === explanation?.nodeId)?.kind;
  return explanation !== null && kind === "batchNorm" ? explanation : null;
};

const edge = (explanation: NonNullable<ReturnType<typeof opened>>, id: string) =>
  explanation.steps.find((step) => step.id === id);

const opensForward: Checkpoint = (moment) => {
  const explanation = opened(moment);
  if (explanation === null) return missing(NOT_OPEN);
  const [input, variance, normalized] = ["input", "variance", "normalize"].map((id) => edge(explanation, id)?.forward);
  if (input === undefined || variance === undefined || normalized === undefined) return missing(NOT_OPEN);
  const expected = Math.sqrt(variance.mean / (variance.mean + explanation.epsilon));
  return passed(
    `Channel ${explanation.set + 1}: ${formatReadout(input.mean, input.std)} ± ${formatReadout(input.std)} comes in over ${counted(explanation.setSize, "value")}, and x̂ has ${formatReadout(normalized.mean, normalized.std)} ± ${formatFixed(normalized.std, 6)}. √(σ²/(σ² + ε)) is ${formatFixed(expected, 6)}.`,
  );
};

const findsSums: Checkpoint = (moment) => {
  const explanation = opened(moment);
  if (explanation === null) return missing(NOT_OPEN);
  if (explanation.set === 0) return missing("This is still the first channel. Go to another one.");
  const gradient = edge(explanation, "input")?.gradient;
  if (gradient === undefined) return missing(NOT_OPEN);
  if (!(gradient.std > 0))
    return missing(
      `No gradient reaches channel ${explanation.set + 1}: its ReLU lets nothing through. Try another one.`,
    );
  const share = Math.abs(gradient.mean) / gradient.std;
  const words = `Channel ${explanation.set + 1}: the gradients ∂x have a std of ${formatReadout(gradient.std)}, and their mean is ${share === 0 ? "exactly 0" : `${formatExponent(share)} of that`}`;
  return share < ROUNDING
    ? passed(`${words}: zero, but for rounding.`)
    : missing(`${words}, which is more than rounding leaves. Report this.`);
};

const findsIdleBias: Checkpoint = (moment) => {
  const chosen = selectedOne(moment);
  if ("lack" in chosen) return missing(chosen.lack);
  const { nodeId } = chosen;
  const layers = moment.compiled.program?.layers ?? [];
  const at = layers.findIndex((layer) => layer.nodeId === nodeId);
  const bias = moment.statistics(nodeId)?.weights.find(({ name }) => name === "bias");
  if (layers[at]?.kind !== "dense") return missing(`${nodeId} is no Dense. Select one that a BatchNorm follows.`);
  if (layers[at + 1]?.kind !== "batchNorm")
    return missing(`No BatchNorm follows ${nodeId}: its bias is learnt. Select another Dense.`);
  if (bias === undefined) return missing("There is no run on screen. Train first.");
  if (bias.gradient !== null || bias.max !== 0 || bias.min !== 0)
    return missing(`The bias of ${nodeId} lies between ${formatReadout(bias.min)} and ${formatReadout(bias.max)}.`);
  return passed(
    `After ${counted(moment.shownStep, "step")} all ${formatCount(bias.count)} biases of ${nodeId} are still 0, where they began, and no gradient is computed for them.`,
  );
};

const checksGradients: Checkpoint = ({ gradients }) => {
  if (gradients === null) return missing("The gradients have not been checked yet.");
  if (gradients.progress.phase !== "done") return missing(describeCheck(gradients));
  const faulty = gradients.results.filter(
    ({ verdict, relativeError }) => verdict === "differs" || relativeError > TOLERANCE,
  );
  return faulty.length === 0 ? passed(describeCheck(gradients)) : missing(describeCheck(gradients));
};

export const normSteps: Lesson = {
  id: "norm-steps",
  title: TITLE,
  summary: "Forward and backward pass as a graph of operations, on your own batch, with gradient checks.",
  minutes: 4,
  fileName: "lesson-batch-norm.layerscope",
  document: () => startDocument("spiral-bn", TITLE, [{ type: "setTraining", training: { epochs: 5 } }]),
  steps: [
    {
      title: "Train for a moment",
      text: [
        "A small net that tells the three arms of a spiral apart, with a BatchNorm after each of four dense layers.",
        "All that follows is computed on the batch it trained last: numbers of your run, not of a textbook.",
      ],
      task: "Train for five epochs. That takes some seconds.",
      keys: "Ctrl Enter trains.",
      target: { control: ".run-bar .button-primary" },
      check: trains,
    },
    {
      title: "The forward pass",
      text: [
        "Eight small operations lead from x to x̂: mean, centre, square, variance, plus ε, root, reciprocal, product. Each has a derivative that one can write down at once.",
        "Forward values stand above the lines of the graph. The std of x̂ is a little below 1, for ε is in the root: by how much, the answer below has to six digits.",
      ],
      formula: "x̂ = (x − μ) / √(σ² + ε),  y = γ·x̂ + β",
      source: "Ioffe & Szegedy, Batch normalization (2015), algorithm 1",
      about: ["batchNorm"],
      task: "Select bn2 and open it step by step.",
      keys: "With bn2 selected, Ctrl Shift B opens the steps.",
      target: { node: NORM },
      check: opensForward,
    },
    {
      title: "The backward pass",
      text: [
        "Gradients stand below the lines. x reaches x̂ on three ways: directly, through μ and through σ². Their gradients add up to one formula, with g = γ·∂y and i = 1/√(σ² + ε).",
        "Adding a constant to every x changes no output. So the gradients of the batch must add up to zero, whatever the loss. See whether they do, in the column Gradient of the row Input.",
      ],
      formula: "∂x = i·(g − mean(g) − x̂·mean(g·x̂))",
      source: "Ioffe & Szegedy (2015), section 3",
      task: "Go on to another channel with the arrows beside its number, and read the mean of ∂x.",
      keys: "Tab goes to the arrows, Enter presses them.",
      // Until the steps are open, the node that opens them.
      target: { control: `.steps-set, .editor:not(:has(.steps-set)) .react-flow__node[data-id="${NORM}"]` },
      check: findsSums,
    },
    {
      title: "A bias without effect",
      text: [
        "For the same reason the bias of a Dense before a BatchNorm has no effect: the mean takes it away again. Its gradient is zero at every step.",
        "Layerscope does not compute it. Its part is played by β.",
      ],
      source: "Ioffe & Szegedy (2015), section 3.2",
      about: ["dense"],
      task: "Close the steps, and select a Dense that a BatchNorm follows.",
      keys: "Escape closes. Tab goes from node to node, Enter selects.",
      target: { node: DENSE },
      check: findsIdleBias,
    },
    {
      title: "Check every gradient",
      text: [
        "A derivative is right if it agrees with a difference quotient: move one number by h to both sides, and see how the loss changes. In float64 both agree to many digits.",
        "Where a ReLU has its kink no quotient means anything. Such elements are left out, and counted.",
      ],
      formula: "∂L/∂w ≈ (L(w + h) − L(w − h)) / 2h",
      task: "Check the gradients of the whole net.",
      keys: "Ctrl K opens the commands: type “gradients”, Enter.",
      target: { control: ".top-bar-commands" },
      check: checksGradients,
    },
  ],
};
