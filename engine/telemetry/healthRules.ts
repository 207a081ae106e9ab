/** The health rules: what is wrong with the signal of a net, with every threshold. docs/health.md is written from this table. */

/** DL4J's guide for the std of activations: 0.5 to 2 (Deeplearning4j, *Tuning and training*, "Layer activations"). */
export const GUIDE = { low: 0.5, high: 2 } as const;

export const healthThresholds = {
  /** A std below this lies far below the guide: a tenth of its lower end. */
  vanishedStd: GUIDE.low / 10,
  /** A std above this lies far above the guide: ten times its upper end. */
  explodedStd: GUIDE.high * 10,
  /** Half or twice the std of the nearest layer before that carries the signal. */
  neighbourFactor: 2,
  /** A std that falls or grows by at least this factor from layer to layer … */
  layerFactor: 1.25,
  /** … and by this one in all, does so along the depth. */
  depthFactor: 10,
  /** Of the norm of a gradient along the depth, by at least `layerFactor` from layer to layer. */
  gradientFactor: 1000,
  /** Share of values where tanh or sigmoid are flat (|tanh| > 0.97, sigmoid < 0.03 or > 0.97). */
  saturatedShare: 0.5,
  /** Channels that are 0 on the whole batch. */
  deadChannels: 1,
  /** log₁₀(std of the update ÷ std of the weights); −3 is the usual guide. */
  updateRatio: -5,
  /** While the schedule holds the learning rate below this share of its value, small updates are meant. */
  scheduledShare: 0.1,
} as const;

export type HealthRule =
  | "diverged"
  | "exploding"
  | "vanishing"
  | "explodingGradient"
  | "vanishingGradient"
  | "saturated"
  | "dead"
  | "notLearning";

export interface HealthRuleFacts {
  readonly rule: HealthRule;
  readonly title: string;
  readonly severity: "error" | "warning";
  /** Shown from the so manieth measured step in a row on, for what a single batch may show by chance. */
  readonly frames: number;
  /** What is measured and when it is a finding, with the numbers. */
  readonly threshold: string;
  /** Where the rule does not apply, and why. */
  readonly quiet: string;
  /** Why it matters. */
  readonly meaning: string;
  /** What `healthFixes` offers, in words. */
  readonly tries: string;
  readonly source: string;
}

const t = healthThresholds;
const minus = (value: number): string => String(value).replace("-", "\u2212");

const table: Readonly<Record<HealthRule, Omit<HealthRuleFacts, "rule">>> = {
  diverged: {
    title: "Diverged",
    severity: "error",
    frames: 1,
    threshold:
      "A value of the loss or of an output is NaN or infinite. The run ends; the first node in order is named.",
    quiet: "",
    meaning: "Nothing can be learnt from numbers that are not finite.",
    tries: "lower the learning rate to a tenth, insert BatchNorm, He initialization.",
    source: "IEEE 754: NaN and infinities propagate through every layer.",
  },
  exploding: {
    title: "Exploding",
    severity: "error",
    frames: 1,
    threshold: `The std of a Conv or Dense output or of a sum is above ${t.explodedStd} (${t.depthFactor} times the guide's ${GUIDE.high}), and more than ${t.neighbourFactor} times that of the nearest layer before it that carries the signal, or it has grown layer by layer, ${t.layerFactor} times each and ${t.depthFactor} times in all, and not come back since.`,
    quiet: "The layer whose values are the prediction; layers that a normalization follows.",
    meaning: "Activations and gradients grow with every layer, until steps are too large or not finite.",
    tries:
      "insert BatchNorm after the layer, He initialization (Xavier before tanh and sigmoid); a tenth of the learning rate where it began after the first step.",
    source: "Guide of 0.5 to 2: Deeplearning4j. Glorot & Bengio (2010); He et al. (2015).",
  },
  vanishing: {
    title: "Vanishing",
    severity: "warning",
    frames: 1,
    threshold: `The std of a Conv or Dense output is below ${t.vanishedStd} (a tenth of the guide's ${GUIDE.low}), and below 1/${t.neighbourFactor} of that of the nearest layer before it that carries the signal, or it has fallen layer by layer, by ${t.layerFactor} each and by ${t.depthFactor} in all, and not come back since.`,
    quiet:
      "The layer whose values are the prediction; layers that a normalization follows, as long as their variance is at least its ε.",
    meaning:
      "What the samples differ in fades with every layer, and gradients with it: the layers before learn nothing.",
    tries: "insert BatchNorm after the layer, He initialization (Xavier before tanh and sigmoid).",
    source: "Guide of 0.5 to 2: Deeplearning4j. Glorot & Bengio (2010); He et al. (2015).",
  },
  explodingGradient: {
    title: "Exploding gradient",
    severity: "warning",
    frames: 2,
    threshold: `On its way back from the loss, the gradient of the outputs of Conv and Dense has grown layer by layer, by ${t.layerFactor} each and by ${t.gradientFactor} in all, and not come back since, at two measured steps in a row. Measured is its norm over all values of a layer, so that layers of any width and picture size compare.`,
    quiet: "While the signal of any layer vanishes or explodes: that takes the gradient with it.",
    meaning: "The first layers are moved far more than the last: no learning rate suits both.",
    tries:
      "insert BatchNorm after the layer, He initialization; a tenth of the learning rate where it began after the first step.",
    source: "Pascanu et al., *On the difficulty of training recurrent neural networks* (2013); Glorot & Bengio (2010).",
  },
  vanishingGradient: {
    title: "Vanishing gradient",
    severity: "warning",
    frames: 2,
    threshold: `On its way back from the loss, the gradient of the outputs of Conv and Dense has fallen layer by layer, by ${t.layerFactor} each and by ${t.gradientFactor} in all, and not come back since, at two measured steps in a row. Measured is its norm, as above.`,
    quiet: "While the signal of any layer vanishes or explodes: that takes the gradient with it.",
    meaning: "The first layers hardly learn from what the last ones get wrong, even where their signal looks healthy.",
    tries: "insert BatchNorm after the layer, He initialization (Xavier before tanh and sigmoid).",
    source: "Hochreiter (1991); Glorot & Bengio (2010), section 4.2.",
  },
  saturated: {
    title: "Saturated",
    severity: "warning",
    frames: 1,
    threshold: `At least ${100 * t.saturatedShare} % of the values after tanh lie beyond ±0.97, or after the sigmoid below 0.03 or above 0.97.`,
    quiet: "The layer whose values are the prediction.",
    meaning: "There the curve is flat, and hardly any gradient comes through.",
    tries:
      "insert BatchNorm before the activation, Xavier initialization; a tenth of the learning rate where it began after the first step.",
    source: "LeCun et al., *Efficient BackProp* (1998), section 4.4; Glorot & Bengio (2010).",
  },
  dead: {
    title: "Dead channels",
    severity: "warning",
    frames: 2,
    threshold: `At least ${t.deadChannels} channel (feature) after ReLU, GELU or SiLU is exactly 0 on the whole batch, at two measured steps in a row.`,
    quiet: "",
    meaning: "A channel that is 0 for every sample gets no gradient: it may never come back.",
    tries:
      "He initialization, insert BatchNorm before the activation; a tenth of the learning rate where it began after the first step.",
    source: "Maas et al., *Rectifier nonlinearities improve neural network acoustic models* (2013).",
  },
  notLearning: {
    title: "Not learning",
    severity: "warning",
    frames: 3,
    threshold: `log₁₀ of the std of the update ÷ the std of the weights of a Conv or Dense is below ${minus(t.updateRatio)}, at three measured steps in a row.`,
    quiet: `Frozen weights; while the schedule holds the learning rate below ${t.scheduledShare} of its value.`,
    meaning: "The weights hardly move: the learning rate is too small, or no gradient arrives.",
    tries:
      "insert BatchNorm after the layer, He initialization; ten times the learning rate, unless hardly any gradient arrives (below 10⁻⁸).",
    source: 'Usual ratio of about 10⁻³: Karpathy, *CS231n*, "Ratio of weights:updates".',
  },
};

/** The worst first. */
export const healthRules: readonly HealthRuleFacts[] = (Object.keys(table) as HealthRule[]).map((rule) => ({
  rule,
  ...table[rule],
}));

export const healthRule = (rule: HealthRule): HealthRuleFacts => ({ rule, ...table[rule] });
