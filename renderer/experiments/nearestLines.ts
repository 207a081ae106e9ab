/** Which lines of many are meant: a readout names those nearest to the pointer, in the order in which they stand. */

/** A readout of more lines than that would cover what it is about. */
export const MOST_READ = 8;

export interface NearLines<T> {
  readonly shown: readonly T[];
  /** The one that the pointer means, where there are too many to show all. */
  readonly nearest: T | null;
  readonly numMore: number;
}

/** `distanceOf` in px; null: the line is not there. */
export const nearestLines = <T>(lines: readonly T[], distanceOf: (line: T) => number | null): NearLines<T> => {
  if (lines.length <= MOST_READ) return { shown: lines, nearest: null, numMore: 0 };
  const there = lines.flatMap((line) => {
    const distance = distanceOf(line);
    return distance === null ? [] : [{ line, distance }];
  });
  const near = [...there].sort((a, b) => a.distance - b.distance).slice(0, MOST_READ);
  const shown = lines.filter((line) => near.some((each) => each.line === line));
  return { shown, nearest: near[0]?.line ?? null, numMore: lines.length - shown.length };
};

/** The line that is pointed at; null where a chart has nothing of it, so that a name without measurements dims no line. */
export const litAmong = <T>(
  lines: readonly T[],
  lit: string | null | undefined,
  keyOfDrawn: (line: T) => string | null,
): string | null => (lit != null && lines.some((line) => keyOfDrawn(line) === lit) ? lit : null);
