/** Entry of the kernels. Microkernels are exported so that they stay functions of their own: inlined into outer loops they spill. */
export * from "./kernels";
export { runJob, threadMain } from "./driver";
export { packedRow6, row6, tile6 } from "./contraction";
export { pairs16, pairs20 } from "./threeByThree";
export {
  gradientRow5x4, gradientRow5x8, gradientRun6x8, gradientTile3x8, gradientTile6x4, gradientTile6x8, packedGradientRow5x4, packedGradientRow5x8,
} from "./weightGradient";
export {
  addNine, addOne, addThree, fillRow, gradientOfNine, gradientOfOne, gradientOfThree, nine,
} from "./depthwise";
export { strip6x8, strip4x8, strip6x4 } from "./product";
export { fourOfFewTerms, sixOfFewTerms, strip3x12, strip4x12 } from "./narrowProduct";
export { gradientStrip6x8, gradientStrip6x4 } from "./productGradient";
export { gradientStrip3x12 } from "./narrowGradient";
export { mapRow, max2x2Gradient, max2x2Row, mean2x2Gradient, mean2x2Row, plainGradient, windowGradient } from "./block";
export { maxSums, meanSums, plainSums, windowSums } from "./blockGradientSums";
export {
  eluGradientRow, eluRow, geluGradientRow, geluRow, geluTanhGradientRow, geluTanhRow, leakyReluGradientRow, leakyReluRow,
  sigmoidGradientRow, sigmoidRow, siluGradientRow, siluRow, tanhGradientRow, tanhRow,
} from "./activation";
export { countPairs, countSingles, countTwice } from "./statisticsHistogram";
export { gradientRow } from "./statisticsGradient";
export { momentsRow } from "./statisticsMoments";
export { normalizedRow } from "./statisticsNormalized";
export { updateRow, weightRow } from "./statisticsWeights";
export { gather, dropout, softmaxLoss, squaredLoss, lossTotal } from "./data";
export { sparseStrip6x4, sparseStrip6x8 } from "./sparseGradient";
export { sparse4, sparse8, sparse16, sparse32, sparse48, sparse52 } from "./sparseProduct";
export { addRun } from "./merge";
export { noise } from "./noise";
export { softmaxForward, softmaxGradient } from "./softmax";
export {
  outer12x4, outer4x4, outer4x8, outer6x8, product12x4, product4x4, product4x8, product6x8,
} from "./winogradProduct";
export { gradientTile, inputGradientTile, inputTile, outputTile, weightGradientTile, weightTile } from "./winogradTransform";
export { peak } from "./peak";
