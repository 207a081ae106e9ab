/** Which of many boxes may touch a given one, without looking at all of them. Pure. */
import type { Box } from "./geometry.ts";

interface Placed {
  readonly id: string;
  readonly box: Box;
}

export interface BoxesByHeight {
  /** Those at the height of the given box: all that overlap it are among them. */
  readonly beside: (box: Box) => readonly Placed[];
  /** Whether any of those is as asked: no list of them for each of hundreds of edges. */
  readonly isAnyBeside: (box: Box, asked: (placed: Placed) => boolean) => boolean;
}

export const boxesByHeight = (boxes: readonly Placed[]): BoxesByHeight => {
  const sorted = [...boxes].sort((a, b) => a.box.top - b.box.top);
  const tallest = sorted.reduce((most, { box }) => Math.max(most, box.bottom - box.top), 0);
  const firstFrom = (limit: number): number => {
    let [start, end] = [0, sorted.length];
    while (start < end) {
      const middle = (start + end) >> 1;
      if ((sorted[middle]?.box.top ?? 0) < limit) start = middle + 1;
      else end = middle;
    }
    return start;
  };
  return {
    beside: ({ top, bottom }) => (top < bottom ? sorted.slice(firstFrom(top - tallest), firstFrom(bottom)) : []),
    isAnyBeside: ({ top, bottom }, asked) => {
      if (top >= bottom) return false;
      for (let index = firstFrom(top - tallest); index < sorted.length; index += 1) {
        const placed = sorted[index];
        if (placed === undefined || placed.box.top >= bottom) return false;
        if (asked(placed)) return true;
      }
      return false;
    },
  };
};
