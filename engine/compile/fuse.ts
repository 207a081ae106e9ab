/**
 * Groups the layers of a program into steps that one kernel computes, from the graph alone:
 * batch norm, ReLU and pooling that follow each other and feed nothing else are one pass over the data, and a bias before batch norm
 * is left out (it cancels: only the running mean sees it).
 */
import type { Operation } from "../layer.ts";
import type { Program, ProgramLayer } from "./compiled.ts";

type OperationOf<Name extends Operation["op"]> = Extract<Operation, { readonly op: Name }>;

interface LayerWith<Name extends Operation["op"]> {
  readonly layer: ProgramLayer;
  readonly operation: OperationOf<Name>;
}

export type Group =
  | { readonly type: "input"; readonly layer: ProgramLayer }
  | {
      readonly type: "contraction";
      readonly layer: ProgramLayer;
      readonly operation: OperationOf<"conv2d"> | OperationOf<"dense">;
      /** Whether the bias is computed: it has one, and no batch norm takes it away. */
      readonly addsBias: boolean;
    }
  | {
      readonly type: "block";
      /** In order; the last one's output is the group's. */
      readonly layers: readonly ProgramLayer[];
      readonly batchNorm: LayerWith<"batchNorm"> | null;
      readonly relu: ProgramLayer | null;
      readonly pool: LayerWith<"pool2d"> | null;
      /** The layer before, when its bias was left out. */
      readonly biasFrom: ProgramLayer | null;
    }
  | { readonly type: "pool"; readonly layer: ProgramLayer; readonly operation: OperationOf<"pool2d"> }
  | { readonly type: "groupNorm"; readonly layer: ProgramLayer; readonly operation: OperationOf<"groupNorm"> }
  | { readonly type: "dropout"; readonly layer: ProgramLayer; readonly operation: OperationOf<"dropout"> }
  | { readonly type: "gaussianNoise"; readonly layer: ProgramLayer; readonly operation: OperationOf<"gaussianNoise"> }
  | { readonly type: "activation"; readonly layer: ProgramLayer; readonly operation: OperationOf<"activation"> }
  | { readonly type: "softmax"; readonly layer: ProgramLayer }
  | { readonly type: "reshape"; readonly layer: ProgramLayer }
  | { readonly type: "flatten"; readonly layer: ProgramLayer }
  | { readonly type: "add"; readonly layer: ProgramLayer }
  | { readonly type: "concat"; readonly layer: ProgramLayer }
  | {
      readonly type: "loss";
      readonly layer: ProgramLayer;
      readonly operation: OperationOf<"softmaxCrossEntropy"> | OperationOf<"meanSquaredError">;
    }
  /** A kind without a fast path: its reference computes it. */
  | { readonly type: "reference"; readonly layer: ProgramLayer };

const pair = <Name extends Operation["op"]>(layer: ProgramLayer, name: Name): LayerWith<Name> | null => {
  const { operation } = layer;
  if (operation === null || operation.op !== name) return null;
  return { layer, operation: operation as OperationOf<Name> };
};

/** Windows that neither overlap, leave gaps, nor leave the image. */
const isPlainPool = ({ size, stride, padding }: OperationOf<"pool2d">): boolean =>
  size[0] === stride[0] && size[1] === stride[1] && padding.top + padding.left + padding.bottom + padding.right === 0;

/** Whether a layer takes the mean of its batch away, and with it any bias of the layer before. */
const centresBatch = (layer: ProgramLayer | null): boolean =>
  layer?.operation?.op === "batchNorm" && layer.operation.statistics === "batch";

/** The layers that take each layer's output, by node id. */
export const consumersOf = (program: Program): ReadonlyMap<string, readonly ProgramLayer[]> => {
  const consumers = new Map<string, ProgramLayer[]>(program.layers.map((layer) => [layer.nodeId, []]));
  for (const layer of program.layers) for (const nodeId of layer.inputs) consumers.get(nodeId)?.push(layer);
  return consumers;
};

export const fuse = (program: Program): Group[] => {
  const consumers = consumersOf(program);
  const byId = new Map(program.layers.map((layer) => [layer.nodeId, layer]));
  const onlyConsumer = (layer: ProgramLayer): ProgramLayer | null => {
    const list = consumers.get(layer.nodeId) ?? [];
    return list.length === 1 ? (list[0] ?? null) : null;
  };
  const taken = new Set<string>();

  const createBlock = (first: ProgramLayer): Group => {
    const layers: ProgramLayer[] = [first];
    const batchNorm = pair(first, "batchNorm");
    const follow = (): ProgramLayer | null => {
      const last = layers.at(-1);
      return last === undefined ? null : onlyConsumer(last);
    };
    let relu = first.operation?.op === "relu" ? first : null;
    let pool = pair(first, "pool2d");
    const afterNorm = batchNorm === null ? null : follow();
    if (afterNorm?.operation?.op === "relu") {
      relu = afterNorm;
      layers.push(afterNorm);
    }
    if (pool === null) {
      const next = follow();
      const nextPool = next === null ? null : pair(next, "pool2d");
      if (nextPool !== null && isPlainPool(nextPool.operation)) {
        pool = nextPool;
        layers.push(nextPool.layer);
      }
    }
    const before = centresBatch(first) ? byId.get(first.inputs[0] ?? "") : undefined;
    const hasBias =
      before?.operation != null &&
      (before.operation.op === "conv2d" || before.operation.op === "dense") &&
      before.operation.bias;
    const biasFrom = before !== undefined && hasBias && onlyConsumer(before) === first ? before : null;
    return { type: "block", layers, batchNorm, relu, pool, biasFrom };
  };

  const createGroup = (layer: ProgramLayer): Group => {
    const { operation } = layer;
    if (operation === null) return { type: "reference", layer };
    switch (operation.op) {
      case "input":
        return { type: "input", layer };
      case "conv2d":
      case "dense":
        return {
          type: "contraction",
          layer,
          operation,
          addsBias: operation.bias && !centresBatch(onlyConsumer(layer)),
        };
      case "batchNorm":
      case "relu":
        return createBlock(layer);
      case "pool2d":
        return isPlainPool(operation) ? createBlock(layer) : { type: "pool", layer, operation };
      case "groupNorm":
        return { type: "groupNorm", layer, operation };
      case "dropout":
        return { type: "dropout", layer, operation };
      case "gaussianNoise":
        return { type: "gaussianNoise", layer, operation };
      case "activation":
        return { type: "activation", layer, operation };
      case "softmax":
        return { type: "softmax", layer };
      case "reshape":
        return { type: "reshape", layer };
      case "flatten":
        return { type: "flatten", layer };
      case "add":
      case "concat":
        return { type: operation.op, layer };
      case "softmaxCrossEntropy":
      case "meanSquaredError":
        return { type: "loss", layer, operation };
    }
  };

  const groups: Group[] = [];
  for (const layer of program.layers) {
    if (taken.has(layer.nodeId)) continue;
    const group = createGroup(layer);
    groups.push(group);
    if (group.type === "block") for (const member of group.layers) taken.add(member.nodeId);
  }
  return groups;
};

/** The node whose output a group computes. */
export const outputNodeOf = (group: Group): ProgramLayer => {
  if (group.type !== "block") return group.layer;
  const last = group.layers.at(-1);
  if (last === undefined) throw new RangeError("A block has at least one layer.");
  return last;
};

/** The node whose input a group reads. */
export const inputNodeOf = (group: Group): ProgramLayer => {
  if (group.type !== "block") return group.layer;
  const first = group.layers[0];
  if (first === undefined) throw new RangeError("A block has at least one layer.");
  return first;
};
