/**
 * How far the outputs of a batch norm in evaluation mode are from those in training mode, on the same batch. With s = √(variance + ε) of the
 * batch (b) and of the running values (r), both outputs are affine in x, and so is their difference:
 *   y_train = γ·(x − μ_b)/s_b + β,   y_eval = γ·(x − μ_r)/s_r + β,
 *   d = y_eval − y_train = γ·[(x − μ_b)·(1/s_r − 1/s_b) + (μ_b − μ_r)/s_r].
 * Over the batch x − μ_b has mean 0 and variance σ²_b, so for each channel exactly
 *   mean d = γ·(μ_b − μ_r)/s_r,   var d = γ²·σ²_b·(1/s_r − 1/s_b)²,   var y_train = γ²·σ²_b/s²_b.
 */
import type { BatchNormStatistics } from "./statistics.ts";

export interface ModeGap {
  /** √(Σ_c mean d²) / √(Σ_c var y_train): the RMS difference of outputs in std of the outputs in training mode. null: these do not vary. */
  readonly outputs: number | null;
  /** By channel: RMS difference of its outputs. */
  readonly rms: Float64Array;
  /** By channel: (μ_b − μ_r)/s_r. */
  readonly means: Float64Array;
}

/** null where the layer normalizes by its running values in training too: the modes agree. `epsilon` is the layer's. */
export const modeGap = (statistics: BatchNormStatistics, epsilon: number): ModeGap | null => {
  const { batchMean, batchVariance, runningMean, runningVariance, gamma } = statistics;
  if (batchMean === null || batchVariance === null) return null;
  const numChannels = runningMean.length;
  const rms = new Float64Array(numChannels);
  const means = new Float64Array(numChannels);
  let [differences, variances] = [0, 0];
  for (let c = 0; c < numChannels; c++) {
    const at = (values: Float32Array): number => values[c] ?? Number.NaN;
    const variance = at(batchVariance);
    const batchScale = 1 / Math.sqrt(variance + epsilon);
    const runningScale = 1 / Math.sqrt(at(runningVariance) + epsilon);
    const mean = (at(batchMean) - at(runningMean)) * runningScale;
    const square = at(gamma) ** 2 * (mean ** 2 + variance * (runningScale - batchScale) ** 2);
    means[c] = mean;
    rms[c] = Math.sqrt(square);
    differences += square;
    variances += at(gamma) ** 2 * variance * batchScale ** 2;
  }
  return { outputs: variances === 0 ? null : Math.sqrt(differences / variances), rms, means };
};
