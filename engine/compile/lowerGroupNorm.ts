/** Normalization within a sample: layer norm, group norm, instance norm. */
import type { Group } from "./fuse.ts";
import { areaOf, createLayout, FLOAT_BYTES, type Layout, laneOfFeature, QUAD_BYTES, quadsOf } from "./layout.ts";
import type { LoweredGroup } from "./lowerContraction.ts";
import type { Lowering, Value } from "./lowering.ts";
import { updateOf } from "./lowerUpdate.ts";
import { viewArguments } from "./lowerViews.ts";
import { all, at, type Buffer, type Domain, local, operation } from "./step.ts";

type GroupNormGroup = Extract<Group, { readonly type: "groupNorm" }>;

/** Bytes of the workspace for each quad: four f32 and two f64 vectors. */
const WORKSPACE_OF_QUAD = 128;

/** A row of so many quads is short enough for an f32 sum. */
const LONGEST_ROW = 1024;

/** How the kernels go over a sample: rows of pixels, full quads side by side, and a tail of fewer than four values. */
interface Walk {
  readonly height: number;
  readonly width: number;
  readonly quads: number;
  readonly quadBytes: number;
  readonly tailOffset: number;
  readonly tailWidth: number;
  readonly tailLanes: number;
  /** Whether a row is one run of quads, of a sample or of each of its groups: pixels are then `QUAD_BYTES` apart in every view. */
  readonly isRun: boolean;
}

/** `mayRun`: γ and β lie as the values do, so that the channels of a group need not be told apart. */
export const walkOf = (layouts: readonly Layout[], groups: number, mayRun: boolean): Walk => {
  const [{ channels, height, width } = { channels: 0, height: 0, width: 0 }] = layouts;
  const full = Math.floor(channels / 4);
  const tail = { quadBytes: QUAD_BYTES, tailOffset: full * QUAD_BYTES, tailLanes: channels % 4 };
  const plain: Walk = { height, width, quads: full, ...tail, tailWidth: width, isRun: false };
  if (mayRun && groups > 1) {
    const lanes = channels / groups;
    const runs = height * width === 1 && lanes % 4 === 0 && lanes / 4 <= LONGEST_ROW;
    return runs ? { ...plain, width: lanes / 4, quads: groups, quadBytes: lanes * FLOAT_BYTES, isRun: true } : plain;
  }
  if (mayRun && height * width === 1) {
    return { height: 1, width: full, quads: full === 0 ? 0 : 1, ...tail, tailWidth: 1, isRun: true };
  }
  if (mayRun && tail.tailLanes === 0 && width * full <= LONGEST_ROW) {
    const isWhole =
      height * width * full <= LONGEST_ROW &&
      layouts.every((layout) => layout.rowBytes === layout.width * layout.pixelBytes);
    const rows = isWhole ? { height: 1, width: height * width * full } : { height, width: width * full };
    return { ...rows, quads: 1, ...tail, tailWidth: 0, isRun: true };
  }
  return plain;
};

export const lowerGroupNorm = (
  lowering: Lowering,
  group: GroupNormGroup,
  input: Value,
  output: Value,
): LoweredGroup => {
  const { layer, operation: settings } = group;
  const { nodeId } = layer;
  const { layout } = input;
  const isFlat = layer.outputShape.length === 1;
  const hasAffine = settings.scale || settings.shift;
  // Features are channels of one place, so that it is all the same; of one group they may lie as an image.
  const perPlace = hasAffine && (settings.perPlace || isFlat);
  const affine = createLayout(perPlace ? [layout.channels, layout.height, layout.width] : [layout.channels]);
  const affineBytes = affine.height * affine.rowBytes;

  /** γ or β: learnt, or the constant that leaves values as they are. */
  const vector = (name: "gamma" | "beta", isLearnt: boolean, neutral: number): Buffer => {
    if (!isLearnt) return lowering.constant(neutral, affineBytes / QUAD_BYTES);
    const buffer = lowering.declare(`${nodeId}.${name}`, affineBytes);
    const shape = layer.weights.find((spec) => spec.name === name)?.shape ?? [];
    lowering.tensors.push({
      name: `${nodeId}.${name}`,
      shape,
      buffer,
      floatAt: perPlace ? (element) => laneOfFeature(affine, element) : (element) => element,
    });
    return buffer;
  };
  const gamma = vector("gamma", settings.scale, 1);
  const beta = vector("beta", settings.shift, 0);
  const statistics = lowering.kept(`${nodeId} moments`, lowering.batchSize * settings.groups * 8);
  lowering.needWorkspace((quadsOf(layout) + 1) * WORKSPACE_OF_QUAD);

  const gradientLayouts = [output.gradient, input.gradient].flatMap((gradient) => gradient?.layout ?? []);
  const walk = walkOf([layout, output.layout, ...gradientLayouts], settings.groups, perPlace || !hasAffine);
  const view = <Prefix extends string>(
    prefix: Prefix,
    value: { readonly buffer: Buffer; readonly layout: Layout },
  ) => ({
    ...viewArguments(prefix, value.buffer, value.layout),
    ...(walk.isRun ? ({ [`${prefix}W`]: QUAD_BYTES } as Record<`${Prefix}W`, number>) : {}),
  });
  const { isRun, ...extent } = walk;
  const lanesOfWalk = 4 * (walk.quads + (walk.tailLanes === 0 ? 0 : 1));
  const shared = {
    ...extent,
    groups: settings.groups,
    lanes: settings.groups > 1 && !isRun ? layout.channels / settings.groups : lanesOfWalk / settings.groups,
    count: (layout.channels * areaOf(layout)) / settings.groups,
    epsilon: settings.epsilon,
    gamma: at(gamma),
    beta: at(beta),
    gammaH: perPlace ? affine.rowBytes : 0,
    gammaW: perPlace ? (isRun ? QUAD_BYTES : affine.pixelBytes) : 0,
    statistics: at(statistics),
  };
  const domain: Domain = { type: "rows" };
  const block = areaOf(layout) === 1 ? 0 : null;
  const nodes = [nodeId];

  return {
    forward: () => [
      operation(
        "groupNormForward",
        { ...shared, ...view("x", input), ...view("y", output) },
        {
          ...{ domain, block, nodes, pass: "forward" },
          reads: [...local(input.buffer), ...all(gamma, beta)],
          writes: local(output.buffer, statistics),
        },
      ),
    ],
    backward: () => {
      const { gradient } = output;
      const target = input.gradient;
      if (gradient === null || !gradient.written) return [];
      const slot = (name: string): Buffer =>
        lowering.step(`${nodeId}.${name} gradient sums`, affineBytes * lowering.numChunks);
      const gammaGradient = slot("gamma");
      const betaGradient = slot("beta");
      const sums = { slotStride: affineBytes, chunk: lowering.chunk };
      const accumulate = target?.written === true ? 1 : 0;
      if (target !== null) target.written = true;
      const update = {
        ...{ nodeId, ...sums, rowsOfPanel: 1, quads: affineBytes / QUAD_BYTES, decays: false },
      };
      return [
        operation(
          "groupNormGradient",
          {
            ...{ ...shared, ...sums, accumulate },
            ...{ ...view("x", input), ...view("y", gradient), ...(target === null ? {} : view("dx", target)) },
            ...{ gammaGradient: at(gammaGradient), betaGradient: at(betaGradient) },
          },
          {
            ...{ domain, block, nodes, pass: "backward" },
            reads: [...local(input.buffer, gradient.buffer, statistics), ...all(gamma)],
            writes: local(target?.buffer, gammaGradient, betaGradient),
          },
        ),
        ...(settings.scale
          ? [updateOf(lowering, { ...update, name: "gamma", weight: gamma, sums: gammaGradient })]
          : []),
        ...(settings.shift ? [updateOf(lowering, { ...update, name: "beta", weight: beta, sums: betaGradient })] : []),
      ].flat();
    },
  };
};
