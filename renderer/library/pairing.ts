/** Whether two runs began alike and saw the same batches: by their seeds, and by what was measured; and where not, whether the user chose so. Pure. */
import {
  compareDocuments,
  counted,
  type DocumentDifference,
  expand,
  type Frame,
  type Histogram,
  type WeightStatistics,
} from "../../engine/index.ts";
import { formatCount, formatShort } from "../charts/format.ts";
import { sharedSteps } from "./comparedAxis.ts";
import type { ComparedRun } from "./comparedRun.ts";

const sameHistogram = (a: Histogram, b: Histogram): boolean =>
  a.low === b.low &&
  a.high === b.high &&
  a.underflow === b.underflow &&
  a.overflow === b.overflow &&
  a.counts.length === b.counts.length &&
  a.counts.every((count, bin) => count === b.counts[bin]);

type Measured = Pick<WeightStatistics, "count" | "mean" | "std" | "min" | "max" | "histogram">;

/** Not nearly: to the bit. */
const same = (a: Measured, b: Measured): boolean =>
  a.count === b.count &&
  Object.is(a.mean, b.mean) &&
  Object.is(a.std, b.std) &&
  Object.is(a.min, b.min) &&
  Object.is(a.max, b.max) &&
  sameHistogram(a.histogram, b.histogram);

export interface Pairing {
  /** `chosen`: they differ by what the user set otherwise, as it must be. */
  readonly tone: "same" | "chosen" | "differs" | "unknown";
  readonly title: string;
  /** What shows it. */
  readonly text: string;
}

const seedOf = ({ document }: ComparedRun): number | null => document?.training.seed ?? null;

/** Nodes of one kind in both nets as they are trained, without what is bypassed. */
const sharedNodes = (
  a: ComparedRun,
  b: ComparedRun,
): ReadonlyMap<string, { readonly name: string; readonly kind: string }> => {
  if (a.document === null || b.document === null) return new Map();
  const kinds = new Map(expand(b.document).document.nodes.map(({ id, kind }) => [id, kind]));
  const nodes = expand(a.document).document.nodes.filter(({ id, kind }) => kinds.get(id) === kind);
  return new Map(nodes.map(({ id, name, kind }) => [id, { name: name || id, kind }]));
};

const nodeIn = (frame: Frame | null, nodeId: string) => frame?.nodes.find((node) => node.nodeId === nodeId) ?? null;

const frameOf = ({ history }: ComparedRun, step: number): Frame | null => {
  const frame = history.frameAt(step);
  return frame?.step === step ? frame : null;
};

type Cause = (difference: DocumentDifference) => boolean;

const causesOf = (differences: readonly DocumentDifference[], isCause: Cause): string | null => {
  const found = differences.filter(isCause);
  return found.length === 0 ? null : found.map(({ text }) => text).join("; ");
};

/** What can change the weights that a node starts from: its own params, the net where its tensors have other sizes, and the start of all. */
const changesStart =
  (nodeId: string, otherSize: boolean): Cause =>
  ({ about, name, nodeIds }) => {
    if (about === "training") return name === "initializer";
    return otherSize || (about === "param" && nodeIds.includes(nodeId));
  };

/** What can change the samples of a batch, or what the Input makes of them. */
const BATCH_SETTINGS: readonly string[] = ["batchSize", "validation", "augmentation"];
const changesBatches =
  (inputs: readonly string[]): Cause =>
  ({ about, name, nodeIds }) => {
    if (about === "training") return BATCH_SETTINGS.includes(name);
    return about === "dataset" || (about === "param" && nodeIds.some((nodeId) => inputs.includes(nodeId)));
  };

interface Starts {
  readonly numTensors: number;
  readonly numLayers: number;
  /** The first tensor that is another at step 1; null: none is. */
  readonly other: {
    readonly nodeId: string;
    readonly name: string;
    readonly a: WeightStatistics;
    readonly b: WeightStatistics;
  } | null;
}

const compareStarts = (first: Frame, second: Frame, shared: ReturnType<typeof sharedNodes>): Starts => {
  let numTensors = 0;
  const layers = new Set<string>();
  for (const [nodeId, { name }] of shared) {
    const [x, y] = [nodeIn(first, nodeId), nodeIn(second, nodeId)];
    for (const a of x?.weights ?? []) {
      const b = y?.weights.find((candidate) => candidate.name === a.name);
      if (b === undefined) continue;
      if (!same(a, b)) return { numTensors, numLayers: layers.size, other: { nodeId, name, a, b } };
      numTensors += 1;
      layers.add(nodeId);
    }
  }
  return { numTensors, numLayers: layers.size, other: null };
};

/** `numSame`: of the steps measured in both; `differFrom`: the first with another batch, or null. */
const compareBatches = (
  a: ComparedRun,
  b: ComparedRun,
  inputs: readonly string[],
): { readonly numSame: number; readonly differFrom: number | null } => {
  const steps = sharedSteps([a, b]);
  for (const [numSame, step] of steps.entries()) {
    const agree = inputs.every((nodeId) => {
      const [x, y] = [nodeIn(frameOf(a, step), nodeId), nodeIn(frameOf(b, step), nodeId)];
      return x !== null && y !== null && same(x, y);
    });
    if (!agree || inputs.length === 0) return { numSame, differFrom: step };
  }
  return { numSame: steps.length, differFrom: null };
};

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** `A started from lenet.model.json, B from initializers`; null: both from the same. */
const otherNets = (a: ComparedRun, b: ComparedRun): string | null => {
  const [x, y] = [a.started.from, b.started.from];
  if (x?.weightsHash === y?.weightsHash) return null;
  return `${a.name} started from ${x?.name ?? "initializers"}, ${b.name} from ${y?.name ?? "initializers"}`;
};

export const pairingOf = (a: ComparedRun, b: ComparedRun): Pairing => {
  const [seedA, seedB] = [seedOf(a), seedOf(b)];
  if (a.document === null || b.document === null || seedA === null || seedB === null) {
    return { tone: "unknown", title: "Seeds not known", text: "The document of a run can't be read." };
  }
  const differences = compareDocuments(a.document, b.document);
  if (seedA !== seedB) {
    const isSameNet = a.started.from !== undefined && otherNets(a, b) === null;
    const what = isSameNet ? "Batches and dropout" : "Initial weights, batches and dropout";
    const drawn = `${what} were drawn with the seeds ${seedA} and ${seedB}`;
    // Of runs that differ in their seeds alone chance is what one wants to see.
    return differences.length === 1 && otherNets(a, b) === null
      ? { tone: "chosen", title: "Different seeds, as chosen", text: `${drawn}: all that differs is chance.` }
      : { tone: "differs", title: "Different seeds", text: `${drawn}: part of what differs is chance.` };
  }
  const title = `Same seed, ${seedA}`;
  const [first, second] = [frameOf(a, 1), frameOf(b, 1)];
  if (first === null || second === null) {
    const text = "Same start and same batches, by the seed; step 1 was not measured in both, which would show it.";
    return { tone: "unknown", title, text };
  }
  const shared = sharedNodes(a, b);
  const inputs = [...shared].filter(([, { kind }]) => kind === "input").map(([nodeId]) => nodeId);
  const { numTensors, numLayers, other } = compareStarts(first, second, shared);
  const { numSame, differFrom } = compareBatches(a, b, inputs);
  const whyBatches = differFrom === null ? null : causesOf(differences, changesBatches(inputs));
  const sameBatches =
    numSame === 1 ? "the batch of step 1" : `the batches of all ${formatCount(numSame)} steps measured in both`;

  if (other !== null) {
    const { nodeId, name, a: x, b: y } = other;
    const otherSize = x.count !== y.count;
    const nets = otherNets(a, b);
    const why = nets ?? causesOf(differences, changesStart(nodeId, otherSize));
    const numbers = otherSize
      ? `${name} has ${formatCount(x.count)} and ${formatCount(y.count)} numbers in ${x.name}`
      : `the std of ${x.name} in ${name} is ${formatShort(x.std, 3)} and ${formatShort(y.std, 3)} at step 1`;
    if (why === null || (differFrom !== null && whyBatches === null)) {
      return { tone: "differs", title, text: `${name} does not start alike: ${numbers}.` };
    }
    const batches =
      differFrom === null
        ? `${sentence(`${sameBatches} agree${numSame === 1 ? "s" : ""}`)}`
        : `The batches differ from step ${formatCount(differFrom)} on.`;
    // What was chosen stands above, among what differs.
    // Which nets is nothing of the documents.
    const text = `${nets === null ? "" : `${nets}. `}${sentence(numbers)} ${batches}`;
    return { tone: "chosen", title: otherSize ? "Another net, as chosen" : "Another start, as chosen", text };
  }

  const tensors = `${counted(numTensors, "tensor")} of ${counted(numLayers, "shared layer")}`;
  if (differFrom !== null) {
    const text = `The ${tensors} start alike to the bit, but the batches differ from step ${formatCount(differFrom)} on`;
    return whyBatches === null
      ? { tone: "differs", title, text: `${text}.` }
      : { tone: "chosen", title: "Same start, other batches, as chosen", text: `${text}: ${whyBatches}.` };
  }
  const text = `At step 1 the ${tensors} agree to the bit in mean, std, min, max and all 64 bins, and so ${
    numSame === 1 ? "does the batch" : `do ${sameBatches}`
  }.`;
  return { tone: "same", title: "Same start and same batches", text };
};
