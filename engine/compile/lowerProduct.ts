/** The matrix products of dense layers as kernel calls: forward, input gradient, weight gradient. */
import { PACKED_SAMPLE_BYTES } from "../kernels/header.ts";
import { runTable } from "./contractionTables.ts";
import { areaOf, type Layout } from "./layout.ts";
import type { Gradient, Lowering, Value } from "./lowering.ts";
import { all, at, type Buffer, type Domain, local, type Operation, operation, scoped } from "./step.ts";

export interface Product {
  readonly nodeId: string;
  /** Panels of the weights of this product: of w forward and for its gradient, of w transposed for the input gradient. */
  readonly weight: Buffer;
  readonly panels: Uint32Array;
}

const runArguments = (lowering: Lowering, layout: Layout) => {
  const runs = runTable(layout);
  return { runs: at(lowering.table(runs)), numRuns: runs.length / 2 };
};

const panelArguments = (lowering: Lowering, panels: Uint32Array) => ({
  panels: at(lowering.table(panels)),
  numPanels: panels.length / 4,
});

/** What `sparseProduct` and `sparseGradient` leave: what their tasks tell, rows of a task, terms of a sample. */
interface Left {
  readonly tasks: Buffer;
  readonly chunk: number;
  readonly terms: number;
}

interface Side {
  readonly buffer: Buffer;
  readonly layout: Layout;
}

const productOf = (
  lowering: Lowering,
  { nodeId, weight, panels }: Product,
  call: {
    readonly x: Side;
    readonly y: Side;
    readonly bias: Buffer | null;
    readonly accumulate: boolean;
    readonly domain: Domain;
    readonly pass: "forward" | "backward";
    readonly left?: Left;
  },
): Operation => {
  const { x, y, bias, accumulate, domain, pass, left } = call;
  return operation(
    "product",
    {
      x: at(x.buffer, x.layout.originBytes),
      xN: x.layout.sampleBytes,
      y: at(y.buffer, y.layout.originBytes),
      yN: y.layout.sampleBytes,
      w: at(weight),
      ...(bias === null ? {} : { bias: at(bias) }),
      ...runArguments(lowering, x.layout),
      ...panelArguments(lowering, panels),
      accumulate: accumulate ? 1 : 0,
      ...(left === undefined ? {} : { tasks: at(left.tasks), chunk: left.chunk }),
    },
    {
      domain,
      block: 0,
      reads: [
        ...(domain.type === "rows" ? local(x.buffer) : all(x.buffer)),
        ...scoped(domain, weight),
        ...scoped(domain, bias),
        ...(domain.type === "rows" ? local(left?.tasks) : all(left?.tasks)),
      ],
      writes: local(y.buffer),
      nodes: [nodeId],
      pass,
    },
  );
};

/** y = bias + x·w. */
export const forwardProduct = (
  lowering: Lowering,
  product: Product,
  call: {
    readonly input: Value;
    readonly output: Value;
    readonly bias: Buffer | null;
    readonly domain: Domain;
    readonly left?: Left;
  },
): Operation => {
  const { input, output, ...rest } = call;
  return productOf(lowering, product, { x: input, y: output, accumulate: false, pass: "forward", ...rest });
};

/** dx (+)= dy·wᵀ, with the weights transposed already. */
export const inputGradientProduct = (
  lowering: Lowering,
  product: Product,
  call: { readonly gradient: Side; readonly target: Gradient; readonly accumulate: boolean; readonly domain: Domain },
): Operation => {
  const { gradient, target, accumulate, domain } = call;
  return productOf(lowering, product, { x: gradient, y: target, bias: null, accumulate, domain, pass: "backward" });
};

interface WeightGradientCall {
  readonly input: Value;
  readonly gradient: Side;
  readonly sums: Buffer;
}

/** Bytes of the samples that a strip of a weight gradient walks down: no more pages than the processor has addresses at hand for. */
const WALK_BYTES = 224 * 1024;
/** Fewer samples are not worth the call. */
const LEAST_WALK = 32;
/** Copied gradients of so many fill half of the first cache. */
const MOST_PACKED = 256;
/** Of the parts without copies: seven parts made six cost as much. */
const WORTH_PACKING = 0.75;

/** Equal parts of a batch, of samples of so many bytes. */
const partsOf = (batchSize: number, bytes: number, most = batchSize): number =>
  Math.ceil(batchSize / Math.min(most, Math.max(LEAST_WALK, Math.floor(WALK_BYTES / bytes))));

const gradientArguments = (lowering: Lowering, panels: Uint32Array, { input, gradient, sums }: WeightGradientCall) => {
  if (areaOf(gradient.layout) !== 1) throw new RangeError("A product has one pixel a sample.");
  return {
    x: at(input.buffer, input.layout.originBytes),
    xN: input.layout.sampleBytes,
    dy: at(gradient.buffer, gradient.layout.originBytes),
    dyN: gradient.layout.sampleBytes,
    dw: at(sums),
    ...runArguments(lowering, input.layout),
    ...panelArguments(lowering, panels),
  };
};

/** dw = xᵀ·dy over the whole batch, by output channels. */
export const weightGradientProduct = (
  lowering: Lowering,
  { nodeId, panels }: Product,
  call: WeightGradientCall & { readonly domain: Domain; readonly left?: Left },
): Operation => {
  const { input, gradient, sums, domain, left } = call;
  const { batchSize } = lowering;
  const bytes = input.layout.sampleBytes;
  const parts = partsOf(batchSize, bytes + gradient.layout.sampleBytes);
  // Copied to where they lie one after the other, the gradients of a part are no pages of their own: longer walks, which begin and end less often.
  const packedParts = partsOf(batchSize, bytes, MOST_PACKED);
  const packs = packedParts <= WORTH_PACKING * parts;
  const walk = Math.ceil(batchSize / (packs ? packedParts : parts));
  if (packs) lowering.needWorkspace(walk * PACKED_SAMPLE_BYTES);
  return operation(
    "productGradient",
    {
      ...gradientArguments(lowering, panels, call),
      walk,
      packs: packs ? 1 : 0,
      ...(left === undefined ? {} : { tasks: at(left.tasks), chunk: left.chunk, terms: left.terms }),
    },
    {
      domain,
      block: 0,
      reads: [...all(input.buffer, left?.tasks), ...local(gradient.buffer)],
      writes: local(sums),
      nodes: [nodeId],
      pass: "backward",
    },
  );
};

/** Nine to twelve outputs, one panel of eight and one of four: `narrowGradient` takes them all at a time. */
const NARROW_QUADS = 3;

export const isNarrow = (quads: number): boolean => quads === NARROW_QUADS;

/** The same of so few outputs, by inputs: where a sample is one pixel, in the phase of the input gradient and of what a layer of channels computes. */
export const narrowGradientProduct = (
  lowering: Lowering,
  { nodeId, panels }: Product,
  call: WeightGradientCall & { readonly terms: number },
): Operation => {
  const { input, gradient, sums, terms } = call;
  const { batchSize } = lowering;
  const walk = Math.ceil(batchSize / partsOf(batchSize, input.layout.sampleBytes + gradient.layout.sampleBytes));
  return operation(
    "narrowGradient",
    { ...gradientArguments(lowering, panels, call), walk },
    {
      domain: { type: "channels", quads: Math.ceil(terms / 4) },
      block: 0,
      reads: all(input.buffer, gradient.buffer),
      writes: local(sums),
      nodes: [nodeId],
      pass: "backward",
    },
  );
};
