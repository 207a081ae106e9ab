/** The words of the health rules: badges, sentences, and the numbers beside their limits. */
import {
  counted,
  type HealthFinding,
  type HealthRule,
  healthRules,
  healthThresholds as limits,
} from "../../engine/index.ts";
import { formatCount, formatFixed, formatPercent, formatShort, MINUS, NO_BREAK_SPACE } from "../charts/format.ts";

/** A std with two significant digits: `0.28`, `28`, `1.3e−11`. */
const std = (value: number): string => (value >= 100 ? formatShort(value, 3) : formatShort(value));

/** log₁₀ of a ratio. */
const logarithm = (ratio: number): string => (Number.isFinite(ratio) ? formatFixed(ratio, 1) : `${MINUS}∞`);

const BADGES = {
  vanishing: "vanishing",
  exploding: "exploding",
  vanishingGradient: "vanishing gradient",
  explodingGradient: "exploding gradient",
  notLearning: "not learning",
} as const;

/** At most about 24 characters. */
export const healthBadge = (finding: HealthFinding): string => {
  if (finding.rule === "dead") return `${finding.dead} of ${finding.channels} dead`;
  if (finding.rule === "saturated") return `${formatPercent(finding.share, 0)} saturated`;
  return BADGES[finding.rule];
};

const since = (finding: HealthFinding): string => `since step${NO_BREAK_SPACE}${formatCount(finding.since)}`;

/** What is, with its numbers; the fixes say what to do. */
export const healthSentence = (finding: HealthFinding, nameOf: (nodeId: string) => string): string => {
  switch (finding.rule) {
    case "dead":
      return `${formatCount(finding.dead)} of ${counted(finding.channels, "channel")} ${finding.dead === 1 ? "is" : "are"} zero on the whole batch ${since(finding)}.`;
    case "saturated":
      return `${formatPercent(finding.share, 0)} of the values lie where the curve is flat, ${since(finding)}.`;
    case "notLearning":
      return Number.isFinite(finding.ratio)
        ? `Updates are ${formatShort(10 ** finding.ratio)} of the weights, ${since(finding)}.`
        : `Updates are exactly zero ${since(finding)}: no gradient arrives.`;
    case "vanishingGradient":
    case "explodingGradient": {
      const verb = finding.rule === "vanishingGradient" ? "falls" : "grows";
      return `On its way back the gradient ${verb} layer by layer, from ${std(finding.from.norm)} at ${nameOf(finding.from.nodeId)} to ${std(finding.norm)} here, ${since(finding)}.`;
    }
    case "vanishing":
    case "exploding": {
      const verb = finding.rule === "vanishing" ? "falls" : "grows";
      const [from, to] = [std(finding.from.std), std(finding.std)];
      if (finding.along === "depth") return `Std ${verb} from ${from} at ${nameOf(finding.from.nodeId)} to ${to} here.`;
      const than = finding.rule === "vanishing" ? "below half of its neighbour" : "more than twice its neighbour";
      return `Std ${verb} from ${from} to ${to} at ${nameOf(finding.nodeId)}, ${than}.`;
    }
  }
};

/** The same away from the layer: with its name, where the sentence does not have it. */
export const namedSentence = (finding: HealthFinding, nameOf: (nodeId: string) => string): string => {
  const isNamed = (finding.rule === "vanishing" || finding.rule === "exploding") && finding.along !== "depth";
  const sentence = healthSentence(finding, nameOf);
  return isNamed ? sentence : `${nameOf(finding.nodeId)}: ${sentence}`;
};

/** Names and values of the numbers that the finding stands on. */
export const healthNumbers = (
  finding: HealthFinding,
  nameOf: (nodeId: string) => string,
): readonly (readonly [name: string, value: string])[] => {
  const began = ["Since step", formatCount(finding.since)] as const;
  switch (finding.rule) {
    case "dead":
      return [
        ["Dead", formatCount(finding.dead)],
        ["Limit", `${limits.deadChannels} of ${formatCount(finding.channels)}`],
        began,
      ];
    case "saturated":
      return [["Saturated", formatPercent(finding.share)], ["Limit", formatPercent(limits.saturatedShare, 0)], began];
    case "notLearning":
      return [["log10 of ratio", logarithm(finding.ratio)], ["Limit", formatFixed(limits.updateRatio, 0)], began];
    case "vanishingGradient":
    case "explodingGradient": {
      const isLow = finding.rule === "vanishingGradient";
      const limit = isLow ? finding.from.norm / limits.gradientFactor : finding.from.norm * limits.gradientFactor;
      return [
        ["Gradient norm", std(finding.norm)],
        [`That of ${nameOf(finding.from.nodeId)}`, std(finding.from.norm)],
        ["Limit", `${isLow ? "below" : "above"} ${std(limit)}`],
        began,
      ];
    }
    case "vanishing":
    case "exploding": {
      const isLow = finding.rule === "vanishing";
      const bound = isLow ? limits.vanishedStd : limits.explodedStd;
      const factor = finding.along === "depth" ? limits.depthFactor : limits.neighbourFactor;
      const relative = isLow ? finding.from.std / factor : finding.from.std * factor;
      const limit = isLow ? Math.min(bound, relative) : Math.max(bound, relative);
      return [
        ["Std", std(finding.std)],
        [`Std of ${nameOf(finding.from.nodeId)}`, std(finding.from.std)],
        ["Limit", `${isLow ? "below" : "above"} ${std(limit)}`],
        began,
      ];
    }
  }
};

const COUNTED: Readonly<Record<HealthRule, string>> = {
  diverged: "diverged",
  exploding: "exploding",
  vanishing: "vanishing",
  explodingGradient: "with exploding gradients",
  vanishingGradient: "with vanishing gradients",
  saturated: "saturated",
  dead: "with dead channels",
  notLearning: "not learning",
};

/** `18 vanishing`, `1 not learning`: layers by the worst finding of each, the worst rule first. */
export const healthCounts = (
  worst: readonly HealthFinding[],
): readonly { readonly rule: HealthRule; readonly text: string }[] =>
  healthRules.flatMap(({ rule }) => {
    const count = worst.filter((finding) => finding.rule === rule).length;
    return count === 0 ? [] : [{ rule, text: `${formatCount(count)} ${COUNTED[rule]}` }];
  });
