/** What the health rules ask of a net: which outputs carry the signal, what comes before each, and where the rules do not apply. */
import type { Program, ProgramLayer } from "../compile/compiled.ts";
import { isLoss, type Operation } from "../layer.ts";
import { layerOf } from "../registry.ts";

export interface HealthNode {
  readonly nodeId: string;
  /**
   * `weights`: Conv and Dense, judged by std. `merge`: a sum, which can only explode. `reference`: input and normalization, never judged;
   * what comes after is compared with them. null: passes or bends the signal on.
   */
  readonly carries: "weights" | "merge" | "reference" | null;
  /** The nearest nodes before this one that carry the signal, in no order. */
  readonly neighbours: readonly string[];
  /** The nearest Conv and Dense before this one, past whatever else carries the signal. */
  readonly weightsBefore: readonly string[];
  /** ε of the normalization that every way from here comes to before anything could lose the scale of the values; null: there is none. */
  readonly normalizedBy: number | null;
  /** Its values are the prediction: their scale is what the loss asks for. */
  readonly isReadout: boolean;
  /** Zero for negative input, so that a channel can be switched off for good. */
  readonly canDie: boolean;
}

export type HealthNet = ReadonlyMap<string, HealthNode>;

const RECTIFIERS: ReadonlySet<string> = new Set(["gelu", "geluTanh", "silu"]);

const canDie = (operation: Operation | null): boolean => {
  if (operation?.op === "relu") return true;
  if (operation?.op !== "activation") return false;
  return RECTIFIERS.has(operation.curve) || (operation.curve === "leakyRelu" && operation.parameter === 0);
};

const normalizes = (operation: Operation | null): operation is Extract<Operation, { op: "batchNorm" | "groupNorm" }> =>
  operation?.op === "groupNorm" || (operation?.op === "batchNorm" && operation.statistics === "batch");

const carries = (layer: ProgramLayer): HealthNode["carries"] => {
  const family = layerOf(layer.kind)?.family;
  if (family === "linear") return "weights";
  if (layer.inputs.length === 0 || family === "norm") return "reference";
  return layer.operation?.op === "add" ? "merge" : null;
};

/** Scaling the input by a positive number scales the output by it. */
const keepsScale = (operation: Operation | null): boolean => {
  if (operation === null) return false;
  if (operation.op === "activation") return operation.curve === "leakyRelu";
  return ["relu", "pool2d", "flatten", "reshape", "dropout", "concat"].includes(operation.op);
};

/** Only moves or drops values on their way to the loss. */
const passes = (operation: Operation | null): boolean =>
  operation !== null && ["flatten", "reshape", "dropout"].includes(operation.op);

const squashes = (operation: Operation | null): boolean =>
  operation?.op === "softmax" ||
  (operation?.op === "activation" && (operation.curve === "sigmoid" || operation.curve === "tanh"));

export const healthNet = ({ layers }: Program): HealthNet => {
  const byId = new Map(layers.map((layer) => [layer.nodeId, layer]));
  const consumers = new Map<string, ProgramLayer[]>(layers.map(({ nodeId }) => [nodeId, []]));
  for (const layer of layers) for (const input of layer.inputs) consumers.get(input)?.push(layer);

  const neighbours = new Map<string, readonly string[]>();
  const before = ({ inputs }: ProgramLayer): readonly string[] => [
    ...new Set(
      inputs.flatMap((input) => {
        const layer = byId.get(input);
        return layer !== undefined && carries(layer) !== null ? [input] : (neighbours.get(input) ?? []);
      }),
    ),
  ];
  for (const layer of layers) neighbours.set(layer.nodeId, before(layer));

  const weightsBefore = new Map<string, readonly string[]>();
  for (const { nodeId } of layers) {
    const found = (neighbours.get(nodeId) ?? []).flatMap((near) => {
      const layer = byId.get(near);
      return layer !== undefined && carries(layer) === "weights" ? [near] : (weightsBefore.get(near) ?? []);
    });
    weightsBefore.set(nodeId, [...new Set(found)]);
  }

  const normalizedBy = new Map<string, number | null>();
  const readouts = new Set<string>();
  for (const { nodeId } of [...layers].reverse()) {
    const after = consumers.get(nodeId) ?? [];
    let epsilon: number | null = 0;
    for (const { nodeId: next, operation } of after) {
      const own: number | null = normalizes(operation)
        ? operation.epsilon
        : keepsScale(operation)
          ? (normalizedBy.get(next) ?? null)
          : null;
      epsilon = own === null || epsilon === null ? null : Math.max(epsilon, own);
    }
    normalizedBy.set(nodeId, after.length === 0 ? null : epsilon);
    // A sigmoid or softmax that the loss reads is the prediction, and the layer before it the logits.
    const predicts = ({ nodeId: next, operation }: ProgramLayer): boolean =>
      isLoss(operation) || ((passes(operation) || squashes(operation)) && readouts.has(next));
    if (after.some(predicts)) readouts.add(nodeId);
  }

  return new Map(
    layers.map((layer) => [
      layer.nodeId,
      {
        nodeId: layer.nodeId,
        carries: carries(layer),
        neighbours: neighbours.get(layer.nodeId) ?? [],
        weightsBefore: weightsBefore.get(layer.nodeId) ?? [],
        normalizedBy: normalizedBy.get(layer.nodeId) ?? null,
        isReadout: readouts.has(layer.nodeId),
        canDie: canDie(layer.operation),
      },
    ]),
  );
};
