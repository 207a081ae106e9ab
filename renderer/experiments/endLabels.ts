/** Places the labels at the ends of lines so that none covers a line or another label. */

export interface EndLabel {
  readonly text: string;
  readonly color: string;
  /** Highest and lowest px of its line over the label's width; px grow downwards. */
  readonly line: readonly [number, number];
}

const HALF = 6;
const LINE = 11;

/** How far a label at `y` is from a stretch of a line. */
const clearance = (y: number, [top, bottom]: readonly [number, number]): number =>
  y < top ? top - y : y > bottom ? y - bottom : 0;

/** Moves y apart at least a line of text apart, and into the plot; the order stays. */
export const spreadApart = (wanted: readonly number[], top: number, bottom: number, gap = LINE): readonly number[] => {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const places = [...wanted];
  let last = top - gap;
  for (const index of order) {
    places[index] = Math.max(places[index] ?? 0, last + gap);
    last = places[index] ?? last;
  }
  // What was pushed out at the bottom pushes back.
  let next = bottom + gap;
  for (const index of order.toReversed()) {
    places[index] = Math.min(places[index] ?? 0, next - gap);
    next = places[index] ?? next;
  }
  return places;
};

/** y of the middle of each label's text: above or below its line's end, wherever other lines leave more room; at least a line of text apart. */
export const placeEndLabels = (labels: readonly EndLabel[], top: number, bottom: number): readonly number[] => {
  const wanted = labels.map(({ line }, index) => {
    const room = (y: number): number => {
      if (y < top - LINE || y > bottom - HALF + 1) return -1;
      const others = labels.filter((_, other) => other !== index).map((other) => clearance(y, other.line));
      // The band of titles is no place of choice.
      return Math.min(2 * LINE, y < top ? HALF : 2 * LINE, ...others);
    };
    const [above, below] = [line[0] - HALF - 2, line[1] + HALF + 2];
    return room(above) >= room(below) ? above : below;
  });
  return spreadApart(wanted, top - 2 * LINE, bottom - HALF + 1);
};
