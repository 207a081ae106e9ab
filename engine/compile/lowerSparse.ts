/**
 * A dense layer that reads the samples themselves. Images hold many zeros, which its kernels pass over: `kernels/assembly/sparse.ts`.
 * What is left of a batch whose images hold few goes through the products of other dense layers.
 */
import { elementsOf } from "../layer.ts";
import { panelTable } from "./contractionTables.ts";
import type { Group } from "./fuse.ts";
import { areaOf, FLOAT_BYTES, quadsOf } from "./layout.ts";
import { biasGradient, declareBias } from "./lowerBias.ts";
import { declareWeights, domainInEvaluation, domainOf, type LoweredGroup, windowOf } from "./lowerContraction.ts";
import type { Gradient, Lowering, Value } from "./lowering.ts";
import { forwardProduct, weightGradientProduct } from "./lowerProduct.ts";
import { updateOf } from "./lowerUpdate.ts";
import { all, at, type Domain, local, type Operation, operation, scoped } from "./step.ts";

type ContractionGroup = Extract<Group, { type: "contraction" }>;

/** Terms of a strip of the weight gradient, strips of a group, bytes of a strip's record of a sample; samples listed at a time; bytes a task tells. */
const STRIP = 6;
const STRIPS_OF_GROUP = 8;
const RECORD_BYTES = 32;
const SAMPLES = 6;
const TASK_BYTES = 8;

/** What is done once a step, whatever the batch, pays from here on. */
const MIN_BATCH = 48;
const MIN_TERMS = 64;
/** Lists as long as this are not kept. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;

const termsOf = ({ layout }: Value): number => areaOf(layout) * layout.channels;

/** Distance of the lists of two strips: not a power of two. */
const listBytesOf = (batchSize: number): number => batchSize * RECORD_BYTES + 64;

/** Whether a layer that reads `input`, the samples as they enter, passes over their zeros: decided before anything is known of the samples. */
export const isSparse = ({ operation: { op } }: ContractionGroup, input: Value, lowering: Lowering): boolean =>
  op === "dense" &&
  !lowering.options.floats &&
  (areaOf(input.layout) === 1 || input.layout.packed) &&
  lowering.batchSize >= MIN_BATCH &&
  termsOf(input) >= MIN_TERMS &&
  Math.ceil(termsOf(input) / STRIP) * listBytesOf(lowering.batchSize) <= MAX_LIST_BYTES;

export const lowerSparse = (lowering: Lowering, group: ContractionGroup, input: Value, output: Value): LoweredGroup => {
  const { layer } = group;
  const { nodeId } = layer;
  const { batchSize, chunk, numChunks, options } = lowering;
  const quads = quadsOf(output.layout);
  const terms = termsOf(input);
  const numStrips = Math.ceil(terms / STRIP);
  const byChannels: Domain = { type: "channels", quads };
  const weight = declareWeights(lowering, layer, input.layout, windowOf(group, input.layout), quads);
  const bias = group.operation.bias ? declareBias(lowering, nodeId, output.layout) : null;
  const addedBias = group.addsBias ? bias : null;
  const panels = panelTable(quads, terms);
  const product = { nodeId, weight, panels };
  const isFrozen = lowering.rateFactor(nodeId) === null;

  const background = lowering.kept(`${nodeId} background`, (numStrips * STRIP + 4) * FLOAT_BYTES);
  const empty = lowering.kept(`${nodeId} empty sample`, quads * 16);
  const tasks = lowering.kept(`${nodeId} tasks`, numChunks * TASK_BYTES);
  const shared = {
    x: at(input.buffer, input.layout.originBytes),
    xN: input.layout.sampleBytes,
    background: at(background),
    terms,
    tasks: at(tasks),
    chunk,
  };
  const weights = { w: at(weight), panels: at(lowering.table(panels)), numPanels: panels.length / 4 };
  const left = { tasks, chunk, terms };
  const nodes = [nodeId];

  const [channels = 1, height = 1, width = 1] =
    options.sampleShape.length === 3 ? options.sampleShape : [1, 1, elementsOf(options.sampleShape)];
  const area = height * width;
  const order = areaOf(input.layout) === 1 ? { termC: area, termI: 1 } : { termC: 1, termI: channels };
  const findEmpty = operation(
    "emptySample",
    {
      ...weights,
      ...{ background: at(background), empty: at(empty), terms },
      ...(addedBias === null ? {} : { bias: at(addedBias) }),
    },
    {
      ...{ domain: byChannels, block: null, nodes, pass: "update" },
      reads: [...local(weight, addedBias), ...all(background)],
      writes: local(empty),
    },
  );
  lowering.prepare.push(
    operation(
      "background",
      { background: at(background), channels, area, ...order },
      { domain: { type: "single" }, block: null, reads: [], writes: all(background), nodes, pass: "update" },
    ),
    findEmpty,
  );

  const forward = (mode: "training" | "evaluation"): Operation[] => {
    lowering.needWorkspace(SAMPLES * (4 + (terms + 4) * 8));
    const domain = mode === "training" ? domainOf(output) : domainInEvaluation(lowering, layer, output);
    return [
      operation(
        "sparseProduct",
        {
          ...{ ...shared, ...weights, empty: at(empty) },
          ...{ y: at(output.buffer, output.layout.originBytes), yN: output.layout.sampleBytes },
        },
        {
          ...{ domain: { type: "rows" }, block: 0, nodes, pass: "forward" },
          reads: [...local(input.buffer), ...all(weight, empty, background)],
          writes: local(output.buffer, tasks),
        },
      ),
      forwardProduct(lowering, product, { input, output, bias: addedBias, domain, left }),
    ];
  };

  const weightGradient = (gradient: Gradient): Operation[] => {
    const sums = lowering.step(`${nodeId}.weight gradient`, weight.bytes);
    const listBytes = listBytesOf(batchSize);
    const lists = lowering.step(`${nodeId} strips`, numStrips * listBytes);
    const ends = lowering.step(`${nodeId} ends of strips`, numStrips * 4);
    const listed = { lists: at(lists), listBytes, ends: at(ends), dyN: gradient.layout.sampleBytes };
    return [
      operation(
        "listStrips",
        { ...shared, ...listed },
        {
          ...{
            domain: { type: "channels", quads: Math.ceil(numStrips / STRIPS_OF_GROUP) },
            block: 0,
            nodes,
            pass: "backward",
          },
          reads: all(input.buffer, background, tasks),
          writes: local(lists, ends),
        },
      ),
      operation(
        "sparseGradient",
        {
          ...{ ...shared, ...listed, panels: weights.panels, numPanels: weights.numPanels },
          ...{ dy: at(gradient.buffer, gradient.layout.originBytes), dw: at(sums) },
        },
        {
          ...{ domain: byChannels, block: 0, nodes, pass: "backward" },
          reads: [...all(lists, ends, background, tasks), ...scoped(byChannels, gradient.buffer)],
          writes: local(sums),
        },
      ),
      weightGradientProduct(lowering, product, { input, gradient, sums, domain: byChannels, left }),
      ...updateOf(lowering, {
        ...{ nodeId, name: "weight", weight, sums, slotStride: weight.bytes, chunk: 0, rowsOfPanel: terms, quads },
        decays: layer.weights.find(({ name }) => name === "weight")?.decays ?? false,
      }),
    ];
  };

  return {
    forward,
    backward: () => {
      const { gradient } = output;
      if (gradient === null || !gradient.written || isFrozen) return [];
      return [
        ...weightGradient(gradient),
        ...(group.addsBias ? biasGradient(lowering, { layer, output, gradient, bias }) : []),
        findEmpty,
      ];
    },
  };
};
