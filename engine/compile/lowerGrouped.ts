/**
 * Convolution in groups: the kernels of plain convolution, part by part of the channels. They write whole quads, so outputs (or input
 * gradients) of parts that are no whole quads go to a place of their own first, where each part begins a quad.
 */
import {
  convolutionGradientTables,
  panelTable,
  pixelsPerWalk,
  pixelTable,
  termOrder,
  termTable,
  type Window,
  weightOffset,
} from "./contractionTables.ts";
import type { Group } from "./fuse.ts";
import { areaOf, createLayout, FLOAT_BYTES, type Layout, layoutBytes, QUAD_BYTES } from "./layout.ts";
import { biasGradient, declareBias } from "./lowerBias.ts";
import { type LoweredGroup, MAX_PARTIAL_BYTES, samplesPerGroup } from "./lowerContraction.ts";
import type { Gradient, Lowering, Value } from "./lowering.ts";
import { updateOf } from "./lowerUpdate.ts";
import { viewArguments } from "./lowerViews.ts";
import { all, at, type Buffer, type Domain, local, type Operation, operation } from "./step.ts";

type ContractionGroup = Extract<Group, { type: "contraction" }>;

/** Where the parts of an image lie: `partBytes` after each other. */
interface Parted {
  readonly layout: Layout;
  readonly buffer: Buffer;
  readonly partBytes: number;
}

const byRows: Domain = { type: "rows" };

export const lowerGrouped = (
  lowering: Lowering,
  group: ContractionGroup,
  window: Window,
  input: Value,
  output: Value,
): LoweredGroup => {
  const { layer, addsBias } = group;
  const { nodeId } = layer;
  const { groups: parts = 1, kernel } = window;
  /** Of one part. */
  const inputs = input.layout.channels / parts;
  const outputs = output.layout.channels / parts;
  const quads = Math.ceil(outputs / 4);
  const area = areaOf(output.layout);
  const taps = kernel[0] * kernel[1];
  const numTerms = taps * inputs;
  const partFloats = numTerms * quads * 4;
  const wPart = partFloats * FLOAT_BYTES;
  const weight = lowering.declare(`${nodeId}.weight`, parts * wPart);
  const termOf = termOrder(inputs, taps);
  lowering.tensors.push({
    name: `${nodeId}.weight`,
    shape: layer.weights[0]?.shape ?? [],
    buffer: weight,
    floatAt: (element) => {
      const channel = Math.floor(element / numTerms);
      const term = termOf[element - channel * numTerms] ?? 0;
      return Math.floor(channel / outputs) * partFloats + weightOffset(quads, numTerms, term, channel % outputs);
    },
  });
  // The last part's panel may reach beyond the last bias.
  const bias = group.operation.bias ? declareBias(lowering, nodeId, output.layout, QUAD_BYTES) : null;
  const isFrozen = lowering.rateFactor(nodeId) === null;

  const partOf = (layout: Layout, channels: number): Layout => ({ ...layout, channels });
  const parted = ({ layout, buffer }: Pick<Value, "layout" | "buffer">, channels: number): Parted => ({
    ...{ layout, buffer, partBytes: channels * FLOAT_BYTES },
  });
  /** Room for parts that each begin a quad. */
  const roomy = (name: string, channels: number, { height, width }: Layout): Parted => {
    const padded = Math.ceil(channels / 4) * 4;
    const layout = createLayout([parts * padded, height, width]);
    const buffer = lowering.step(`${nodeId} ${name}`, layoutBytes(layout, lowering.batchSize));
    return { layout, buffer, partBytes: padded * FLOAT_BYTES };
  };
  const copy = (
    from: Parted,
    to: Parted,
    call: { readonly channels: number; readonly accumulate: boolean; readonly pass: "forward" | "backward" },
  ): Operation =>
    operation(
      "copyChannels",
      {
        ...viewArguments("x", from.buffer, from.layout),
        ...viewArguments("y", to.buffer, to.layout),
        height: to.layout.height,
        width: to.layout.width,
        channels: call.channels,
        // What is padding behind the last part; behind the others the next one overwrites what it has of its own.
        zeros: (to.layout.pixelBytes - (parts - 1) * to.partBytes) / FLOAT_BYTES - call.channels,
        accumulate: call.accumulate ? 1 : 0,
        ...{ parts, xPart: from.partBytes, yPart: to.partBytes },
      },
      {
        ...{ domain: byRows, block: null, nodes: [nodeId], pass: call.pass },
        reads: local(from.buffer),
        writes: local(to.buffer),
      },
    );

  const terms = lowering.table(termTable(partOf(input.layout, inputs), window));
  const shared = {
    ...{ x: at(input.buffer, input.layout.originBytes), xN: input.layout.sampleBytes, xPart: inputs * FLOAT_BYTES },
    ...{ k: at(terms), kEnd: at(terms, numTerms * 4), numPixels: area, parts },
    ...{ panels: at(lowering.table(panelTable(quads, numTerms))), numPanels: Math.ceil(quads / 2) },
  };
  const isWhole = outputs % 4 === 0;

  const forward = (): Operation[] => {
    const target = isWhole ? parted(output, outputs) : roomy("output by groups", outputs, output.layout);
    const samples = samplesPerGroup(area, lowering.chunk);
    const usedBias = addsBias ? bias : null;
    return [
      operation(
        "contraction",
        {
          ...shared,
          ...{
            y: at(target.buffer, target.layout.originBytes),
            yN: target.layout.sampleBytes,
            yPart: target.partBytes,
          },
          ...{ w: at(weight), wPart },
          ...(usedBias === null ? {} : { bias: at(usedBias), biasPart: outputs * FLOAT_BYTES }),
          pixels: at(lowering.table(pixelTable(input.layout, target.layout, window, samples))),
          group: samples,
        },
        {
          ...{ domain: byRows, block: samples, nodes: [nodeId], pass: "forward" },
          reads: [...local(input.buffer), ...all(weight, usedBias)],
          writes: local(target.buffer),
        },
      ),
      ...(isWhole
        ? []
        : [copy(target, parted(output, outputs), { channels: outputs, accumulate: false, pass: "forward" })]),
    ];
  };

  const transposes: Operation[] = [];
  const inputGradient = (gradient: Gradient): Operation[] => {
    if (input.gradient === null) return [];
    const accumulate = input.gradient.written;
    input.gradient.written = true;
    const final = parted(input.gradient, inputs);
    const target = inputs % 4 === 0 ? final : roomy("input gradient by groups", inputs, final.layout);
    const samples = samplesPerGroup(areaOf(input.layout), lowering.chunk);
    const tables = convolutionGradientTables(
      partOf(target.layout, inputs),
      partOf(gradient.layout, outputs),
      window,
      samples,
    );
    const wtPart = tables.size * FLOAT_BYTES;
    const transposed = lowering.kept(`${nodeId}.weight transposed`, parts * wtPart + 16);
    const transpose = operation(
      "transposeWeights",
      {
        ...{ w: at(weight), wt: at(transposed), inputs, k: numTerms, outputs, parts, wPart, wtPart },
        ...{ taps: at(lowering.table(tables.taps)), numTaps: tables.numTaps },
      },
      {
        ...{ domain: { type: "channels", quads }, block: null, nodes: [nodeId], pass: "update" },
        reads: all(weight),
        writes: all(transposed),
      },
    );
    lowering.prepare.push(transpose);
    transposes.push(transpose);
    return [
      ...tables.passes.map((pass) => {
        const passTerms = lowering.table(pass.terms);
        return operation(
          "contraction",
          {
            ...{ x: at(gradient.buffer, gradient.layout.originBytes), xN: gradient.layout.sampleBytes },
            ...{ y: at(target.buffer, target.layout.originBytes), yN: target.layout.sampleBytes },
            ...{ w: at(transposed), k: at(passTerms), kEnd: at(passTerms, pass.terms.length * 4) },
            ...{ pixels: at(lowering.table(pass.pixels)), numPixels: pass.numPixels, group: samples },
            ...{ panels: at(lowering.table(pass.panels)), numPanels: pass.panels.length / 4 },
            ...{ parts, xPart: outputs * FLOAT_BYTES, yPart: target.partBytes, wPart: wtPart },
            accumulate: accumulate && target === final ? 1 : 0,
          },
          {
            ...{ domain: byRows, block: samples, nodes: [nodeId], pass: "backward" },
            reads: [...local(gradient.buffer), ...all(transposed)],
            writes: local(target.buffer),
          },
        );
      }),
      ...(target === final ? [] : [copy(target, final, { channels: inputs, accumulate, pass: "backward" })]),
    ];
  };

  const weightGradient = (gradient: Gradient): Operation[] => {
    if (isFrozen) return [];
    const source = isWhole ? parted(gradient, outputs) : roomy("gradient by groups", outputs, gradient.layout);
    const splitsByRows = area > 1 && weight.bytes * lowering.numChunks <= MAX_PARTIAL_BYTES;
    const domain: Domain = splitsByRows ? byRows : { type: "channels", quads };
    const slots = lowering.slots(domain);
    const samples = samplesPerGroup(area, splitsByRows ? lowering.chunk : lowering.batchSize);
    const sums = lowering.step(`${nodeId}.weight gradient`, weight.bytes * slots.count);
    return [
      ...(isWhole
        ? []
        : [copy(parted(gradient, outputs), source, { channels: outputs, accumulate: false, pass: "backward" })]),
      operation(
        "weightGradient",
        {
          ...shared,
          ...{ dy: at(source.buffer, source.layout.originBytes), dyN: source.layout.sampleBytes },
          ...{ dyPart: source.partBytes, dw: at(sums), dwPart: wPart },
          ...{ slotStride: weight.bytes, chunk: slots.chunk },
          pixels: at(lowering.table(pixelTable(input.layout, source.layout, window, samples))),
          group: samples,
          walk: pixelsPerWalk(input.layout, source.layout, window, samples),
        },
        {
          ...{ domain, block: splitsByRows ? samples : 0, nodes: [nodeId], pass: "backward" },
          // Quads of a part are not those of the image.
          reads: splitsByRows ? local(input.buffer, source.buffer) : all(input.buffer, source.buffer),
          writes: splitsByRows ? local(sums) : all(sums),
        },
      ),
      ...updateOf(lowering, {
        ...{ nodeId, name: "weight", weight, sums, slotStride: weight.bytes, chunk: slots.chunk },
        ...{ rowsOfPanel: numTerms, quads: parts * quads },
        decays: layer.weights.find(({ name }) => name === "weight")?.decays ?? false,
      }),
    ];
  };

  return {
    forward,
    backward: () => {
      const { gradient } = output;
      if (gradient === null || !gradient.written) return [];
      return [
        ...inputGradient(gradient),
        ...weightGradient(gradient),
        ...(addsBias ? biasGradient(lowering, { layer, output, gradient, bias }) : []),
        ...(isFrozen ? [] : transposes),
      ];
    },
  };
};
