/**
 * Findings about the signal of a run: each frame is judged by itself against `healthRules.ts`; a watch remembers since when each
 * finding has been there. Cheap: a few comparisons a node, and one stretch of steps a finding.
 */
import type { HealthNet, HealthNode } from "./healthNet.ts";
import { type HealthRule, healthRule, healthRules, healthThresholds } from "./healthRules.ts";
import { type Frame, type NodeStatistics, updateRatio, type WeightStatistics } from "./statistics.ts";

/** The std of a node's output. */
interface Level {
  readonly nodeId: string;
  readonly std: number;
}

/** What was measured, by rule. */
export type HealthMeasure =
  | { readonly rule: "dead"; readonly dead: number; readonly channels: number }
  | { readonly rule: "saturated"; readonly share: number }
  | {
      readonly rule: "vanishing" | "exploding";
      readonly std: number;
      /** The neighbour, or where the fall or growth began. */
      readonly from: Level;
      readonly along: "neighbour" | "depth";
    }
  /** Norms over all values of an output's gradient; `from`: where its fall or growth began, later in the net. */
  | {
      readonly rule: "vanishingGradient" | "explodingGradient";
      readonly norm: number;
      readonly from: { readonly nodeId: string; readonly norm: number };
    }
  /** `ratio`: log₁₀(std of the update ÷ std of the weights); −Infinity where nothing moved. */
  | { readonly rule: "notLearning"; readonly weight: string; readonly ratio: number };

export type HealthFinding = HealthMeasure & {
  readonly nodeId: string;
  readonly severity: "error" | "warning";
  /** The step measured. */
  readonly step: number;
  /** The first measured step of the unbroken stretch up to `step`. */
  readonly since: number;
};

type Hit = HealthMeasure & { readonly nodeId: string };

const t = healthThresholds;

/** The strongest of the signals that come in. */
const neighbourOf = (node: HealthNode, levels: ReadonlyMap<string, Level>): Level | null => {
  let found: Level | null = null;
  for (const id of node.neighbours) {
    const level = levels.get(id);
    if (level !== undefined && (found === null || level.std > found.std)) found = level;
  }
  return found;
};

/** A normalization brings values back to their scale unless ε outweighs their variance. */
const isRestored = ({ normalizedBy }: HealthNode, std: number): boolean =>
  normalizedBy !== null && std * std >= normalizedBy;

/** Falls from one layer to the next, or has vanished before and not come back. */
const fallsOn = (before: number, std: number): boolean => std * t.layerFactor <= before || std < t.vanishedStd;

const growsOn = (before: number, std: number): boolean => std >= before * t.layerFactor || std > t.explodedStd;

const judgeLevels = (net: HealthNet, measured: ReadonlyMap<string, NodeStatistics>): readonly Hit[] => {
  const hits: Hit[] = [];
  const levels = new Map<string, Level>();
  /** Where the fall or the growth that a node is part of began; the node itself where there is none. */
  const tops = new Map<string, Level>();
  const feet = new Map<string, Level>();
  for (const [nodeId, node] of net) {
    const { std = Number.NaN } = measured.get(nodeId) ?? {};
    if (node.carries === null || Number.isNaN(std)) continue;
    const level = { nodeId, std };
    levels.set(nodeId, level);
    const near = neighbourOf(node, levels);
    const top = near !== null && fallsOn(near.std, std) ? (tops.get(near.nodeId) ?? near) : level;
    const foot = near !== null && growsOn(near.std, std) ? (feet.get(near.nodeId) ?? near) : level;
    tops.set(nodeId, top);
    feet.set(nodeId, foot);
    if (near === null || node.carries === "reference" || node.isReadout) continue;
    if (std < t.vanishedStd && node.carries === "weights" && !isRestored(node, std)) {
      if (std * t.neighbourFactor < near.std)
        hits.push({ rule: "vanishing", nodeId, std, from: near, along: "neighbour" });
      else if (std * t.depthFactor <= top.std && std < top.std)
        hits.push({ rule: "vanishing", nodeId, std, from: top, along: "depth" });
    }
    if (std > t.explodedStd && node.normalizedBy === null) {
      if (std > near.std * t.neighbourFactor)
        hits.push({ rule: "exploding", nodeId, std, from: near, along: "neighbour" });
      else if (std >= foot.std * t.depthFactor)
        hits.push({ rule: "exploding", nodeId, std, from: foot, along: "depth" });
    }
  }
  return hits;
};

/** Root of the sum of squares: what a layer hands back, whatever its width. */
const gradientNorm = ({ gradient, count }: NodeStatistics): number | null =>
  gradient === null || gradient.nonFinite > 0 ? null : Math.sqrt(count * (gradient.mean ** 2 + gradient.std ** 2));

interface GradientLevel {
  readonly nodeId: string;
  readonly norm: number;
}

/** Where a fall or growth on the way back began, and where it has come to. */
interface GradientTrend {
  readonly at: GradientLevel;
  readonly top: GradientLevel;
  readonly foot: GradientLevel;
}

/** From the loss to the input, along the layers with weights. */
const judgeGradients = (net: HealthNet, measured: ReadonlyMap<string, NodeStatistics>): readonly Hit[] => {
  const hits: Hit[] = [];
  /** Of the layer after each that hands back most. */
  const after = new Map<string, GradientTrend>();
  for (const { nodeId, carries, weightsBefore } of [...net.values()].reverse()) {
    const statistics = carries === "weights" ? measured.get(nodeId) : undefined;
    const norm = statistics === undefined ? null : gradientNorm(statistics);
    if (norm === null) continue;
    const at = { nodeId, norm };
    const later = after.get(nodeId);
    const falls =
      later !== undefined &&
      (norm * t.layerFactor <= later.at.norm || norm * t.gradientFactor <= later.top.norm) &&
      norm < later.top.norm;
    const grows =
      later !== undefined && (norm >= later.at.norm * t.layerFactor || norm >= later.foot.norm * t.gradientFactor);
    const trend = { at, top: falls ? later.top : at, foot: grows ? later.foot : at };
    if (norm * t.gradientFactor <= trend.top.norm && trend.top !== at) {
      hits.push({ rule: "vanishingGradient", nodeId, norm, from: trend.top });
    } else if (norm >= trend.foot.norm * t.gradientFactor && trend.foot !== at) {
      hits.push({ rule: "explodingGradient", nodeId, norm, from: trend.foot });
    }
    for (const before of weightsBefore) {
      const known = after.get(before);
      if (known === undefined || known.at.norm < norm) after.set(before, trend);
    }
  }
  return hits;
};

const isSlow = (weights: WeightStatistics): boolean => (updateRatio(weights, "std") ?? 0) < t.updateRatio;

const judgeNode = (node: HealthNode, statistics: NodeStatistics, ratesAreFull: boolean): readonly Hit[] => {
  const { nodeId } = node;
  const hits: Hit[] = [];
  const { deadChannels: dead, numChannels: channels, saturated: share } = statistics;
  if (node.canDie && dead >= t.deadChannels) hits.push({ rule: "dead", nodeId, dead, channels });
  if (share !== null && share >= t.saturatedShare && !node.isReadout) hits.push({ rule: "saturated", nodeId, share });
  // γ, β and biases start equal: their std is no scale for an update.
  const weight = statistics.weights.find(({ name }) => name === "weight");
  if (ratesAreFull && weight !== undefined && isSlow(weight)) {
    hits.push({ rule: "notLearning", nodeId, weight: weight.name, ratio: updateRatio(weight, "std") ?? 0 });
  }
  return hits;
};

const order = new Map(healthRules.map(({ rule }, index) => [rule, index]));

const judge = (net: HealthNet, frame: Frame, rateShareAt: (step: number) => number): readonly Hit[] => {
  // Moments are over the finite values: where others are among them, they say nothing of the signal. That is divergence.
  const nodes = frame.nodes.filter(({ nonFinite }) => nonFinite === 0);
  const measured = new Map(nodes.map((node) => [node.nodeId, node]));
  const ratesAreFull = rateShareAt(frame.step) >= t.scheduledShare;
  const hits = [...judgeLevels(net, measured)];
  // A signal that is too small or too large takes the gradient with it: one cause, one finding.
  if (hits.length === 0) hits.push(...judgeGradients(net, measured));
  for (const statistics of nodes) {
    const node = net.get(statistics.nodeId);
    if (node !== undefined) hits.push(...judgeNode(node, statistics, ratesAreFull));
  }
  return hits;
};

/** Measured steps in a row at which a finding was there. */
interface Stretch {
  readonly from: number;
  to: number;
  /** The step from which on it is shown: the so manieth of the stretch as its rule wants; infinite before that. */
  shownFrom: number;
  frames: number;
}

const keyOf = (nodeId: string, rule: HealthRule): string => `${rule} ${nodeId}`;

/** Follows the frames of one run. */
export class HealthWatch {
  readonly #net: HealthNet;
  readonly #rateShareAt: (step: number) => number;
  /** Ascending; the steps between two measured ones belong to the one before. */
  readonly #stretches = new Map<string, Stretch[]>();
  #lastStep = 0;

  /** `rateShareAt`: what the schedule makes of the learning rate at a step. */
  constructor(net: HealthNet, rateShareAt: (step: number) => number = () => 1) {
    this.#net = net;
    this.#rateShareAt = rateShareAt;
  }

  /** The last step that was taken in; 0 before the first. */
  get lastStep(): number {
    return this.#lastStep;
  }

  /** Takes in the next measured step; steps ascend. */
  observe(frame: Frame): void {
    for (const { nodeId, rule } of judge(this.#net, frame, this.#rateShareAt)) {
      const key = keyOf(nodeId, rule);
      const stretches = this.#stretches.get(key) ?? [];
      const last = stretches.at(-1);
      if (last !== undefined && last.to === this.#lastStep) {
        last.to = frame.step;
        last.frames += 1;
        if (last.frames === healthRule(rule).frames) last.shownFrom = frame.step;
      } else {
        const shownFrom = healthRule(rule).frames === 1 ? frame.step : Number.POSITIVE_INFINITY;
        stretches.push({ from: frame.step, to: frame.step, frames: 1, shownFrom });
      }
      this.#stretches.set(key, stretches);
    }
    this.#lastStep = frame.step;
  }

  /** What is wrong at a frame that was taken in, in the order of the net, the worst of each node first. */
  findingsAt(frame: Frame): readonly HealthFinding[] {
    const findings = judge(this.#net, frame, this.#rateShareAt).flatMap((hit): readonly HealthFinding[] => {
      const stretch = this.#stretches.get(keyOf(hit.nodeId, hit.rule))?.findLast(({ from }) => from <= frame.step);
      const { severity } = healthRule(hit.rule);
      if (stretch === undefined || frame.step < stretch.shownFrom) return [];
      return [{ ...hit, severity, step: frame.step, since: stretch.from }];
    });
    const place = new Map([...this.#net.keys()].map((nodeId, index) => [nodeId, index]));
    return findings.sort(
      (a, b) =>
        (place.get(a.nodeId) ?? 0) - (place.get(b.nodeId) ?? 0) || (order.get(a.rule) ?? 0) - (order.get(b.rule) ?? 0),
    );
  }
}
