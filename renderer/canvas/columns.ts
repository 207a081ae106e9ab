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

/** Sums and squares of heights are exact up to much more than this. */
const ROUNDING = 1e-6;

/** What it costs to cut wherever the next column is nearest to where it should begin: no less good way needs to be tried. Infinity where that is none. */
const plainCost = (count: number, starting: Float64Array, ending: Float64Array, joints: Float64Array): number => {
  const numCuts = starting.length;
  const ideal = (starting[numCuts - 1] ?? 0) / count;
  let [cost, from, to] = [0, 0, 0];
  for (let column = 1; column <= count; column += 1) {
    const wanted = column * ideal;
    to = from + 1;
    while (to < numCuts - 1 && Math.abs((starting[to + 1] ?? 0) - wanted) < Math.abs((starting[to] ?? 0) - wanted))
      to += 1;
    if (column === count) to = numCuts - 1;
    if (to <= from || to >= numCuts) return Number.POSITIVE_INFINITY;
    const off = (ending[to] ?? 0) - (starting[from] ?? 0);
    cost += off * off + (joints[to] ?? 0);
    from = to;
  }
  return cost;
};

/**
 * Where no column is off by more than `mostOff`: the uppermost cut at which a column that ends at each cut may begin, and between which cuts so many
 * columns end.
 */
const reachOf = (count: number, starting: Float64Array, ending: Float64Array, mostOff: number) => {
  const end = starting.length - 1;
  const off = (from: number, to: number): number => (ending[to] ?? 0) - (starting[from] ?? 0);
  const uppermost = new Int32Array(end + 1);
  for (let to = 1; to <= end; to += 1) {
    let from = uppermost[to - 1] ?? 0;
    while (from < to && off(from, to) > mostOff) from += 1;
    uppermost[to] = from;
  }
  const [firsts, lasts] = [new Int32Array(count + 1), new Int32Array(count + 1)];
  let [first, last] = [0, 0];
  for (let column = 1; column <= count; column += 1) {
    first += 1;
    while (first < end && off(firsts[column - 1] ?? 0, first) < -mostOff) first += 1;
    last = Math.max(last, first);
    while (last < end && off(lasts[column - 1] ?? 0, last + 1) <= mostOff) last += 1;
    [firsts[column], lasts[column]] = [Math.min(first, end), Math.min(last, end)];
  }
  // The others must still come to the end.
  let lowest = end;
  firsts[count] = end;
  let highest = end;
  for (let column = count - 1; column >= 0; column -= 1) {
    lowest -= 1;
    while (lowest > 0 && off(lowest, lasts[column + 1] ?? 0) < -mostOff) lowest -= 1;
    while (highest > 0 && off(highest - 1, firsts[column + 1] ?? 0) <= mostOff) highest -= 1;
    firsts[column] = Math.max(firsts[column] ?? 0, Math.min(highest, lowest));
    lasts[column] = Math.min(lasts[column] ?? 0, lowest);
  }
  return [uppermost, firsts, lasts] as const;
};

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
  // No column of the best way is off by more than this: all others cost nothing but their cuts.
  let cheapest = Number.POSITIVE_INFINITY;
  for (let at = 1; at < cuts.length - 1; at += 1) cheapest = Math.min(cheapest, joints[at] ?? 0);
  const cheapestCuts = count > 1 && Number.isFinite(cheapest) ? (count - 1) * cheapest : 0;
  const spare = plainCost(count, starting, ending, joints) - cheapestCuts;
  const mostOff = Math.sqrt(Math.max(0, spare)) * (1 + ROUNDING) + ROUNDING;
  const [uppermost, firsts, lasts] = reachOf(count, starting, ending, mostOff);
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
      for (let from = Math.max(upper, uppermost[to] ?? 0); from <= lowermost; from += 1) {
        const off = end - (starting[from] ?? 0);
        if (off < -mostOff) break;
        const total = (before[from] ?? 0) + off * off;
        // Of equal ones the uppermost.
        if (total < lowest) {
          lowest = total;
          best = from;
        }
      }
      least[to] = lowest + (joints[to] ?? 0);
      chosen[to] = best;
      const isFound = Number.isFinite(lowest);
      choose(first, to - 1, upper, isFound ? best : lower);
      choose(to + 1, last, isFound ? best : upper, lower);
    };
    choose(firsts[column + 1] ?? 0, lasts[column + 1] ?? 0, firsts[column] ?? 0, lasts[column] ?? 0);
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
