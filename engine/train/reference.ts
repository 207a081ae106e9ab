/**
 * Executes a program with the layers' own reference passes in float64. Slow and plain: what the kernels are tested against, and what
 * gradients are checked with.
 */
import type { Program, ProgramLayer } from "../compile/compiled.ts";
import type { AnyLayer, RandomStream, ReferenceOutput, Tensor } from "../layer.ts";
import { layerOf } from "../registry.ts";

/** Weights, state or gradients by `<node id>.<name>`: `conv1.weight`, `bn1.runningMean`. */
export type NamedTensors = ReadonlyMap<string, Tensor>;

export interface ReferenceCall {
  readonly program: Program;
  /** `[N, …program.inputShape]`. */
  readonly samples: Tensor;
  readonly weights: NamedTensors;
  readonly state: NamedTensors;
  readonly mode: "training" | "evaluation";
  /** The stream of a node's dropout at this step. */
  readonly random: (nodeId: string) => RandomStream;
}

export interface ReferencePass {
  /** Output of every node, in program order. */
  readonly outputs: NamedTensors;
  /** State after this pass; the same tensors in evaluation. */
  readonly state: NamedTensors;
  readonly saved: ReadonlyMap<string, NonNullable<ReferenceOutput["saved"]>>;
}

export interface ReferenceStep extends ReferencePass {
  /** Mean over the batch. */
  readonly loss: number;
  /** null where labels are no classes. */
  readonly correct: number | null;
  readonly logits: Tensor;
  /** dL/dy of every node's output that the loss depends on, but for the last node's. */
  readonly outputGradients: NamedTensors;
  /** dL/dw of every weight. */
  readonly weightGradients: NamedTensors;
  /** dL/d(samples). */
  readonly sampleGradient: Tensor;
}

const definitionOf = (layer: ProgramLayer): AnyLayer => {
  const definition = layerOf(layer.kind);
  if (definition === undefined) throw new RangeError(`There is no kind of layer "${layer.kind}".`);
  return definition;
};

const pick = (
  tensors: NamedTensors,
  nodeId: string,
  names: readonly { readonly name: string }[],
): Record<string, Tensor> =>
  Object.fromEntries(
    names.map(({ name }) => {
      const tensor = tensors.get(`${nodeId}.${name}`);
      if (tensor === undefined) throw new RangeError(`There is no tensor ${nodeId}.${name}.`);
      return [name, tensor];
    }),
  );

const outputOf = (outputs: NamedTensors, nodeId: string): Tensor => {
  const tensor = outputs.get(nodeId);
  if (tensor === undefined) throw new RangeError(`There is no output of node ${nodeId}.`);
  return tensor;
};

const forwardCall = (call: ReferenceCall, layer: ProgramLayer, outputs: NamedTensors) => ({
  params: layer.params,
  // The first layer of a program has no inputs: the samples are its tensor.
  inputs: layer.inputs.length === 0 ? [call.samples] : layer.inputs.map((nodeId) => outputOf(outputs, nodeId)),
  weights: pick(call.weights, layer.nodeId, layer.weights),
  state: pick(call.state, layer.nodeId, layer.state),
  mode: call.mode,
  random: call.random(layer.nodeId),
});

/** Outputs of all layers. Changes nothing that it is given: the new state is returned. */
export const referenceForward = (call: ReferenceCall): ReferencePass => {
  const outputs = new Map<string, Tensor>();
  const state = new Map(call.state);
  const saved = new Map<string, NonNullable<ReferenceOutput["saved"]>>();
  for (const layer of call.program.layers) {
    const result = definitionOf(layer).reference.forward(forwardCall(call, layer, outputs));
    outputs.set(layer.nodeId, result.output);
    if (result.saved !== undefined) saved.set(layer.nodeId, result.saved);
    for (const [name, tensor] of Object.entries(result.state ?? {})) state.set(`${layer.nodeId}.${name}`, tensor);
  }
  return { outputs, state, saved };
};

/** Adds a gradient to the sum of a node. */
export const addGradients = (sums: Map<string, Tensor>, nodeId: string, gradient: Tensor): void => {
  const sum = sums.get(nodeId);
  const data =
    sum === undefined ? gradient.data : sum.data.map((value, index) => value + (gradient.data[index] ?? Number.NaN));
  sums.set(nodeId, { shape: gradient.shape, data });
};

/**
 * Forward and backward pass over one batch. The loss of the last layer gives the first gradient; where an output feeds several layers
 * their gradients are added in reverse program order.
 */
export const referenceStep = (call: ReferenceCall, labels: ArrayLike<number>): ReferenceStep => {
  const pass = referenceForward(call);
  const last = call.program.layers.at(-1);
  const loss = last === undefined ? undefined : definitionOf(last).reference.loss;
  const logitsNode = last?.inputs[0];
  if (last === undefined || loss === undefined || logitsNode === undefined) {
    throw new RangeError("The program does not end in a layer with a loss.");
  }
  const logits = outputOf(pass.outputs, logitsNode);
  const { value, inputGradient, correct } = loss(last.params, logits, labels);

  const outputGradients = new Map<string, Tensor>([[logitsNode, inputGradient]]);
  const weightGradients = new Map<string, Tensor>();
  let sampleGradient: Tensor | null = null;
  for (const layer of call.program.layers.slice(0, -1).reverse()) {
    const gradients = definitionOf(layer).reference.backward({
      ...forwardCall(call, layer, pass.outputs),
      output: outputOf(pass.outputs, layer.nodeId),
      saved: pass.saved.get(layer.nodeId) ?? {},
      outputGradient: outputOf(outputGradients, layer.nodeId),
    });
    for (const [name, gradient] of Object.entries(gradients.weights))
      weightGradients.set(`${layer.nodeId}.${name}`, gradient);
    for (const [index, gradient] of gradients.inputs.entries()) {
      const producer = layer.inputs[index];
      if (producer === undefined) sampleGradient = gradient;
      else addGradients(outputGradients, producer, gradient);
    }
  }
  if (sampleGradient === null) throw new RangeError("The program does not begin with an input.");
  return { ...pass, loss: value, correct, logits, outputGradients, weightGradients, sampleGradient };
};
