/** Batch norm, ReLU and plain pooling as one pass, in any combination that `fuse.ts` found. */
import type { Group } from "./fuse.ts";
import { areaOf, FLOAT_BYTES, type Layout, laneOfFeature, quadsOf } from "./layout.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Affine, Lowering, Value } from "./lowering.ts";
import { updateOf } from "./lowerUpdate.ts";
import { runArguments, viewArguments } from "./lowerViews.ts";
import { all, at, type Buffer, type Domain, local, type Operation, operation } from "./step.ts";

type BlockGroup = Extract<Group, { type: "block" }>;

/** Bytes of two f64 sums of the four channels of a quad. */
const SUMS_OF_QUAD = 64;

interface Normalization {
  readonly nodeId: string;
  readonly epsilon: number;
  readonly momentum: number;
  /** Whether training normalizes by the statistics of its batch. */
  readonly ofBatch: boolean;
  /** Whether γ and β are learnt. */
  readonly learns: { readonly gamma: boolean; readonly beta: boolean };
  readonly gamma: Buffer;
  readonly beta: Buffer;
  readonly runningMean: Buffer;
  readonly runningVariance: Buffer;
  readonly mean: Buffer;
  readonly variance: Buffer;
  readonly inverseStd: Buffer;
  readonly scale: Buffer;
  readonly evaluationMean: Buffer;
  readonly evaluationScale: Buffer;
  readonly skippedBias: Buffer | null;
}

const declareNormalization = (
  lowering: Lowering,
  group: BlockGroup,
  layout: Layout,
  original: Layout,
): Normalization | null => {
  if (group.batchNorm === null) return null;
  const { layer, operation: settings } = group.batchNorm;
  const bytes = quadsOf(layout) * 16;
  const flat = layer.outputShape.length === 1;
  const declare = (name: string): Buffer => {
    const buffer = lowering.declare(`${layer.nodeId}.${name}`, bytes);
    lowering.tensors.push({
      name: `${layer.nodeId}.${name}`,
      shape: [flat ? (layer.outputShape[0] ?? 0) : layout.channels],
      buffer,
      floatAt: flat ? (element) => laneOfFeature(original, element) : (element) => element,
    });
    return buffer;
  };
  const vector = (name: string): Buffer => lowering.kept(`${layer.nodeId} ${name}`, bytes);
  const ofBatch = settings.statistics === "batch";
  const isFrozen = lowering.rateFactor(layer.nodeId) === null;
  const evaluation = { mean: vector("evaluation mean"), scale: vector("evaluation scale") };
  return {
    nodeId: layer.nodeId,
    epsilon: settings.epsilon,
    momentum: settings.momentum,
    ofBatch,
    learns: { gamma: settings.scale && !isFrozen, beta: settings.shift && !isFrozen },
    gamma: settings.scale ? declare("gamma") : lowering.constant(1, quadsOf(layout)),
    beta: settings.shift ? declare("beta") : lowering.constant(0, quadsOf(layout)),
    runningMean: declare("runningMean"),
    runningVariance: declare("runningVariance"),
    mean: ofBatch ? vector("mean") : evaluation.mean,
    variance: vector("variance"),
    inverseStd: vector("inverse std"),
    scale: ofBatch ? vector("scale") : evaluation.scale,
    evaluationMean: evaluation.mean,
    evaluationScale: evaluation.scale,
    skippedBias: group.biasFrom === null ? null : lowering.named(`${group.biasFrom.nodeId}.bias`),
  };
};

/** How outputs follow from the block's input in training. */
const affineOf = (norm: Normalization | null): Affine | null => {
  if (norm === null) return null;
  const { mean, variance, scale, beta } = norm;
  return norm.ofBatch ? { type: "normalized", mean, variance, scale, beta } : { type: "scaled", mean, scale, beta };
};

const evaluationAffineOf = (norm: Normalization | null): { readonly evaluationAffine?: Affine } => {
  if (norm === null) return {};
  const { evaluationMean: mean, evaluationScale: scale, beta } = norm;
  return { evaluationAffine: { type: "scaled", mean, scale, beta } };
};

/** The layouts of `input` and `output` are what the block sees: of a flattened image under batch norm, its flat view. `images` are the images. */
export const lowerBlock = (
  lowering: Lowering,
  group: BlockGroup,
  input: Value,
  output: Value,
  images: { readonly input: Layout; readonly output: Layout },
): LoweredGroup => {
  const norm = declareNormalization(lowering, group, input.layout, images.input);
  const nodes = group.layers.map(({ nodeId }) => nodeId);
  const quads = quadsOf(input.layout);
  const area = areaOf(input.layout);
  const byChannels: Domain = { type: "channels", quads };
  const domain: Domain = output.domain === "channels" ? byChannels : { type: "rows" };
  const block = area === 1 ? 0 : null;
  const pool = group.pool?.operation ?? null;
  const size = pool?.size ?? [1, 1];

  // Without pooling both views are walked alike; with it rows matter.
  const extent = pool === null ? runArguments(input.layout, output.layout) : input.layout;
  const poolArguments = {
    quads,
    outHeight: pool === null ? extent.height : output.layout.height,
    outWidth: pool === null ? extent.width : output.layout.width,
    pool: pool === null ? 0 : pool.pool === "max" ? 1 : 2,
    poolHeight: size[0],
    poolWidth: size[1],
    relu: group.relu === null ? 0 : 1,
  };
  const normArguments = (mode: "training" | "evaluation") =>
    norm === null
      ? {}
      : {
          mean: at(mode === "training" ? norm.mean : norm.evaluationMean),
          scale: at(mode === "training" ? norm.scale : norm.evaluationScale),
          beta: at(norm.beta),
        };
  const normReads = (by: Domain, mode: "training" | "evaluation") => {
    if (norm === null) return [];
    const buffers =
      mode === "training" ? [norm.mean, norm.scale, norm.beta] : [norm.evaluationMean, norm.evaluationScale, norm.beta];
    return by.type === "channels" ? local(...buffers) : all(...buffers);
  };

  const batchStatistics = (): Operation[] => {
    if (norm === null) return [];
    const slots = lowering.slots(domain);
    const slotStride = quads * SUMS_OF_QUAD;
    const moments = lowering.step(`${norm.nodeId} moments`, slotStride * slots.count);
    return [
      operation(
        "channelMoments",
        {
          ...viewArguments("x", input.buffer, input.layout),
          ...runArguments(input.layout, input.layout),
          quads,
          moments: at(moments),
          slotStride,
          chunk: slots.chunk,
        },
        {
          domain,
          block,
          reads: local(input.buffer),
          writes: local(moments),
          nodes: [norm.nodeId],
          pass: "forward",
        },
      ),
      operation(
        "batchStatistics",
        {
          moments: at(moments),
          slotStride,
          chunk: slots.chunk,
          area,
          quads,
          epsilon: norm.epsilon,
          gamma: at(norm.gamma),
          mean: at(norm.mean),
          variance: at(norm.variance),
          inverseStd: at(norm.inverseStd),
          scale: at(norm.scale),
        },
        {
          domain: byChannels,
          block: null,
          reads: local(moments, norm.gamma),
          writes: local(norm.mean, norm.variance, norm.inverseStd, norm.scale),
          nodes: [norm.nodeId],
          pass: "forward",
        },
      ),
    ];
  };

  const evaluationStatistics = (): Operation[] =>
    norm === null
      ? []
      : [
          operation(
            "evaluationStatistics",
            {
              runningMean: at(norm.runningMean),
              runningVariance: at(norm.runningVariance),
              ...(norm.skippedBias === null ? {} : { bias: at(norm.skippedBias) }),
              gamma: at(norm.gamma),
              epsilon: norm.epsilon,
              quads,
              mean: at(norm.evaluationMean),
              scale: at(norm.evaluationScale),
              inverseStd: at(norm.inverseStd),
            },
            {
              domain: byChannels,
              block: null,
              reads: local(norm.runningMean, norm.runningVariance, norm.gamma, norm.skippedBias),
              writes: local(norm.evaluationMean, norm.evaluationScale, norm.inverseStd),
              nodes: [norm.nodeId],
              pass: "forward",
            },
          ),
        ];

  const forward = (mode: "training" | "evaluation"): Operation[] => {
    const by: Domain = mode === "training" ? domain : { type: "rows" };
    return [
      ...(mode === "training" && norm?.ofBatch === true ? batchStatistics() : evaluationStatistics()),
      operation(
        "blockForward",
        {
          ...viewArguments("x", input.buffer, input.layout),
          ...viewArguments("y", output.buffer, output.layout),
          height: extent.height,
          width: extent.width,
          ...poolArguments,
          ...normArguments(mode),
        },
        {
          domain: by,
          block,
          reads: [...local(input.buffer), ...normReads(by, mode)],
          writes: local(output.buffer),
          nodes,
          pass: "forward",
        },
      ),
    ];
  };

  /** Blends the batch's statistics into the running ones; after the loss, so that a failed step leaves them alone. */
  const running = (): Operation[] =>
    norm === null || !norm.ofBatch
      ? []
      : [
          operation(
            "runningStatistics",
            {
              mean: at(norm.mean),
              variance: at(norm.variance),
              ...(norm.skippedBias === null ? {} : { bias: at(norm.skippedBias) }),
              runningMean: at(norm.runningMean),
              runningVariance: at(norm.runningVariance),
              momentum: norm.momentum,
              quads,
            },
            {
              domain: byChannels,
              block: null,
              reads: [...local(norm.mean, norm.variance, norm.skippedBias), ...all(lowering.lossKnown)],
              writes: local(norm.runningMean, norm.runningVariance),
              nodes: [norm.nodeId],
              pass: "update",
            },
          ),
        ];

  const backward = (): Operation[] => {
    const { gradient } = output;
    if (gradient === null || !gradient.written) return running();
    const target = input.gradient;
    const walk = pool === null ? runArguments(input.layout, gradient.layout) : input.layout;
    const shared = {
      ...viewArguments("x", input.buffer, input.layout),
      ...viewArguments("y", gradient.buffer, gradient.layout),
      ...poolArguments,
      ...normArguments("training"),
    };
    const extentOf = (other: { readonly height: number; readonly width: number }) => ({
      height: other.height,
      width: other.width,
      ...(pool === null ? { outHeight: other.height, outWidth: other.width } : {}),
    });
    const reads = [...local(input.buffer, gradient.buffer), ...normReads(domain, "training")];
    const operations: Operation[] = [];
    let slope: Buffer | null = null;
    let shift: Buffer | null = null;
    // Frozen, it passes the gradient on and needs no sums of it.
    if (norm !== null && (norm.ofBatch || norm.learns.gamma || norm.learns.beta)) {
      const slots = lowering.slots(domain);
      const slotStride = quads * SUMS_OF_QUAD;
      const sums = lowering.step(`${norm.nodeId} gradient sums`, slotStride * slots.count);
      const vector = (name: string): Buffer => lowering.step(`${norm.nodeId} ${name}`, quads * 4 * FLOAT_BYTES);
      const gammaGradient = vector("gamma gradient");
      const betaGradient = vector("beta gradient");
      const coefficients = { slope: vector("slope"), shift: vector("shift") };
      // Only the statistics of the batch depend on x.
      if (norm.ofBatch) ({ slope, shift } = coefficients);
      const update = { nodeId: norm.nodeId, slotStride: 0, chunk: 0, rowsOfPanel: 1, quads, decays: false };
      operations.push(
        operation(
          "blockGradientSums",
          { ...shared, ...extentOf(walk), sums: at(sums), slotStride, chunk: slots.chunk },
          { domain, block, reads, writes: local(sums), nodes, pass: "backward" },
        ),
        operation(
          "batchNormGradient",
          {
            sums: at(sums),
            slotStride,
            chunk: slots.chunk,
            area,
            quads,
            inverseStd: at(norm.inverseStd),
            scale: at(norm.scale),
            gammaGradient: at(gammaGradient),
            betaGradient: at(betaGradient),
            slope: at(coefficients.slope),
            shift: at(coefficients.shift),
          },
          {
            domain: byChannels,
            block: null,
            reads: local(sums, norm.inverseStd, norm.scale),
            writes: local(gammaGradient, betaGradient, coefficients.slope, coefficients.shift),
            nodes: [norm.nodeId],
            pass: "backward",
          },
        ),
      );
      updates.push(
        ...(norm.learns.gamma
          ? updateOf(lowering, { ...update, name: "gamma", weight: norm.gamma, sums: gammaGradient })
          : []),
        ...(norm.learns.beta
          ? updateOf(lowering, { ...update, name: "beta", weight: norm.beta, sums: betaGradient })
          : []),
      );
    }
    if (target !== null) {
      const both = pool === null && target.layout.bordered ? input.layout : walk;
      operations.push(
        operation(
          "blockGradient",
          {
            ...shared,
            ...viewArguments("dx", target.buffer, target.layout),
            ...extentOf(both),
            ...(slope === null || shift === null ? {} : { slope: at(slope), shift: at(shift) }),
            accumulate: target.written ? 1 : 0,
          },
          {
            domain,
            block,
            reads: [...reads, ...(domain.type === "channels" ? local(slope, shift) : all(slope, shift))],
            writes: local(target.buffer),
            nodes,
            pass: "backward",
          },
        ),
      );
      target.written = true;
    }
    return [...operations, ...updates, ...running()];
  };
  const updates: Operation[] = [];

  if (norm !== null) {
    const { layer } = group.batchNorm ?? {};
    const numChannels = layer?.outputShape[0] ?? 0;
    const isFlat = layer?.outputShape.length === 1;
    lowering.norms.push({
      nodeId: norm.nodeId,
      batch: norm.ofBatch ? { mean: norm.mean, variance: norm.variance, bias: norm.skippedBias } : null,
      ...{ runningMean: norm.runningMean, runningVariance: norm.runningVariance, gamma: norm.gamma, beta: norm.beta },
      ...{ numChannels, lanes: quads * 4 },
      floatAt: isFlat ? (channel) => laneOfFeature(images.input, channel) : (channel) => channel,
      record: lowering.kept(`${norm.nodeId} vectors`, 6 * quads * 16),
    });
  }

  // All outputs but that of pooling follow from the block's input.
  const affine = affineOf(norm);
  for (const layer of group.layers) {
    const isPooled = layer === group.pool?.layer;
    lowering.views.push({
      nodeId: layer.nodeId,
      layout: isPooled ? images.output : images.input,
      buffer: isPooled ? output.buffer : input.buffer,
      affine: isPooled ? null : affine,
      ...(isPooled ? {} : evaluationAffineOf(norm)),
      relu: layer === group.relu,
      flat: layer.outputShape.length === 1,
    });
  }
  return { forward, backward };
};
