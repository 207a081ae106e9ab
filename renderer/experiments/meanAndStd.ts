import { spreadOf } from "../../engine/index.ts";

/** What a point with a band needs: the std of the sample, 0 where a single value tells nothing of it. */
export const meanAndStd = (values: readonly number[]): { readonly mean: number; readonly std: number } => {
  const spread = spreadOf(values);
  return { mean: spread?.mean ?? 0, std: spread?.std ?? 0 };
};
