/** What a measured step gathers besides the outputs: weights and their updates, gradients of outputs, batch norms, saturation. */
import { GRADIENT_RECORD_BYTES, UPDATE_WORKSPACE_BYTES } from "../kernels/header.ts";
import { elementsOf } from "../layer.ts";
import type { Program, ProgramLayer } from "./compiled.ts";
import type { Group } from "./fuse.ts";
import { areaOf, quadsOf } from "./layout.ts";
import type { Gradient, Lowering, NormMeasurement, Value, WeightMeasurement } from "./lowering.ts";
import { runArguments, viewArguments } from "./lowerViews.ts";
import { all, at, type Buffer, local, type Operation, operation } from "./step.ts";

const single = { domain: { type: "single" }, block: null, pass: "statistics" } as const;

/** Weights as the forward pass uses them: before the update, which waits for this. */
export const measureWeights = (
  lowering: Lowering,
  program: Program,
): { readonly operations: Operation[]; readonly measurements: WeightMeasurement[] } => {
  lowering.needWorkspace(UPDATE_WORKSPACE_BYTES);
  const measurements = program.layers.flatMap(({ nodeId, weights }) =>
    weights.map(({ name }) => lowering.weightMeasurement(nodeId, name)),
  );
  const operations = measurements.map(({ nodeId, weights, lanes, record }) =>
    operation(
      "weightView",
      {
        ...{ w: at(weights), vectors: weights.bytes / 16, record: at(record) },
        ...(lanes === null ? {} : { lanes: at(lanes) }),
      },
      { ...single, nodes: [nodeId], reads: all(weights), writes: all(record) },
    ),
  );
  return { operations, measurements };
};

export const measureNorms = (norms: readonly NormMeasurement[]): Operation[] =>
  norms.map(({ nodeId, batch, runningMean, runningVariance, gamma, beta, lanes, record }) =>
    operation(
      "normVectors",
      {
        ...{ runningMean: at(runningMean), runningVariance: at(runningVariance), gamma: at(gamma), beta: at(beta) },
        ...(batch === null ? {} : { mean: at(batch.mean), variance: at(batch.variance) }),
        ...(batch === null || batch.bias === null ? {} : { bias: at(batch.bias) }),
        ...{ quads: lanes / 4, record: at(record) },
      },
      {
        ...single,
        nodes: [nodeId],
        reads: all(runningMean, runningVariance, gamma, beta, batch?.mean, batch?.variance, batch?.bias),
        writes: all(record),
      },
    ),
  );

/** Where the sums of a gradient lie, by chunks of rows, and what they are the sums of. */
export interface GradientMeasurement {
  readonly nodeId: string;
  readonly records: Buffer;
  /** Values of the node's output for each sample. */
  readonly elements: number;
  /** Average pooling shares each gradient among so many values. */
  readonly sharedBy: number;
}

interface Source {
  readonly layer: ProgramLayer;
  readonly gradient: Gradient;
  /** Output of the ReLU that lets the gradient through. */
  readonly passes: Value | null;
  readonly sharedBy: number;
}

/**
 * Nodes whose gradient lies in memory with more than their own: a flattened output shares the gradient of the image, and where the image has
 * other readers, theirs is added to it.
 */
const sharedGradients = (lowering: Lowering, program: Program): ReadonlySet<string> => {
  const numReaders = new Map<string, number>();
  for (const { inputs } of program.layers) {
    for (const nodeId of inputs) numReaders.set(nodeId, (numReaders.get(nodeId) ?? 0) + 1);
  }
  const shared = new Set<string>();
  for (const { nodeId, inputs } of program.layers) {
    const buffer = lowering.values.get(nodeId)?.gradient?.buffer;
    const hasMore = inputs.some(
      (input) =>
        buffer !== undefined &&
        lowering.values.get(input)?.gradient?.buffer === buffer &&
        ((numReaders.get(input) ?? 0) > 1 || shared.has(input)),
    );
    if (hasMore) shared.add(nodeId);
  }
  return shared;
};

/** Nodes whose gradient is in memory, or follows from one that is there. */
const sourcesOf = (lowering: Lowering, program: Program, groups: readonly Group[]): Source[] => {
  const shared = sharedGradients(lowering, program);
  return groups.flatMap((group): Source[] => {
    const layers = group.type === "block" ? group.layers : [group.layer];
    const last = layers.at(-1);
    const value = last === undefined ? undefined : lowering.values.get(last.nodeId);
    if (last === undefined || value === undefined || value.gradient?.written !== true) return [];
    if (shared.has(last.nodeId)) return [];
    const { gradient } = value;
    const direct = { layer: last, gradient, passes: null, sharedBy: 1 };
    if (group.type !== "block" || layers.length === 1) return [direct];
    const pool = group.pool?.operation ?? null;
    const sharedBy = pool?.pool === "avg" ? pool.size[0] * pool.size[1] : 1;
    const inner = layers.slice(0, -1).flatMap((layer): Source[] => {
      const isBeforeRelu = group.relu !== null && layer !== group.relu;
      // Of an average it does not show which of its values the ReLU let through.
      if (isBeforeRelu && sharedBy > 1) return [];
      return [{ layer, gradient, passes: isBeforeRelu ? value : null, sharedBy }];
    });
    return [...inner, direct];
  });
};

/** Sources whose sums are the same. */
const joinAlike = (sources: readonly Source[]): (readonly [Source, ...Source[]])[] => {
  const joined: [Source, ...Source[]][] = [];
  for (const source of sources) {
    const alike = joined.find(([{ gradient, passes }]) => gradient === source.gradient && passes === source.passes);
    if (alike === undefined) joined.push([source]);
    else alike.push(source);
  }
  return joined;
};

/** The backward pass with the gradients measured right after they are complete. */
export const measureGradients = (
  lowering: Lowering,
  program: Program,
  groups: readonly Group[],
  backward: readonly Operation[],
): { readonly operations: readonly Operation[]; readonly measurements: readonly GradientMeasurement[] } => {
  const measurements: GradientMeasurement[] = [];
  /** By the index of the last operation that writes the gradient; −1: the loss does. */
  const after = new Map<number, Operation[]>();
  const lastWriter = new Map<Buffer, number>();
  backward.forEach(({ writes }, index) => {
    for (const { buffer } of writes) lastWriter.set(buffer, index);
  });
  for (const alike of joinAlike(sourcesOf(lowering, program, groups))) {
    const [{ layer, gradient, passes }] = alike;
    const { layout } = gradient;
    const records = lowering.kept(`${layer.nodeId} gradient record`, GRADIENT_RECORD_BYTES * lowering.numChunks);
    for (const { layer: each, sharedBy } of alike) {
      measurements.push({ nodeId: each.nodeId, records, elements: elementsOf(each.outputShape), sharedBy });
    }
    const index = lastWriter.get(gradient.buffer) ?? -1;
    const writer = backward[index];
    const isLocal =
      writer?.writes.some(({ buffer, scope }) => buffer === gradient.buffer && scope === "local") === true;
    const inPlace = isLocal && writer?.domain.type === "rows";
    const measuring = operation(
      "gradientMoments",
      {
        ...viewArguments("x", gradient.buffer, layout),
        ...runArguments(layout, passes?.layout ?? layout),
        ...{ quads: quadsOf(layout), channels: layout.channels },
        ...(passes === null ? {} : viewArguments("y", passes.buffer, passes.layout)),
        ...{ records: at(records), chunk: lowering.chunk },
      },
      {
        domain: { type: "rows" },
        block: areaOf(layout) === 1 ? 0 : null,
        nodes: alike.map(({ layer: each }) => each.nodeId),
        pass: "statistics",
        reads: inPlace
          ? local(gradient.buffer, passes?.buffer)
          : all(gradient.buffer, passes?.buffer, lowering.lossKnown),
        writes: local(records),
        // Where the task that completes it has it in the cache, if tasks are rows.
        ...(inPlace ? { inPlace } : {}),
      },
    );
    after.set(index, [...(after.get(index) ?? []), measuring]);
  }
  const operations = [
    ...(after.get(-1) ?? []),
    ...backward.flatMap((each, index) => [each, ...(after.get(index) ?? [])]),
  ];
  return { operations, measurements };
};
