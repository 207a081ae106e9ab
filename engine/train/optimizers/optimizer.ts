/** The optimizers' formulas in float64: the reference that the kernels are tested against, and what reference training uses. */

export interface Optimizer {
  /**
   * Overwrites `weights` with their values after step `step` (from 1). `gradient` is read only. State belongs to the tensor named
   * `name`. `weightDecay` is L2: λ·w is added to the gradient.
   */
  update(call: {
    readonly name: string;
    readonly step: number;
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly weights: Float64Array;
    readonly gradient: Float64Array;
  }): void;
}
