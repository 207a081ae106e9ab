/** Folding a tall drawing into columns that stand side by side. Pure. */

export interface Row {
  readonly height: number;
  /** To the row below. */
  readonly gap: number;
  /** Whether a column may end below this row: one edge only leads on. */
  readonly mayEnd: boolean;
  /** Whether the net has a joint there: the end of a group, or of what shrinks an image. */
  readonly isJoint: boolean;
}

/** What a column of the rows from `start` to before `end` is high. */
const heightOf = (rows: readonly Row[], start: number, end: number): number =>
  rows.slice(start, end).reduce((sum, { height, gap }, index) => sum + height + (start + index < end - 1 ? gap : 0), 0);

/** A cut at a joint is worth a column that is off by this share of its height. */
const JOINT_SHARE = 0.4;

/** The first rows of `count` columns about equally high, joints preferred; null where there are too few places to cut. */
const cutInto = (rows: readonly Row[], count: number): readonly number[] | null => {
  const ends = [...rows.keys()].filter((index) => rows[index]?.mayEnd).map((index) => index + 1);
  const cuts = [0, ...ends.filter((end) => end < rows.length), rows.length];
  const ideal = heightOf(rows, 0, rows.length) / count;
  const tops = [0];
  for (const { height, gap } of rows) tops.push((tops.at(-1) ?? 0) + height + gap);
  // Of a column that begins or ends at each cut; a cut elsewhere than at a joint costs something.
  const starting = Float64Array.from(cuts, (start) => tops[start] ?? 0);
  const ending = Float64Array.from(cuts, (end) => (tops[end] ?? 0) - (rows[end - 1]?.gap ?? 0) - ideal);
  const joints = Float64Array.from(cuts, (end) =>
    end < rows.length && !rows[end - 1]?.isJoint ? (JOINT_SHARE * ideal) ** 2 : 0,
  );
  // least[at]: the least cost of the rows before cut `at` in so many columns; froms[column][at]: the cut before.
  let least = new Float64Array(cuts.length).fill(Number.POSITIVE_INFINITY);
  least[0] = 0;
  const froms: Int32Array[] = [];
  for (let column = 0; column < count; column += 1) {
    const before = least;
    const chosen = new Int32Array(cuts.length);
    least = new Float64Array(cuts.length).fill(Number.POSITIVE_INFINITY);
    /**
     * The best cuts before those from `first` to `last` lie between `upper` and `lower`: a column's cost is a convex function of its height, so that
     * what is best before a lower cut is no higher up (a Monge matrix). The middle one divides them: n log n trials instead of n².
     */
    const choose = (first: number, last: number, upper: number, lower: number): void => {
      if (first > last) return;
      const to = (first + last) >> 1;
      const end = ending[to] ?? 0;
      const lowermost = Math.min(lower, to - 1);
      let lowest = Number.POSITIVE_INFINITY;
      let best = upper;
      for (let from = upper; from <= lowermost; from += 1) {
        const off = end - (starting[from] ?? 0);
        const total = (before[from] ?? 0) + off * off;
        // Of equal ones the uppermost.
        if (total < lowest) {
          lowest = total;
          best = from;
        }
      }
      least[to] = lowest + (joints[to] ?? 0);
      chosen[to] = best;
      choose(first, to - 1, upper, best);
      choose(to + 1, last, best, lower);
    };
    choose(column + 1, cuts.length - 1, column, cuts.length - 2);
    froms.push(chosen);
  }
  if (!Number.isFinite(least.at(-1) ?? Number.POSITIVE_INFINITY)) return null;
  let at = cuts.length - 1;
  const starts = froms.reverse().map((chosen) => {
    at = chosen[at] ?? 0;
    return cuts[at] ?? 0;
  });
  return starts.reverse();
};

/** A window is about so many times as wide as it is high. */
const ASPECT = 1.6;
const MOST_COLUMNS = 24;

/** How far a drawing is from the shape of a window. */
const offShape = (width: number, height: number): number => Math.abs(Math.log(width / height / ASPECT));

/** The first row of each column, such that the whole comes nearest to the shape of a window. One column where that is not too tall. */
export const foldRows = (rows: readonly Row[], width: number, gap: number, tallest: number): readonly number[] => {
  const whole = heightOf(rows, 0, rows.length);
  if (whole <= tallest) return [0];
  const widthOf = (count: number): number => count * (width + gap);
  const largestGap = Math.max(...rows.map((row) => row.gap));
  /** No drawing in so many columns is wider for its height. */
  const widest = (count: number): number => widthOf(count) / ((whole - (count - 1) * largestGap) / count);
  let best: { readonly starts: readonly number[]; readonly off: number } = {
    starts: [0],
    off: Number.POSITIVE_INFINITY,
  };
  /** Whether more columns may be better. */
  const consider = (count: number): boolean => {
    const starts = cutInto(rows, count);
    if (starts === null) return false;
    const high = Math.max(...starts.map((start, index) => heightOf(rows, start, starts[index + 1] ?? rows.length)));
    const off = offShape(widthOf(count) - gap, high);
    if (off < best.off || (off === best.off && count < best.starts.length)) best = { starts, off };
    return widthOf(count) / high <= 2 * ASPECT;
  };
  let first = 1;
  while (first < MOST_COLUMNS && widest(first) < ASPECT) first += 1;
  for (let count = first; count <= MOST_COLUMNS && consider(count); ) count += 1;
  // Fewer are taller; as soon as they are too tall for sure, still fewer are, too.
  for (let count = first - 1; count > 0 && Math.log(ASPECT / widest(count)) <= best.off; count -= 1) consider(count);
  return best.starts;
};
