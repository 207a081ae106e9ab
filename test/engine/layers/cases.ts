/** Params and input shapes each kind is tested with. A kind without an entry fails the battery. */
import type { Shape } from "../../../engine/layer.ts";

export interface LayerCase {
  readonly params: Readonly<Record<string, unknown>>;
  /** One per input port, or per edge of a port that takes several; a source lists the shape of its samples. Without the batch. */
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
}

export const layerCases: Readonly<Record<string, readonly LayerCase[]>> = {
  input: [
    { params: { shape: [2, 3, 4] }, inputShapes: [[2, 3, 4]], outputShape: [2, 3, 4] },
    { params: { shape: [7] }, inputShapes: [[7]], outputShape: [7] },
  ],
  output: [
    { params: {}, inputShapes: [[5]], outputShape: [5] },
    { params: {}, inputShapes: [[1]], outputShape: [1] },
    { params: { labelSmoothing: 0.2 }, inputShapes: [[4]], outputShape: [4] },
    { params: { loss: "meanSquaredError" }, inputShapes: [[3]], outputShape: [3] },
    { params: { loss: "meanSquaredError" }, inputShapes: [[1]], outputShape: [1] },
  ],
  conv2d: [
    { params: { filters: 3 }, inputShapes: [[2, 6, 5]], outputShape: [3, 4, 3] },
    { params: { filters: 2, kernel: [1, 1], bias: false }, inputShapes: [[3, 4, 4]], outputShape: [2, 4, 4] },
    { params: { filters: 2, kernel: [3, 2], stride: [2, 3] }, inputShapes: [[1, 7, 8]], outputShape: [2, 3, 3] },
    { params: { filters: 2, kernel: [3, 3], padding: [2, 1] }, inputShapes: [[2, 4, 4]], outputShape: [2, 6, 4] },
    { params: { filters: 2, kernel: [2, 3], dilation: [3, 2] }, inputShapes: [[2, 7, 8]], outputShape: [2, 4, 4] },
    // "same" with an even kernel: one row of zeros in all, below; one column left and two right of a kernel of 4.
    { params: { filters: 2, kernel: [2, 4], padding: "same" }, inputShapes: [[1, 5, 5]], outputShape: [2, 5, 5] },
    {
      params: { filters: 2, kernel: [3, 3], stride: [2, 2], padding: "same" },
      inputShapes: [[2, 6, 5]],
      outputShape: [2, 3, 3],
    },
    {
      params: { filters: 2, kernel: [3, 3], dilation: [2, 2], stride: [2, 1], padding: "same" },
      inputShapes: [[1, 5, 4]],
      outputShape: [2, 3, 4],
    },
    { params: { filters: 6, groups: 2, kernel: [2, 3] }, inputShapes: [[4, 4, 5]], outputShape: [6, 3, 3] },
    // Depthwise, with one and with two filters a channel.
    { params: { filters: 3, groups: 3, padding: "same" }, inputShapes: [[3, 4, 4]], outputShape: [3, 4, 4] },
    {
      params: { filters: 4, groups: 2, stride: [2, 1], bias: false },
      inputShapes: [[2, 5, 4]],
      outputShape: [4, 2, 2],
    },
    // A stride wider than the kernel skips columns: "same" then pads nothing and never a negative number.
    {
      params: { filters: 1, kernel: [1, 1], stride: [3, 3], padding: "same" },
      inputShapes: [[1, 5, 6]],
      outputShape: [1, 2, 2],
    },
  ],
  batchNorm: [
    { params: {}, inputShapes: [[6]], outputShape: [6] },
    { params: { epsilon: 1e-3, momentum: 0.99 }, inputShapes: [[3, 4, 2]], outputShape: [3, 4, 2] },
    { params: { scale: false }, inputShapes: [[3, 4, 2]], outputShape: [3, 4, 2] },
    { params: { shift: false, initialGamma: 0 }, inputShapes: [[3, 4, 2]], outputShape: [3, 4, 2] },
    { params: { scale: false, shift: false }, inputShapes: [[3, 4, 2]], outputShape: [3, 4, 2] },
    { params: { statistics: "running" }, inputShapes: [[3, 4, 2]], outputShape: [3, 4, 2] },
    { params: { trainable: false }, inputShapes: [[3, 4, 2]], outputShape: [3, 4, 2] },
  ],
  layerNorm: [
    { params: {}, inputShapes: [[6]], outputShape: [6] },
    { params: { epsilon: 1e-2 }, inputShapes: [[3, 4, 2]], outputShape: [3, 4, 2] },
    { params: { scale: false }, inputShapes: [[2, 3, 2]], outputShape: [2, 3, 2] },
    { params: { shift: false }, inputShapes: [[7]], outputShape: [7] },
    { params: { scale: false, shift: false }, inputShapes: [[5]], outputShape: [5] },
  ],
  groupNorm: [
    { params: {}, inputShapes: [[20]], outputShape: [20] },
    { params: { groups: 3, epsilon: 1e-2 }, inputShapes: [[6, 2, 3]], outputShape: [6, 2, 3] },
    { params: { groups: 1 }, inputShapes: [[3, 2, 2]], outputShape: [3, 2, 2] },
    { params: { grouping: "channels" }, inputShapes: [[3, 4, 2]], outputShape: [3, 4, 2] },
    { params: { scale: false }, inputShapes: [[4, 2, 2]], outputShape: [4, 2, 2] },
    { params: { groups: 2, shift: false }, inputShapes: [[4, 2, 2]], outputShape: [4, 2, 2] },
  ],
  add: [
    { params: {}, inputShapes: [[4], [4]], outputShape: [4] },
    {
      params: {},
      inputShapes: [
        [2, 3, 4],
        [2, 3, 4],
        [2, 3, 4],
      ],
      outputShape: [2, 3, 4],
    },
  ],
  concat: [
    { params: {}, inputShapes: [[4], [3]], outputShape: [7] },
    {
      params: {},
      inputShapes: [
        [2, 3, 4],
        [1, 3, 4],
        [5, 3, 4],
      ],
      outputShape: [8, 3, 4],
    },
  ],
  relu: [
    { params: {}, inputShapes: [[9]], outputShape: [9] },
    { params: {}, inputShapes: [[2, 3, 3]], outputShape: [2, 3, 3] },
  ],
  pool2d: [
    { params: {}, inputShapes: [[2, 5, 4]], outputShape: [2, 2, 2] },
    { params: { pool: "avg" }, inputShapes: [[2, 5, 4]], outputShape: [2, 2, 2] },
    {
      params: { pool: "max", size: [3, 2], stride: [2, 1], padding: [1, 1] },
      inputShapes: [[2, 5, 4]],
      outputShape: [2, 3, 5],
    },
    {
      params: { pool: "avg", size: [3, 2], stride: [2, 1], padding: [1, 1] },
      inputShapes: [[2, 5, 4]],
      outputShape: [2, 3, 5],
    },
  ],
  dense: [
    { params: { units: 4 }, inputShapes: [[6]], outputShape: [4] },
    { params: { units: 1, bias: false }, inputShapes: [[3]], outputShape: [1] },
  ],
  flatten: [
    { params: {}, inputShapes: [[2, 3, 4]], outputShape: [24] },
    { params: {}, inputShapes: [[5]], outputShape: [5] },
  ],
  dropout: [
    { params: { rate: 0.5 }, inputShapes: [[12]], outputShape: [12] },
    { params: { rate: 0 }, inputShapes: [[2, 3, 3]], outputShape: [2, 3, 3] },
    { params: { rate: 0.9 }, inputShapes: [[2, 3, 3]], outputShape: [2, 3, 3] },
  ],
  leakyRelu: [
    { params: {}, inputShapes: [[9]], outputShape: [9] },
    { params: { slope: 0.3 }, inputShapes: [[2, 3, 3]], outputShape: [2, 3, 3] },
  ],
  elu: [
    { params: {}, inputShapes: [[9]], outputShape: [9] },
    { params: { alpha: 0.5 }, inputShapes: [[2, 3, 3]], outputShape: [2, 3, 3] },
  ],
  gelu: [
    { params: {}, inputShapes: [[9]], outputShape: [9] },
    // Wide enough for values beyond ±3, where erfc is a continued fraction.
    { params: {}, inputShapes: [[4, 6, 6]], outputShape: [4, 6, 6] },
    { params: { approximation: "tanh" }, inputShapes: [[4, 6, 6]], outputShape: [4, 6, 6] },
  ],
  silu: [
    { params: {}, inputShapes: [[9]], outputShape: [9] },
    { params: {}, inputShapes: [[2, 3, 3]], outputShape: [2, 3, 3] },
  ],
  sigmoid: [
    { params: {}, inputShapes: [[9]], outputShape: [9] },
    { params: {}, inputShapes: [[2, 3, 3]], outputShape: [2, 3, 3] },
  ],
  tanh: [
    { params: {}, inputShapes: [[9]], outputShape: [9] },
    { params: {}, inputShapes: [[2, 3, 3]], outputShape: [2, 3, 3] },
  ],
  softmax: [
    { params: {}, inputShapes: [[9]], outputShape: [9] },
    { params: {}, inputShapes: [[3, 2, 4]], outputShape: [3, 2, 4] },
    { params: {}, inputShapes: [[1, 2, 2]], outputShape: [1, 2, 2] },
  ],
  globalAvgPool: [
    { params: {}, inputShapes: [[3, 5, 4]], outputShape: [3] },
    { params: {}, inputShapes: [[2, 1, 1]], outputShape: [2] },
  ],
  reshape: [
    { params: { shape: [2, 3, 4] }, inputShapes: [[24]], outputShape: [2, 3, 4] },
    { params: { shape: [6, 1, 4] }, inputShapes: [[2, 3, 4]], outputShape: [6, 1, 4] },
    { params: { shape: [24] }, inputShapes: [[2, 3, 4]], outputShape: [24] },
  ],
  gaussianNoise: [
    { params: { std: 0.5 }, inputShapes: [[12]], outputShape: [12] },
    { params: { std: 0 }, inputShapes: [[2, 3, 3]], outputShape: [2, 3, 3] },
  ],
};
