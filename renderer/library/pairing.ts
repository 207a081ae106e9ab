/** Whether two runs began alike and saw the same batches: by their seeds, and by what was measured. Pure. */
import { expand, type Frame, type Histogram, type WeightStatistics } from "../../engine/index.ts";
import { formatCount, formatShort } from "../charts/format.ts";
import { counted } from "../run/runWords.ts";
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
  readonly tone: "same" | "differs" | "unknown";
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

export const pairingOf = (a: ComparedRun, b: ComparedRun): Pairing => {
  const [seedA, seedB] = [seedOf(a), seedOf(b)];
  if (seedA === null || seedB === null) {
    return { tone: "unknown", title: "Seeds not known", text: "The document of a run can't be read." };
  }
  if (seedA !== seedB) {
    const text = `Initial weights, batches and dropout were drawn with the seeds ${seedA} and ${seedB}: part of what differs is chance.`;
    return { tone: "differs", title: "Different seeds", text };
  }
  const title = `Same seed, ${seedA}`;
  const [first, second] = [frameOf(a, 1), frameOf(b, 1)];
  if (first === null || second === null) {
    const text = "Same start and same batches, by the seed; step 1 was not measured in both, which would show it.";
    return { tone: "unknown", title, text };
  }
  const shared = sharedNodes(a, b);
  let numTensors = 0;
  const layers = new Set<string>();
  for (const [nodeId, { name }] of shared) {
    const [x, y] = [nodeIn(first, nodeId), nodeIn(second, nodeId)];
    for (const tensor of x?.weights ?? []) {
      const other = y?.weights.find((candidate) => candidate.name === tensor.name);
      if (other === undefined) continue;
      if (!same(tensor, other)) {
        const text = `${name} does not start alike: the std of ${tensor.name} is ${formatShort(tensor.std, 3)} and ${formatShort(other.std, 3)} at step 1.`;
        return { tone: "differs", title, text };
      }
      numTensors += 1;
      layers.add(nodeId);
    }
  }
  const inputs = [...shared].filter(([, { kind }]) => kind === "input").map(([nodeId]) => nodeId);
  const steps = sharedSteps([a, b]);
  let numSame = 0;
  for (const step of steps) {
    const agree = inputs.every((nodeId) => {
      const [x, y] = [nodeIn(frameOf(a, step), nodeId), nodeIn(frameOf(b, step), nodeId)];
      return x !== null && y !== null && same(x, y);
    });
    if (!agree || inputs.length === 0) {
      const text = `The ${counted(numTensors, "tensor")} of ${counted(layers.size, "shared layer")} start alike to the bit, but the batches differ from step ${formatCount(step)} on.`;
      return { tone: "differs", title, text };
    }
    numSame += 1;
  }
  const weights = `At step 1 the ${counted(numTensors, "tensor")} of ${counted(layers.size, "shared layer")} agree to the bit in mean, std, min, max and all 64 bins`;
  const batches =
    numSame === 1
      ? "and so does the batch"
      : `and so do the batches of all ${formatCount(numSame)} steps measured in both`;
  return { tone: "same", title: "Same start and same batches", text: `${weights}, ${batches}.` };
};
