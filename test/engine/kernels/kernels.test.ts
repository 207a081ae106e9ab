/** Every row of the kernel table against its reference, in both builds: a kernel without a case does not compile and does not pass. */
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelBuild } from "../../../engine/kernels/loadKernels.ts";
import { type KernelName, kernelTable } from "../../../engine/kernels/table.ts";
import * as activation from "./activationCases.ts";
import * as block from "./blockCases.ts";
import * as contraction from "./contractionCases.ts";
import * as grouped from "./groupedCases.ts";
import * as groupNorm from "./groupNormCases.ts";
import * as merge from "./mergeCases.ts";
import * as norm from "./normCases.ts";
import * as sparse from "./sparseCases.ts";
import * as tensorStatistics from "./tensorStatisticsCases.ts";
import * as update from "./updateCases.ts";
import * as view from "./viewCases.ts";
import * as winograd from "./winogradCases.ts";
import { Workbench } from "./workbench.ts";

const both =
  (first: (bench: Workbench) => void, second: (bench: Workbench) => void) =>
  (bench: Workbench): void => {
    first(bench);
    second(bench);
  };

const cases: Readonly<Record<KernelName, (bench: Workbench) => void>> = {
  gather: norm.gather,
  contraction: both(contraction.contractionForward, grouped.contractionInParts),
  weightGradient: both(contraction.weightGradient, grouped.weightGradientInParts),
  transposeWeights: both(contraction.inputGradient, grouped.inputGradientInParts),
  depthwise: grouped.depthwise,
  depthwiseGradient: grouped.depthwiseGradient,
  channelSums: contraction.channelSums,
  product: contraction.product,
  productGradient: contraction.productGradient,
  narrowGradient: contraction.narrowGradient,
  background: sparse.background,
  emptySample: sparse.emptySample,
  sparseProduct: sparse.sparseProduct,
  listStrips: sparse.listStrips,
  sparseGradient: sparse.sparseGradient,
  channelMoments: norm.channelMoments,
  batchStatistics: norm.batchStatistics,
  runningStatistics: norm.runningStatistics,
  evaluationStatistics: norm.evaluationStatistics,
  batchNormGradient: norm.batchNormGradient,
  blockForward: block.blockForward,
  blockGradientSums: block.blockGradientSums,
  blockGradient: block.blockGradient,
  groupNormForward: groupNorm.groupNormForward,
  groupNormGradient: groupNorm.groupNormGradient,
  poolForward: block.poolForward,
  poolGradient: block.poolGradient,
  dropout: norm.dropout,
  activationForward: activation.activationForward,
  activationGradient: activation.activationGradient,
  softmaxForward: activation.softmaxForward,
  softmaxGradient: activation.softmaxGradient,
  noise: activation.noise,
  permute: activation.permute,
  softmaxLoss: norm.softmaxLoss,
  squaredLoss: merge.squaredLoss,
  sum: merge.sum,
  copyChannels: both(merge.copyChannels, grouped.copyParts),
  order: merge.order,
  lossTotal: norm.lossTotal,
  sgd: update.sgd,
  momentum: update.momentum,
  nesterov: update.nesterov,
  adagrad: update.adagrad,
  rmsprop: update.rmsprop,
  adam: update.adam,
  adamw: update.adamw,
  gradientSquares: update.gradientSquares,
  gradientClip: update.gradientClip,
  viewShift: view.viewShift,
  viewMoments: view.viewMoments,
  viewTotals: view.viewTotals,
  viewHistogram: view.viewHistogram,
  viewCounts: view.viewCounts,
  viewNonFinite: view.viewNonFinite,
  viewOutside: view.viewOutside,
  weightView: tensorStatistics.weightView,
  gradientMoments: tensorStatistics.gradientMoments,
  normVectors: tensorStatistics.normVectors,
  normalizedRanges: view.normalizedRanges,
  normalizedView: view.normalizedView,
  winogradForward: winograd.winogradForward,
  winogradGradient: winograd.winogradGradient,
  winogradWeights: winograd.winogradWeights,
  winogradWeightGradient: winograd.winogradWeightGradient,
};

describe.each<KernelBuild>(["relaxed-simd", "simd"])("the %s build", (build) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await Workbench.create(build);
  });

  it.each(Object.keys(kernelTable))("%s agrees with its reference", (name) => {
    const run = cases[name as KernelName];
    expect(run, `no case for ${name}`).toBeTypeOf("function");
    run(bench);
  });
});
