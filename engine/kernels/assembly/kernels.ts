/** The kernels by number. The host reads the numbers from the `id_…` globals, so they are written nowhere else. */
import { batchNormGradient, batchStatistics, channelMoments, evaluationStatistics, runningStatistics } from "./batchNorm";
import { blockForward, blockGradient, blockGradientSums } from "./block";
import { channelSums, contraction, transposeWeights, weightGradient } from "./contraction";
import { dropout, gather, lossTotal, softmaxLoss } from "./data";
import { adam, sgd } from "./optimizer";
import { poolForward, poolGradient } from "./pool";
import { product, productGradient } from "./product";
import { viewHistogram, viewMoments, viewNonFinite, viewTotals } from "./statistics";
import { winogradForward, winogradGradient, winogradWeightGradient, winogradWeights } from "./winograd";

export const id_gather: i32 = 0;
export const id_contraction: i32 = 1;
export const id_weightGradient: i32 = 2;
export const id_transposeWeights: i32 = 3;
export const id_channelSums: i32 = 4;
export const id_channelMoments: i32 = 5;
export const id_batchStatistics: i32 = 6;
export const id_runningStatistics: i32 = 7;
export const id_evaluationStatistics: i32 = 8;
export const id_batchNormGradient: i32 = 9;
export const id_blockForward: i32 = 10;
export const id_blockGradientSums: i32 = 11;
export const id_blockGradient: i32 = 12;
export const id_poolForward: i32 = 13;
export const id_poolGradient: i32 = 14;
export const id_dropout: i32 = 15;
export const id_softmaxLoss: i32 = 16;
export const id_lossTotal: i32 = 17;
export const id_sgd: i32 = 18;
export const id_adam: i32 = 19;
export const id_viewMoments: i32 = 20;
export const id_viewTotals: i32 = 21;
export const id_viewHistogram: i32 = 22;
export const id_viewNonFinite: i32 = 23;
export const id_winogradForward: i32 = 24;
export const id_winogradGradient: i32 = 25;
export const id_winogradWeights: i32 = 26;
export const id_winogradWeightGradient: i32 = 27;
export const id_product: i32 = 28;
export const id_productGradient: i32 = 29;

/** Calls a kernel on rows n0 … n1 and quads of channels c0 … c1; partial results go to slot `task`. */
export function dispatch(kernel: i32, args: usize, n0: i32, n1: i32, c0: i32, c1: i32, task: i32): void {
  switch (kernel) {
    case id_gather: return gather(args, n0, n1, c0, c1, task);
    case id_contraction: return contraction(args, n0, n1, c0, c1, task);
    case id_weightGradient: return weightGradient(args, n0, n1, c0, c1, task);
    case id_transposeWeights: return transposeWeights(args, n0, n1, c0, c1, task);
    case id_channelSums: return channelSums(args, n0, n1, c0, c1, task);
    case id_channelMoments: return channelMoments(args, n0, n1, c0, c1, task);
    case id_batchStatistics: return batchStatistics(args, n0, n1, c0, c1, task);
    case id_runningStatistics: return runningStatistics(args, n0, n1, c0, c1, task);
    case id_evaluationStatistics: return evaluationStatistics(args, n0, n1, c0, c1, task);
    case id_batchNormGradient: return batchNormGradient(args, n0, n1, c0, c1, task);
    case id_blockForward: return blockForward(args, n0, n1, c0, c1, task);
    case id_blockGradientSums: return blockGradientSums(args, n0, n1, c0, c1, task);
    case id_blockGradient: return blockGradient(args, n0, n1, c0, c1, task);
    case id_poolForward: return poolForward(args, n0, n1, c0, c1, task);
    case id_poolGradient: return poolGradient(args, n0, n1, c0, c1, task);
    case id_dropout: return dropout(args, n0, n1, c0, c1, task);
    case id_softmaxLoss: return softmaxLoss(args, n0, n1, c0, c1, task);
    case id_lossTotal: return lossTotal(args, n0, n1, c0, c1, task);
    case id_sgd: return sgd(args, n0, n1, c0, c1, task);
    case id_adam: return adam(args, n0, n1, c0, c1, task);
    case id_viewMoments: return viewMoments(args, n0, n1, c0, c1, task);
    case id_viewTotals: return viewTotals(args, n0, n1, c0, c1, task);
    case id_viewHistogram: return viewHistogram(args, n0, n1, c0, c1, task);
    case id_viewNonFinite: return viewNonFinite(args, n0, n1, c0, c1, task);
    case id_winogradForward: return winogradForward(args, n0, n1, c0, c1, task);
    case id_winogradGradient: return winogradGradient(args, n0, n1, c0, c1, task);
    case id_winogradWeights: return winogradWeights(args, n0, n1, c0, c1, task);
    case id_winogradWeightGradient: return winogradWeightGradient(args, n0, n1, c0, c1, task);
    case id_product: return product(args, n0, n1, c0, c1, task);
    case id_productGradient: return productGradient(args, n0, n1, c0, c1, task);
    default: unreachable();
  }
}
