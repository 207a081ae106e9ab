/** The optimizers' formulas in float64: the reference that the kernels are tested against, and what reference training uses. */

export interface Optimizer {
  /**
   * Overwrites `weights` with their values after step `step` (from 1). `gradient` is read only. State belongs to the tensor named
   * `name`. `weightDecay` is λ of L2: λ·w is added to the gradient, but for AdamW, which shrinks the weights by η·λ.
   */
  update(call: UpdateCall): void;
}

export interface UpdateCall {
  readonly name: string;
  readonly step: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly weights: Float64Array;
  readonly gradient: Float64Array;
}

/** What an optimizer keeps for each tensor, zero at first. */
export class Slots {
  readonly #arrays = new Map<string, Float64Array>();

  of({ name, weights }: UpdateCall): Float64Array {
    const known = this.#arrays.get(name);
    if (known !== undefined) return known;
    const created = new Float64Array(weights.length);
    this.#arrays.set(name, created);
    return created;
  }
}

/** g + λ·w of each element. */
export const decayedGradient = ({ gradient, weights, weightDecay }: UpdateCall): Float64Array =>
  gradient.map((value, i) => value + weightDecay * (weights[i] as number));
