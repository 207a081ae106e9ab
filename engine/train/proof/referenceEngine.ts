/** Reference cases on the float64 engine. */
import { compile } from "../../compile/compile.ts";
import { optimizerSchema } from "../../document/optimizers.ts";
import { type AnyLayer, elementsOf, type Tensor } from "../../layer.ts";
import { layerOf } from "../../registry.ts";
import { err, ok, type Result } from "../../result.ts";
import { createOptimizer } from "../optimizers/createOptimizer.ts";
import { referenceStep } from "../reference.ts";
import { type Errors, relativeError } from "./agreement.ts";
import { documentOf } from "./chainDocument.ts";
import { idleWeights, parseNet } from "./netText.ts";
import type { LayerPass, OptimizerCase, ReferenceCase, TrainingCase } from "./referenceFile.ts";

const findKind = (kind: string): Result<AnyLayer, string> => {
  const layer = layerOf(kind);
  return layer === undefined ? err(`There is no kind of layer "${kind}".`) : ok(layer);
};

const parseParams = (layer: AnyLayer, params: unknown): Result<unknown, string> => {
  const parsed = layer.params.safeParse(params);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return err(`${layer.title}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "wrong params"}`.trim());
};

const passErrors = (
  layer: AnyLayer,
  params: unknown,
  values: LayerPass,
  mode: "training" | "evaluation",
  state: Readonly<Record<string, Tensor>> = {},
): { readonly errors: Record<string, number>; readonly state: Readonly<Record<string, Tensor>> } => {
  const call = { params, inputs: [values.inputs.x], weights: values.params, state, mode, random: () => 0 };
  const result = layer.reference.forward(call);
  const gradients = layer.reference.backward({
    ...call,
    output: result.output,
    saved: result.saved ?? {},
    outputGradient: values.outputGradient,
  });
  const errors: Record<string, number> = {
    output: relativeError(result.output.data, values.output.data),
    "input gradient": relativeError(gradients.inputs[0]?.data ?? [], values.inputGradients.x.data),
  };
  for (const [name, expected] of Object.entries(values.paramGradients)) {
    errors[`gradient of ${name}`] = relativeError(gradients.weights[name]?.data ?? [], expected.data);
  }
  return { errors, state: result.state ?? {} };
};

const inMode = (mode: string, errors: Errors): Errors =>
  Object.fromEntries(Object.entries(errors).map(([name, error]) => [`${mode}: ${name}`, error]));

const optimizerErrors = (values: OptimizerCase): Result<Errors, string> => {
  const { learningRate, weightDecay, ...numbers } = values.config;
  const settings = optimizerSchema.safeParse({ name: values.optimizer, ...numbers });
  if (!settings.success) return err(`There is no optimizer "${values.optimizer}" with these numbers.`);
  const optimizer = createOptimizer(settings.data);
  const weights = values.paramsBefore.data.slice();
  const steps = values.gradients.map(({ data: gradient }, index) => {
    optimizer.update({ name: "w", step: index + 1, learningRate, weightDecay, weights, gradient });
    return relativeError(weights, values.paramsAfterEachStep[index]?.data ?? []);
  });
  return ok(Object.fromEntries(steps.map((error, index) => [`step ${index + 1}`, error])));
};

/** What training starts with: the file's weights, and state as a new net has it. */
const trainingErrors = (values: TrainingCase): Result<Errors, string> => {
  const net = parseNet(values.net);
  if (!net.ok) return net;
  const { program, diagnostics } = compile(documentOf(net.value), { dataset: null });
  if (program === null) return err(diagnostics.map(({ message }) => message).join(" "));
  const { name, learningRate, weightDecay, ...numbers } = values.optimizer;
  const settings = optimizerSchema.safeParse({ name, ...numbers });
  if (!settings.success) return err(`There is no optimizer "${name}" with these numbers.`);
  const optimizer = createOptimizer(settings.data);
  const weights = new Map<string, Tensor>();
  let state: ReadonlyMap<string, Tensor> = new Map();
  const decays = new Set<string>();
  for (const layer of program.layers) {
    for (const spec of layer.weights) {
      const given = values.paramsBefore[`${layer.nodeId}.${spec.name}`];
      if (given === undefined) return err(`paramsBefore has no ${layer.nodeId}.${spec.name}.`);
      weights.set(`${layer.nodeId}.${spec.name}`, { shape: given.shape, data: given.data.slice() });
      if (spec.decays) decays.add(`${layer.nodeId}.${spec.name}`);
    }
    for (const { name: stateName, shape, initial } of layer.state) {
      const tensor = { shape, data: new Float64Array(elementsOf(shape)).fill(initial) };
      state = new Map([...state, [`${layer.nodeId}.${stateName}`, tensor]]);
    }
  }
  const losses = values.batches.map(({ x, labels }, index) => {
    const step = referenceStep(
      { program, samples: x, weights, state, mode: "training", random: () => () => 0 },
      labels,
    );
    state = step.state;
    for (const [weight, tensor] of weights) {
      const gradient = step.weightGradients.get(weight)?.data ?? new Float64Array(tensor.data.length);
      optimizer.update({
        name: weight,
        step: index + 1,
        learningRate,
        weightDecay: decays.has(weight) ? weightDecay : 0,
        weights: tensor.data,
        gradient,
      });
    }
    return step.loss;
  });
  const idle = idleWeights(net.value);
  const after = Object.entries(values.paramsAfter).map(([weight, expected]) =>
    idle.has(weight) ? 0 : relativeError(weights.get(weight)?.data ?? [], expected.data),
  );
  return ok({ losses: relativeError(losses, values.lossBeforeEachStep), weights: Math.max(0, ...after) });
};

export const runOnReference = (reference: ReferenceCase): Result<Errors, string> => {
  switch (reference.type) {
    case "layer": {
      const layer = findKind(reference.kind);
      if (!layer.ok) return layer;
      const params = parseParams(layer.value, reference.params);
      if (!params.ok) return params;
      return ok(passErrors(layer.value, params.value, reference.values, "training").errors);
    }
    case "batchNorm": {
      const layer = findKind("batchNorm");
      if (!layer.ok) return layer;
      const params = parseParams(layer.value, reference.params);
      if (!params.ok) return params;
      const { values } = reference;
      const before = { runningMean: values.runningBefore.mean, runningVariance: values.runningBefore.variance };
      const train = passErrors(layer.value, params.value, values.train, "training", before);
      const evaluation = passErrors(layer.value, params.value, values.eval, "evaluation", before);
      return ok({
        ...inMode("training", train.errors),
        ...inMode("evaluation", evaluation.errors),
        "running mean": relativeError(train.state.runningMean?.data ?? [], values.runningAfter.mean.data),
        "running variance": relativeError(train.state.runningVariance?.data ?? [], values.runningAfter.variance.data),
      });
    }
    case "entropy":
    case "squares": {
      const layer = findKind("output");
      if (!layer.ok) return layer;
      const isEntropy = reference.type === "entropy";
      const smoothing = isEntropy ? { labelSmoothing: reference.values.labelSmoothing ?? 0 } : {};
      const params = parseParams(layer.value, { loss: reference.values.loss, ...smoothing });
      if (!params.ok) return params;
      const { loss } = layer.value.reference;
      const outcome = isEntropy
        ? loss?.(params.value, reference.values.logits, reference.values.labels)
        : loss?.(params.value, reference.values.outputs, reference.values.targets.data);
      const gradient = isEntropy ? reference.values.logitsGradient : reference.values.outputsGradient;
      return ok({
        value: relativeError([outcome?.value ?? Number.NaN], [reference.values.value]),
        gradient: relativeError(outcome?.inputGradient.data ?? [], gradient.data),
      });
    }
    case "optimizer":
      return optimizerErrors(reference.values);
    case "training":
      return trainingErrors(reference.values);
  }
};
