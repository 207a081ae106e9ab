/** Convolution and dense layers: forward, input gradient, weight gradient, update. */
import { elementsOf } from "../layer.ts";
import type { ProgramLayer } from "./compiled.ts";
import {
  convolutionGradientTables,
  panelTable,
  pixelsPerWalk,
  pixelTable,
  productGradientTables,
  termOrder,
  termTable,
  type Window,
  weightOffset,
  wholeImage,
} from "./contractionTables.ts";
import type { Group } from "./fuse.ts";
import { areaOf, FLOAT_BYTES, type Layout, quadsOf } from "./layout.ts";
import { biasGradient, declareBias } from "./lowerBias.ts";
import type { Lowering, Value } from "./lowering.ts";
import {
  forwardProduct,
  inputGradientProduct,
  isNarrow,
  narrowGradientProduct,
  weightGradientProduct,
} from "./lowerProduct.ts";
import { updateOf } from "./lowerUpdate.ts";
import { lowerWinograd } from "./lowerWinograd.ts";
import { type Access, all, at, type Buffer, type Domain, local, type Operation, operation, scoped } from "./step.ts";
import { chooseWinograd, noWinograd, sizeOf } from "./winograd.ts";

/** Partial weight gradients larger than this are summed in one place instead, split by output channels. */
export const MAX_PARTIAL_BYTES = 16 * 1024 * 1024;

export interface LoweredGroup {
  readonly forward: (mode: "training" | "evaluation") => readonly Operation[];
  /** In the order of dependence; runs after all consumers have delivered their gradients. */
  readonly backward: () => readonly Operation[];
}

/** What the second cache does not hold. */
const LARGE_WEIGHTS_BYTES = 1024 * 1024;
/** Where a task has fewer rows than the kernels take at a time, it reads the weights for too few of them. */
const FEW_ROWS = 4;
/** Two panels of 8 at a time are to share what is read of the samples, and threads are to have as many tasks as a batch gives them. */
const MANY_OUTPUTS = 128;

/**
 * Whether a product of a dense layer, of this many outputs, is computed by channels though nothing else asks for it. By rows each task of a few
 * samples reads all weights, by channels each reads its own weights and all samples: weights that come from farther than the second cache are
 * read once a batch. (2,048 by 2,048 took 3.6 times as long by rows in batches of 32, 2.1 times of 100, 1.6 times of 256.)
 */
export const prefersChannels = (
  { operation, weights }: ProgramLayer,
  outputs: number,
  { chunk }: Pick<Lowering, "chunk">,
): boolean =>
  operation?.op === "dense" &&
  (outputs >= MANY_OUTPUTS || chunk <= FEW_ROWS) &&
  elementsOf(weights[0]?.shape ?? []) * FLOAT_BYTES > LARGE_WEIGHTS_BYTES;

type ContractionGroup = Extract<Group, { type: "contraction" }>;

export const windowOf = (group: ContractionGroup, input: Layout): Window =>
  group.operation.op === "conv2d" ? group.operation : wholeImage(input);

export const domainOf = (value: Value): Domain =>
  value.domain === "channels" ? { type: "channels", quads: quadsOf(value.layout) } : { type: "rows" };

/** Where batch norm takes running values, nothing else asks for channels. */
export const domainInEvaluation = (lowering: Lowering, layer: ProgramLayer, { layout }: Value): Domain =>
  prefersChannels(layer, layout.channels, lowering) ? { type: "channels", quads: quadsOf(layout) } : { type: "rows" };

/** Samples whose pixels share a table, so that the hot loop is long even where an image has few pixels. */
export const samplesPerGroup = (area: number, atMost: number): number =>
  Math.max(1, Math.min(atMost, Math.ceil(64 / area)));

/** Conv OIHW and dense [out, C·H·W] to the panels' (kh, kw, channel) order. */
export const declareWeights = (
  lowering: Lowering,
  layer: ProgramLayer,
  input: Layout,
  window: Window,
  quads: number,
): Buffer => {
  const numTerms = window.kernel[0] * window.kernel[1] * input.channels;
  const weight = lowering.declare(`${layer.nodeId}.weight`, numTerms * quads * 4 * FLOAT_BYTES);
  const termOf = termOrder(input.channels, window.kernel[0] * window.kernel[1]);
  lowering.tensors.push({
    name: `${layer.nodeId}.weight`,
    shape: layer.weights[0]?.shape ?? [],
    buffer: weight,
    floatAt: (element) => {
      const output = Math.floor(element / numTerms);
      return weightOffset(quads, numTerms, termOf[element - output * numTerms] ?? 0, output);
    },
  });
  return weight;
};

export const lowerContraction = (
  lowering: Lowering,
  group: ContractionGroup,
  input: Value,
  output: Value,
): LoweredGroup => {
  const { layer } = group;
  const { nodeId } = layer;
  const window = windowOf(group, input.layout);
  const quads = quadsOf(output.layout);
  const area = areaOf(output.layout);
  const numTerms = window.kernel[0] * window.kernel[1] * input.layout.channels;
  const weight = declareWeights(lowering, layer, input.layout, window, quads);
  const bias = group.operation.bias ? declareBias(lowering, nodeId, output.layout) : null;
  const terms = lowering.table(termTable(input.layout, window));
  const panels = lowering.table(panelTable(quads, numTerms));
  const byChannels: Domain = { type: "channels", quads };
  const kernelNodes = [nodeId];

  const isFrozen = lowering.rateFactor(nodeId) === null;
  const fastest =
    group.operation.op === "conv2d"
      ? chooseWinograd(sizeOf(input.layout, output.layout), window, lowering.numChunks)
      : noWinograd;
  const choice = isFrozen ? { ...fastest, weightGradient: false } : fastest;
  const winograd = lowerWinograd(lowering, { nodeId, input, output, window, weight, quads, choice });

  const isDense = group.operation.op === "dense";
  const product = { nodeId, weight, panels: panelTable(quads, numTerms) };

  const forward = (mode: "training" | "evaluation"): Operation[] => {
    if (choice.forward) return [winograd.forward(group.addsBias ? bias : null)];
    const domain = mode === "training" ? domainOf(output) : domainInEvaluation(lowering, layer, output);
    if (isDense)
      return [forwardProduct(lowering, product, { input, output, bias: group.addsBias ? bias : null, domain })];
    const byRows = domain.type === "rows";
    const samples = samplesPerGroup(area, lowering.chunk);
    return [
      operation(
        "contraction",
        {
          x: at(input.buffer, input.layout.originBytes),
          xN: input.layout.sampleBytes,
          y: at(output.buffer, output.layout.originBytes),
          yN: output.layout.sampleBytes,
          w: at(weight),
          ...(group.addsBias && bias !== null ? { bias: at(bias) } : {}),
          k: at(terms),
          kEnd: at(terms, numTerms * 4),
          pixels: at(lowering.table(pixelTable(input.layout, output.layout, window, samples))),
          numPixels: area,
          group: samples,
          panels: at(panels),
          numPanels: Math.ceil(quads / 2),
        },
        {
          domain,
          block: samples,
          reads: [
            ...(byRows ? local(input.buffer) : all(input.buffer)),
            ...scoped(domain, weight),
            ...scoped(domain, group.addsBias ? bias : null),
          ],
          writes: local(output.buffer),
          nodes: kernelNodes,
          pass: "forward",
        },
      ),
    ];
  };

  const inputGradient = (gradient: NonNullable<Value["gradient"]>): Operation[] => {
    const target = input.gradient;
    if (target === null || choice.inputGradient) return [];
    const { channels } = input.layout;
    const domain: Domain =
      isDense &&
      areaOf(input.layout) === 1 &&
      (input.domain === "channels" || prefersChannels(layer, channels, lowering))
        ? { type: "channels", quads: quadsOf(input.layout) }
        : { type: "rows" };
    const samples = samplesPerGroup(areaOf(input.layout), lowering.chunk);
    const tables = isDense
      ? { ...productGradientTables(target.layout, gradient.layout.channels), passes: [] }
      : { ...convolutionGradientTables(target.layout, gradient.layout, window, samples), panels: null };
    const transposed = lowering.kept(`${nodeId}.weight transposed`, tables.size * FLOAT_BYTES + 16);
    const transpose = operation(
      "transposeWeights",
      {
        w: at(weight),
        wt: at(transposed),
        inputs: input.layout.channels,
        k: numTerms,
        outputs: output.layout.channels,
        taps: at(lowering.table(tables.taps)),
        numTaps: tables.numTaps,
      },
      {
        domain: byChannels,
        block: null,
        reads: local(weight),
        writes: all(transposed),
        nodes: kernelNodes,
        pass: "update",
      },
    );
    lowering.prepare.push(transpose);
    transposes.push(transpose);
    const accumulate = target.written;
    target.written = true;
    if (tables.panels !== null) {
      const transposedProduct = { nodeId, weight: transposed, panels: tables.panels };
      return [inputGradientProduct(lowering, transposedProduct, { gradient, target, accumulate, domain })];
    }
    return tables.passes.map((pass) => {
      const passTerms = lowering.table(pass.terms);
      return operation(
        "contraction",
        {
          x: at(gradient.buffer, gradient.layout.originBytes),
          xN: gradient.layout.sampleBytes,
          y: at(target.buffer, target.layout.originBytes),
          yN: target.layout.sampleBytes,
          w: at(transposed),
          k: at(passTerms),
          kEnd: at(passTerms, pass.terms.length * 4),
          pixels: at(lowering.table(pass.pixels)),
          numPixels: pass.numPixels,
          group: samples,
          panels: at(lowering.table(pass.panels)),
          numPanels: pass.panels.length / 4,
          accumulate: accumulate ? 1 : 0,
        },
        {
          domain,
          block: samples,
          reads: [...local(gradient.buffer), ...scoped(domain, transposed)],
          writes: local(target.buffer),
          nodes: kernelNodes,
          pass: "backward",
        },
      );
    });
  };
  const transposes: Operation[] = [];

  const updateWeight = (
    sums: Buffer,
    slotStride: number,
    chunk: number,
    scope: Access["scope"] = "local",
  ): Operation[] =>
    updateOf(lowering, {
      nodeId,
      name: "weight",
      weight,
      ...{ sums, slotStride, chunk, scope },
      rowsOfPanel: numTerms,
      quads,
      decays: layer.weights.find(({ name }) => name === "weight")?.decays ?? false,
    });

  const weightGradient = (gradient: NonNullable<Value["gradient"]>): Operation[] => {
    if (isFrozen) return [];
    if (choice.weightGradient) {
      const { operation: finish, buffer } = winograd.weightGradient(gradient);
      return [finish, ...updateWeight(buffer, 0, 0)];
    }
    const bytes = weight.bytes;
    const byRows = area > 1 && bytes * lowering.numChunks <= MAX_PARTIAL_BYTES;
    const domain: Domain = byRows ? { type: "rows" } : byChannels;
    const slots = lowering.slots(domain);
    const samples = byRows ? samplesPerGroup(area, lowering.chunk) : samplesPerGroup(area, lowering.batchSize);
    const sums = lowering.step(`${nodeId}.weight gradient`, bytes * slots.count);
    if (isDense && isNarrow(quads)) {
      return [
        narrowGradientProduct(lowering, product, { input, gradient, sums, terms: numTerms }),
        ...updateWeight(sums, bytes, slots.chunk, "all"),
      ];
    }
    if (isDense) {
      return [
        weightGradientProduct(lowering, product, { input, gradient, sums, domain }),
        ...updateWeight(sums, bytes, slots.chunk),
      ];
    }
    return [
      operation(
        "weightGradient",
        {
          x: at(input.buffer, input.layout.originBytes),
          xN: input.layout.sampleBytes,
          dy: at(gradient.buffer, gradient.layout.originBytes),
          dyN: gradient.layout.sampleBytes,
          dw: at(sums),
          slotStride: bytes,
          chunk: slots.chunk,
          k: at(terms),
          kEnd: at(terms, numTerms * 4),
          pixels: at(lowering.table(pixelTable(input.layout, gradient.layout, window, samples))),
          numPixels: area,
          group: samples,
          walk: pixelsPerWalk(input.layout, gradient.layout, window, samples),
          panels: at(panels),
          numPanels: Math.ceil(quads / 2),
        },
        {
          domain,
          block: byRows ? samples : 0,
          reads: [...(byRows ? local(input.buffer) : all(input.buffer)), ...local(gradient.buffer)],
          writes: local(sums),
          nodes: kernelNodes,
          pass: "backward",
        },
      ),
      ...updateWeight(sums, bytes, slots.chunk),
    ];
  };

  return {
    forward,
    backward: () => {
      const { gradient } = output;
      if (gradient === null || !gradient.written) return [];
      return [
        ...winograd.gradient(gradient),
        ...inputGradient(gradient),
        ...weightGradient(gradient),
        ...(group.addsBias ? biasGradient(lowering, { layer, output, gradient, bias }) : []),
        ...(isFrozen ? [] : [...transposes, ...winograd.transformWeights]),
      ];
    },
  };
};
