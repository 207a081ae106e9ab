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
  const cost = (from: number, to: number): number => {
    const [start, end] = [cuts[from] ?? 0, cuts[to] ?? 0];
    const height = (tops[end] ?? 0) - (tops[start] ?? 0) - (rows[end - 1]?.gap ?? 0);
    const joint = end < rows.length && !rows[end - 1]?.isJoint ? (JOINT_SHARE * ideal) ** 2 : 0;
    return (height - ideal) ** 2 + joint;
  };
  // best[at]: the least cost of the rows before cut `at` in so many columns, and the cut before.
  let best = cuts.map((_, at) => ({ cost: at === 0 ? 0 : Number.POSITIVE_INFINITY, path: [] as readonly number[] }));
  for (let column = 0; column < count; column += 1) {
    best = cuts.map((_, to) => {
      let least = { cost: Number.POSITIVE_INFINITY, path: [] as readonly number[] };
      for (let from = 0; from < to; from += 1) {
        const before = best[from];
        if (before === undefined || !Number.isFinite(before.cost)) continue;
        const total = before.cost + cost(from, to);
        if (total < least.cost) least = { cost: total, path: [...before.path, cuts[from] ?? 0] };
      }
      return least;
    });
  }
  const whole = best.at(-1);
  return whole && Number.isFinite(whole.cost) ? whole.path : null;
};

/** A window is about so many times as wide as it is high. */
const ASPECT = 1.6;
const MOST_COLUMNS = 24;

/** The first row of each column, such that the whole comes nearest to the shape of a window. One column where that is not too tall. */
export const foldRows = (rows: readonly Row[], width: number, gap: number, tallest: number): readonly number[] => {
  const whole = heightOf(rows, 0, rows.length);
  if (whole <= tallest) return [0];
  let best: readonly number[] = [0];
  let least = Number.POSITIVE_INFINITY;
  for (let count = 1; count <= MOST_COLUMNS; count += 1) {
    const starts = cutInto(rows, count);
    if (starts === null) break;
    const high = Math.max(...starts.map((start, index) => heightOf(rows, start, starts[index + 1] ?? rows.length)));
    const off = Math.abs(Math.log((count * (width + gap) - gap) / high / ASPECT));
    if (off < least) [best, least] = [starts, off];
    if ((count * (width + gap)) / high > 2 * ASPECT) break;
  }
  return best;
};
