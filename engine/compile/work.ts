/**
 * How much a training step computes, as far as its time is concerned: multiply-adds, forward and twice backward, and values that layers
 * write, each as much as some multiply-adds, since kernels that only pass over data wait for memory.
 */
import { elementsOf } from "../layer.ts";
import type { Compiled } from "./compiled.ts";

/**
 * Chosen, not measured by itself: with it the four nets of docs/performance.md (two threads, no statistics) come to 59, 56, 70 and 99 billion a
 * second, so that a run of one foretells the others within a factor of about two.
 */
const MULTIPLY_ADDS_PER_VALUE = 50;

/** Of a step with less work the time goes to what every step has, whatever it computes: it tells nothing of larger ones, nor they of it. */
export const SMALL_STEP_WORK = 1e7;

/** Of one sample, in multiply-adds; null while the net has errors. */
export const workPerSample = ({ program }: Pick<Compiled, "program">): number | null => {
  if (program === null) return null;
  let work = 0;
  for (const { multiplyAdds, outputShape } of program.layers) {
    work += 3 * multiplyAdds + MULTIPLY_ADDS_PER_VALUE * elementsOf(outputShape);
  }
  return work;
};
