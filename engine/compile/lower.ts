/**
 * Program → kernel operations on buffers, for training and evaluation. Decided from the graph alone: which layers fuse, which layout
 * and border a value has, whether operations split by samples or by channels, and which gradients are needed.
 */
import { elementsOf, isLoss, type Padding2d, type Shape } from "../layer.ts";
import { layerOf } from "../registry.ts";
import type { Program, ProgramLayer } from "./compiled.ts";
import { gradientBorder, inputBorder, unionOfBorders, type Window } from "./contractionTables.ts";
import { consumersOf, fuse, type Group, inputNodeOf, outputNodeOf } from "./fuse.ts";
import { areaOf, createLayout, flatView, type Layout, layoutBytes, noBorder } from "./layout.ts";
import { lowerActivation, lowerSoftmax } from "./lowerActivation.ts";
import { lowerBlock } from "./lowerBlock.ts";
import { type LoweredGroup, lowerContraction, prefersChannels } from "./lowerContraction.ts";
import { lowerDepthwise } from "./lowerDepthwise.ts";
import { lowerGrouped } from "./lowerGrouped.ts";
import { lowerGroupNorm } from "./lowerGroupNorm.ts";
import { type Gradient, Lowering, type LoweringOptions, type Value, type WeightMeasurement } from "./lowering.ts";
import { lowerLoss } from "./lowerLoss.ts";
import { alignInputs, lowerAdd, lowerConcat } from "./lowerMerge.ts";
import { lowerNoise } from "./lowerNoise.ts";
import { lowerOrder } from "./lowerOrder.ts";
import { lowerReference } from "./lowerReference.ts";
import { lowerReshape } from "./lowerReshape.ts";
import { lowerCopy, lowerDropout, lowerInput, lowerPool } from "./lowerSimple.ts";
import { isSparse, lowerSparse } from "./lowerSparse.ts";
import { lowerStatistics, type Measurement } from "./lowerStatistics.ts";
import { type GradientMeasurement, measureGradients, measureNorms, measureWeights } from "./lowerTensorStatistics.ts";
import { orderUpdates } from "./lowerUpdate.ts";
import type { Buffer, Operation } from "./step.ts";
import { chooseWinograd, sizeOf, tileBorder } from "./winograd.ts";

export interface Lowered {
  readonly training: readonly Operation[];
  readonly evaluation: readonly Operation[];
  /** In training mode without what learns: the first operations of `training`. */
  readonly forward: readonly Operation[];
  /** After weights were set from outside. */
  readonly prepare: readonly Operation[];
  /** Looks for values that are not finite in the outputs of the last step. */
  readonly scan: readonly Operation[];
  readonly lowering: Lowering;
  readonly measurements: readonly Measurement[];
  readonly weightMeasurements: readonly WeightMeasurement[];
  readonly gradientMeasurements: readonly GradientMeasurement[];
  readonly logits: Value;
}

/** A program that this engine cannot lay out, with a sentence for the user. */
export class UnsupportedProgram extends Error {}

/** The layers of a program, and what a value's layout and gradient depend on. */
interface Graph {
  readonly consumers: ReadonlyMap<string, readonly ProgramLayer[]>;
  /** Nodes whose output depends on something that learns. */
  readonly learning: ReadonlySet<string>;
  /** Nodes that the loss depends on. */
  readonly reachesLoss: ReadonlySet<string>;
}

const analyse = (program: Program): Graph => {
  const consumers = consumersOf(program);
  const learning = new Set<string>();
  for (const layer of program.layers) {
    const learns = layer.weights.length > 0 && layer.rateFactor !== null;
    if (learns || layer.inputs.some((nodeId) => learning.has(nodeId))) learning.add(layer.nodeId);
  }
  const reachesLoss = new Set<string>();
  for (const layer of [...program.layers].reverse()) {
    if (isLoss(layer.operation) || reachesLoss.has(layer.nodeId))
      for (const nodeId of [layer.nodeId, ...layer.inputs]) reachesLoss.add(nodeId);
  }
  return { consumers, learning, reachesLoss };
};

const imageOf = (shape: Shape): { readonly height: number; readonly width: number } => ({
  height: shape[1] ?? 1,
  width: shape[2] ?? 1,
});

const windowOfConvolution = (layer: ProgramLayer): Window | null =>
  layer.operation?.op === "conv2d" ? layer.operation : null;

/** Whether each channel has a kernel of its own. */
const isDepthwise = ({ operation, inputShapes }: ProgramLayer): boolean =>
  operation?.op === "conv2d" &&
  operation.groups > 1 &&
  operation.groups === operation.filters &&
  operation.groups === inputShapes[0]?.[0];

/** The border that the convolutions among a node's consumers need. */
const borderFor = (graph: Graph, layer: ProgramLayer, numSums: number): Padding2d => {
  let border = noBorder;
  for (const consumer of graph.consumers.get(layer.nodeId) ?? []) {
    const window = windowOfConvolution(consumer);
    if (window === null) continue;
    const [input, output] = [imageOf(layer.outputShape), imageOf(consumer.outputShape)];
    border = unionOfBorders(border, inputBorder(input, output, window));
    const size = sizeOf(createLayout(layer.outputShape), createLayout(consumer.outputShape));
    const { forward, weightGradient } = chooseWinograd(size, window, numSums);
    if (forward || weightGradient) border = unionOfBorders(border, tileBorder(size, window));
  }
  return border;
};

/** Whether every consumer, through flatten, is a convolution or dense layer: those read any layout, but for depthwise ones. */
const feedsContractionsOnly = (graph: Graph, layer: ProgramLayer): boolean =>
  (graph.consumers.get(layer.nodeId) ?? []).every((consumer) => {
    const op = consumer.operation?.op;
    return (
      (op === "conv2d" && !isDepthwise(consumer)) ||
      op === "dense" ||
      (op === "flatten" && feedsContractionsOnly(graph, consumer))
    );
  });

const hasConsumer = (graph: Graph, layer: ProgramLayer, op: string): boolean =>
  (graph.consumers.get(layer.nodeId) ?? []).some((consumer) => consumer.operation?.op === op);

/** The flat view of a value that batch norm treats feature by feature. */
const flattened = (value: Value): Value => {
  const { gradient } = value;
  return {
    ...value,
    layout: flatView(value.layout),
    gradient:
      gradient === null
        ? null
        : {
            layout: flatView(gradient.layout),
            buffer: gradient.buffer,
            get written() {
              return gradient.written;
            },
            set written(written: boolean) {
              gradient.written = written;
            },
          },
  };
};

export const lower = (program: Program, options: LoweringOptions): Lowered => {
  const graph = analyse(program);
  const groups = fuse(program);
  const rateFactors = new Map(program.layers.map(({ nodeId, rateFactor }) => [nodeId, rateFactor]));
  const lowering = new Lowering(program.batchSize, options, rateFactors);

  const bufferFor = (name: string, layout: Layout, lifetime: "kept" | "step"): Buffer => {
    const bytes = layoutBytes(layout, program.batchSize);
    // A border must stay zero: nothing else may use its bytes.
    return lifetime === "kept" || layout.bordered ? lowering.kept(name, bytes) : lowering.step(name, bytes);
  };

  const readsNoBorder = (window: Window, input: Layout, shape: Shape): boolean =>
    chooseWinograd(sizeOf(input, createLayout(shape)), window, lowering.numChunks).inputGradient;

  const gradientFor = (
    layer: ProgramLayer,
    producer: ProgramLayer,
    shape: Shape,
    input: Value | null,
  ): Gradient | null => {
    if (!graph.learning.has(layer.nodeId) || !graph.reachesLoss.has(layer.nodeId)) return null;
    const window = windowOfConvolution(producer);
    const border =
      window === null || input === null || input.gradient === null || readsNoBorder(window, input.layout, shape)
        ? noBorder
        : gradientBorder(input.layout, imageOf(shape), window);
    const layout = createLayout(shape, border);
    return { layout, buffer: bufferFor(`${layer.nodeId} gradient`, layout, "step"), written: false };
  };

  /** The value of a group's output. `shape` is the shape in memory: that of the image where a flat output keeps its image. */
  const createValue = (group: Group, shape: Shape, domain: Value["domain"], input: Value | null): Value => {
    const layer = outputNodeOf(group);
    const border = borderFor(graph, layer, lowering.numChunks);
    const isBordered = border.top + border.left + border.bottom + border.right > 0;
    const packed = group.type === "input" && !isBordered && feedsContractionsOnly(graph, layer);
    const layout = createLayout(shape, border, packed);
    const value: Value = {
      layout,
      // Outputs of the forward pass stay until the step is over: measured, used backward, and searched after a failure.
      buffer: bufferFor(`${layer.nodeId} output`, layout, "kept"),
      domain,
      gradient: gradientFor(layer, group.type === "block" ? layer : group.layer, shape, input),
    };
    lowering.values.set(layer.nodeId, value);
    return value;
  };

  const viewOf = (layer: ProgramLayer, value: Value, affine: Lowering["views"][number]["affine"] = null): void => {
    lowering.views.push({
      nodeId: layer.nodeId,
      layout: value.layout,
      buffer: value.buffer,
      affine,
      relu: false,
      flat: layer.outputShape.length === 1,
    });
  };

  /** Elementwise layers keep the image under a flat shape. */
  const shapeInMemory = (layer: ProgramLayer, input: Value): Shape =>
    layer.outputShape.length === 1 && elementsOf(layer.outputShape) === areaOf(input.layout) * input.layout.channels
      ? [input.layout.channels, input.layout.height, input.layout.width]
      : layer.outputShape;

  const lowered: LoweredGroup[] = [];
  let samples: Value | null = null;
  let logits: Value | null = null;
  let total: (() => Operation) | null = null;

  for (const group of groups) {
    const layer = outputNodeOf(group);
    if (group.type === "input") {
      const output = createValue(group, layer.outputShape, "rows", null);
      lowered.push(lowerInput(lowering, group, output));
      samples = output;
      viewOf(layer, output);
      continue;
    }
    const input = lowering.value(inputNodeOf(group).inputs[0]);
    switch (group.type) {
      case "contraction": {
        const isFlat = layer.outputShape.length === 1;
        const splitsByChannel =
          isFlat &&
          (hasConsumer(graph, layer, "batchNorm") || prefersChannels(layer, elementsOf(layer.outputShape), lowering));
        const output = createValue(group, layer.outputShape, splitsByChannel ? "channels" : "rows", input);
        const window = windowOfConvolution(layer);
        const isGrouped = window !== null && (window.groups ?? 1) > 1;
        const grouped = isDepthwise(layer) ? lowerDepthwise : lowerGrouped;
        const whole = input === samples && isSparse(group, input, lowering) ? lowerSparse : lowerContraction;
        lowered.push(
          isGrouped ? grouped(lowering, group, window, input, output) : whole(lowering, group, input, output),
        );
        const skipsBias = group.operation.bias && !group.addsBias;
        viewOf(layer, output, skipsBias ? { type: "biased", bias: lowering.named(`${layer.nodeId}.bias`) } : null);
        break;
      }
      case "block": {
        const isFlat = inputNodeOf(group).outputShape.length === 1;
        const byFeature = isFlat && group.batchNorm !== null;
        const domain =
          isFlat && (byFeature || (areaOf(input.layout) === 1 && input.domain === "channels")) ? "channels" : "rows";
        const output = createValue(
          group,
          group.pool === null ? shapeInMemory(layer, input) : layer.outputShape,
          domain,
          input,
        );
        const seen = byFeature ? flattened(input) : input;
        const images = { input: input.layout, output: output.layout };
        lowered.push(lowerBlock(lowering, group, seen, byFeature ? flattened(output) : output, images));
        break;
      }
      case "pool": {
        const output = createValue(group, layer.outputShape, "rows", input);
        lowered.push(lowerPool(group, input, output));
        viewOf(layer, output);
        break;
      }
      case "groupNorm": {
        let seen = input;
        // Groups of features that lie as an image are no groups of its channels.
        if (layer.outputShape.length === 1 && group.operation.groups > 1 && areaOf(input.layout) > 1) {
          const order = lowerOrder(lowering, layer, input);
          lowered.push(order.group);
          seen = order.value;
        }
        const output = createValue(group, shapeInMemory(layer, seen), "rows", seen);
        lowered.push(lowerGroupNorm(lowering, group, seen, output));
        viewOf(layer, output);
        break;
      }
      case "dropout": {
        const output = createValue(group, shapeInMemory(layer, input), input.domain, input);
        lowered.push(lowerDropout(lowering, group, input, output));
        viewOf(layer, output);
        break;
      }
      case "activation": {
        const splitsByChannel = areaOf(input.layout) === 1 && input.domain === "channels";
        const output = createValue(group, shapeInMemory(layer, input), splitsByChannel ? "channels" : "rows", input);
        lowered.push(lowerActivation(group, input, output));
        viewOf(layer, output);
        break;
      }
      case "softmax": {
        const output = createValue(group, shapeInMemory(layer, input), "rows", input);
        lowered.push(lowerSoftmax(group, input, output));
        viewOf(layer, output);
        break;
      }
      case "gaussianNoise": {
        const output = createValue(group, shapeInMemory(layer, input), "rows", input);
        lowered.push(lowerNoise(lowering, group, input, output));
        viewOf(layer, output);
        break;
      }
      case "reshape": {
        const output = createValue(group, layer.outputShape, "rows", input);
        lowered.push(lowerReshape(lowering, group, input, output));
        viewOf(layer, output);
        break;
      }
      case "flatten": {
        const gapsMatter = hasConsumer(graph, layer, "batchNorm");
        if (input.layout.bordered || (gapsMatter && input.gradient?.layout.bordered === true)) {
          const output = createValue(group, shapeInMemory(layer, input), "rows", input);
          lowered.push(lowerCopy(group.layer, input, output));
          viewOf(layer, output);
        } else {
          lowering.values.set(layer.nodeId, input);
          viewOf(layer, input);
        }
        break;
      }
      case "add":
      case "concat": {
        const isAdd = group.type === "add";
        const inputs = layer.inputs.map((nodeId) => lowering.value(nodeId));
        const aligned = alignInputs(lowering, layer, inputs, isAdd);
        lowered.push(...aligned.groups);
        const seen = aligned.values[0] ?? input;
        const output = createValue(group, isAdd ? shapeInMemory(layer, seen) : layer.outputShape, "rows", seen);
        lowered.push((isAdd ? lowerAdd : lowerConcat)(layer, aligned.values, output));
        viewOf(layer, output);
        break;
      }
      case "loss": {
        let ordered = input;
        if (areaOf(input.layout) > 1) {
          const order = lowerOrder(lowering, layer, input);
          lowered.push(order.group);
          ordered = order.value;
        }
        const output = createValue(group, layer.outputShape, "rows", null);
        const loss = lowerLoss(lowering, group, ordered, output);
        lowered.push(loss.group);
        total = loss.total;
        logits = ordered;
        viewOf(layer, output);
        break;
      }
      case "reference": {
        const definition = layerOf(layer.kind);
        if (definition === undefined) throw new UnsupportedProgram(`There is no kind of layer "${layer.kind}".`);
        const inputs = layer.inputs.map((nodeId) => lowering.value(nodeId));
        const output = createValue(group, layer.outputShape, "rows", input);
        lowered.push(lowerReference(lowering, layer, definition, inputs, output));
        viewOf(layer, output);
        break;
      }
    }
  }
  if (logits === null || total === null) throw new UnsupportedProgram("The net has no Output.");

  const { measuring, scan, measurements } = lowerStatistics(lowering, program);
  const weights = measureWeights(lowering, program);
  const forward = (mode: "training" | "evaluation"): Operation[] => lowered.flatMap((group) => group.forward(mode));
  const trainingForward = [...forward("training"), total()];
  lowering.training.push(...trainingForward, ...measuring);
  lowering.training.push(...weights.operations, ...measureNorms(lowering.norms));
  const backward = [...lowered].reverse().flatMap((group) => group.backward());
  const gradients = measureGradients(lowering, program, groups, backward);
  lowering.training.push(...orderUpdates(lowering, gradients.operations));
  lowering.evaluation.push(...forward("evaluation"), total());
  return {
    training: lowering.training,
    evaluation: lowering.evaluation,
    forward: trainingForward,
    prepare: lowering.prepare,
    scan,
    lowering,
    measurements,
    weightMeasurements: weights.measurements,
    gradientMeasurements: gradients.measurements,
    logits,
  };
};
