/**
 * Rows and places of a layered drawing, top to bottom (Sugiyama, Tagawa, Toda 1981): rows by longest path, the order within them by
 * barycentres until crossings no longer become fewer, places as near to the neighbours' middles as the distance between nodes allows.
 * Everything is decided by the input alone: the same graph gives the same drawing.
 */

export interface Arrow {
  readonly from: string;
  readonly to: string;
}

type Neighbours = ReadonlyMap<string, readonly string[]>;

const neighboursOf = (ids: readonly string[], arrows: readonly Arrow[], end: "from" | "to"): Neighbours => {
  const lists = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const arrow of arrows) lists.get(arrow[end])?.push(arrow[end === "from" ? "to" : "from"]);
  return lists;
};

/** The arrows without those that point back on a depth-first walk: no cycles. */
export const withoutCycles = (ids: readonly string[], arrows: readonly Arrow[]): readonly Arrow[] => {
  const next = neighboursOf(ids, arrows, "from");
  const state = new Map<string, "open" | "done">();
  const back = new Set<string>();
  for (const start of ids) {
    if (state.has(start)) continue;
    const path = [{ id: start, at: 0 }];
    state.set(start, "open");
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const to = next.get(visit.id)?.[visit.at];
      visit.at += 1;
      if (to === undefined) {
        state.set(visit.id, "done");
        path.pop();
      } else if (state.get(to) === "open") back.add(`${visit.id} ${to}`);
      else if (!state.has(to)) {
        state.set(to, "open");
        path.push({ id: to, at: 0 });
      }
    }
  }
  return arrows.filter(({ from, to }) => !back.has(`${from} ${to}`));
};

/** The row of each node: one below the lowest of those that feed it. What nothing feeds stands right above what it feeds. */
const ranksOf = (ids: readonly string[], arrows: readonly Arrow[]): Map<string, number> => {
  const [before, after] = [neighboursOf(ids, arrows, "to"), neighboursOf(ids, arrows, "from")];
  const waiting = new Map(ids.map((id) => [id, before.get(id)?.length ?? 0]));
  const ranks = new Map<string, number>();
  const ready = ids.filter((id) => waiting.get(id) === 0);
  for (let at = 0; at < ready.length; at += 1) {
    const id = ready[at] ?? "";
    ranks.set(id, Math.max(-1, ...(before.get(id) ?? []).map((other) => ranks.get(other) ?? 0)) + 1);
    for (const to of after.get(id) ?? []) {
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  for (const id of ids) {
    const fed = after.get(id) ?? [];
    if ((before.get(id) ?? []).length === 0 && fed.length > 0) {
      ranks.set(id, Math.min(...fed.map((other) => ranks.get(other) ?? 0)) - 1);
    }
  }
  const lowest = Math.min(0, ...ranks.values());
  return new Map([...ranks].map(([id, rank]) => [id, rank - lowest]));
};

type Rows = readonly (readonly string[])[];

const placesOf = (row: readonly string[]): ReadonlyMap<string, number> => new Map(row.map((id, place) => [id, place]));

/** Pairs of arrows between neighbouring rows that cross. */
const crossings = (rows: Rows, after: Neighbours): number => {
  let count = 0;
  rows.forEach((row, index) => {
    if (row.length < 2) return;
    const places = placesOf(rows[index + 1] ?? []);
    const ends = row.map((id) => (after.get(id) ?? []).flatMap((to) => places.get(to) ?? []));
    ends.forEach((own, at) => {
      for (const others of ends.slice(at + 1)) {
        for (const end of own) for (const other of others) if (other < end) count += 1;
      }
    });
  });
  return count;
};

/** Rows sorted by the mean place of what each is connected to in the row before (or after). */
const sweep = (rows: Rows, neighbours: Neighbours, downwards: boolean): Rows => {
  const sorted: (readonly string[])[] = [...rows];
  const indices = rows.map((_, index) => index);
  for (const index of downwards ? indices : indices.reverse()) {
    const fixed = placesOf(sorted[index + (downwards ? -1 : 1)] ?? []);
    const row = sorted[index] ?? [];
    const own = placesOf(row);
    const weight = (id: string): number => {
      const places = (neighbours.get(id) ?? []).flatMap((other) => fixed.get(other) ?? []);
      return places.length === 0 ? (own.get(id) ?? 0) : places.reduce((sum, place) => sum + place, 0) / places.length;
    };
    const weights = new Map(row.map((id) => [id, weight(id)]));
    sorted[index] = [...row].sort((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0));
  }
  return sorted;
};

const NUM_SWEEPS = 8;

/** Rows of nodes from top to bottom, each from left to right; `ids` in the order that decides where nothing else does. */
export const rowsOf = (ids: readonly string[], arrows: readonly Arrow[]): Rows => {
  const ranks = ranksOf(ids, arrows);
  const numRows = Math.max(-1, ...ranks.values()) + 1;
  const rows: string[][] = Array.from({ length: numRows }, () => []);
  for (const id of ids) rows[ranks.get(id) ?? 0]?.push(id);
  // An arrow over several rows passes through a place of its own in each.
  const steps: Arrow[] = [];
  arrows.forEach(({ from, to }, index) => {
    let last = from;
    for (let rank = (ranks.get(from) ?? 0) + 1; rank < (ranks.get(to) ?? 0); rank += 1) {
      const passing = `\u0000${index} ${rank}`;
      rows[rank]?.push(passing);
      steps.push({ from: last, to: passing });
      last = passing;
    }
    steps.push({ from: last, to });
  });
  const all = rows.flat();
  const [before, after] = [neighboursOf(all, steps, "to"), neighboursOf(all, steps, "from")];
  let best: Rows = rows;
  let fewest = crossings(best, after);
  let current: Rows = rows;
  for (let count = 0; count < NUM_SWEEPS && fewest > 0; count += 1) {
    const downwards = count % 2 === 0;
    current = sweep(current, downwards ? before : after, downwards);
    const found = crossings(current, after);
    if (found < fewest) [best, fewest] = [current, found];
  }
  const known = new Set(ids);
  return best.map((row) => row.filter((id) => known.has(id)));
};

/** The longest way along the arrows, from top to bottom: the net itself, of which the rest branches off. */
export const longestPath = (ids: readonly string[], arrows: readonly Arrow[]): ReadonlySet<string> => {
  const after = neighboursOf(ids, arrows, "from");
  const ranks = ranksOf(ids, arrows);
  const lengths = new Map<string, number>();
  const longestOf = (some: readonly string[]): string | undefined =>
    some.reduce<string | undefined>(
      (best, id) => (best === undefined || (lengths.get(id) ?? 0) > (lengths.get(best) ?? 0) ? id : best),
      undefined,
    );
  for (const id of [...ids].sort((a, b) => (ranks.get(b) ?? 0) - (ranks.get(a) ?? 0))) {
    const next = longestOf(after.get(id) ?? []);
    lengths.set(id, 1 + (next === undefined ? 0 : (lengths.get(next) ?? 0)));
  }
  const path = new Set<string>();
  for (let id = longestOf(ids); id !== undefined; id = longestOf(after.get(id) ?? [])) path.add(id);
  return path;
};

/**
 * Places with at least `distance` between neighbours, the weighted sum of squared distances from those wanted as small as can be:
 * neighbours that would come too close share one mean (pool adjacent violators).
 */
export const spread = (
  wanted: readonly number[],
  distance: number,
  weights: readonly number[] = [],
): readonly number[] => {
  const pools: { sum: number; weight: number; count: number }[] = [];
  for (const [index, place] of wanted.entries()) {
    const weight = weights[index] ?? 1;
    pools.push({ sum: (place - index * distance) * weight, weight, count: 1 });
    for (let last = pools.at(-1), other = pools.at(-2); last && other; last = pools.at(-1), other = pools.at(-2)) {
      if (other.sum / other.weight <= last.sum / last.weight) break;
      pools.pop();
      other.sum += last.sum;
      other.weight += last.weight;
      other.count += last.count;
    }
  }
  return pools
    .flatMap(({ sum, weight, count }) => Array.from({ length: count }, () => sum / weight))
    .map((place, index) => place + index * distance);
};

/** What the longest path weighs against a branch: it stays straight. */
const STRAIGHT = 1e6;

/** The middle of each node across the rows, which stand `distance` apart at least; nodes of `straight` below each other, at 0. */
export const middlesOf = (
  rows: Rows,
  arrows: readonly Arrow[],
  distance: number,
  straight: ReadonlySet<string>,
): ReadonlyMap<string, number> => {
  const ids = rows.flat();
  const [before, after] = [neighboursOf(ids, arrows, "to"), neighboursOf(ids, arrows, "from")];
  const middles = new Map<string, number>();
  for (const row of rows) {
    const origin = Math.max(
      0,
      row.findIndex((id) => straight.has(id)),
    );
    for (const [place, id] of row.entries()) middles.set(id, (place - origin) * distance);
  }
  const wantedOf = (id: string, neighbours: Neighbours): number => {
    if (straight.has(id)) return 0;
    const others = (neighbours.get(id) ?? []).flatMap((other) => middles.get(other) ?? []);
    return others.length === 0 ? (middles.get(id) ?? 0) : others.reduce((sum, at) => sum + at, 0) / others.length;
  };
  const settle = (row: readonly string[], neighbours: Neighbours): void => {
    const [only, ...others] = row;
    if (only !== undefined && others.length === 0) {
      middles.set(only, Math.round(wantedOf(only, neighbours)));
      return;
    }
    const wanted = row.map((id) => wantedOf(id, neighbours));
    const weights = row.map((id) => (straight.has(id) ? STRAIGHT : 1));
    for (const [index, place] of spread(wanted, distance, weights).entries())
      middles.set(row[index] ?? "", Math.round(place));
  };
  for (const row of rows) settle(row, before);
  for (const row of [...rows].reverse()) settle(row, after);
  for (const row of rows) settle(row, before);
  return middles;
};
