/** Guides while nodes are dragged: edges and middles that line up with other nodes, and equal gaps. Pure; canvas px at zoom 1. */
import type { Position } from "../../engine/index.ts";
import type { Box } from "./geometry.ts";
import { COLUMN_GAP, GROUP_GAP } from "./placement.ts";

/** A hairline on the canvas, across (`y` is one value) or down. A gap has ticks at its ends. */
export interface Guide {
  readonly kind: "line" | "gap";
  readonly from: Position;
  readonly to: Position;
}

export interface Guided {
  /** What to add to the positions of what is dragged. */
  readonly shift: Position;
  readonly guides: readonly Guide[];
}

type Axis = "x" | "y";

/** A box along one axis, and across it. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly crossStart: number;
  readonly crossEnd: number;
}

const spanOf = (axis: Axis, { left, right, top, bottom }: Box): Span =>
  axis === "x"
    ? { start: left, end: right, crossStart: top, crossEnd: bottom }
    : { start: top, end: bottom, crossStart: left, crossEnd: right };

const shifted = (box: Box, { x, y }: Position): Box => ({
  left: box.left + x,
  right: box.right + x,
  top: box.top + y,
  bottom: box.bottom + y,
});

/** Middles first: ports stand there. */
const STOPS: readonly ((span: Span) => number)[] = [
  ({ start, end }) => (start + end) / 2,
  ({ start }) => start,
  ({ end }) => end,
];

const point = (axis: Axis, along: number, across: number): Position =>
  axis === "x" ? { x: along, y: across } : { x: across, y: along };

/** The smallest move, by size, of at most `reach`; the first of equal ones. */
const smallest = (moves: readonly number[], reach: number): number | null => {
  let best: number | null = null;
  for (const move of moves) {
    if (Math.abs(move) <= reach && (best === null || Math.abs(move) < Math.abs(best))) best = move;
  }
  return best;
};

/** The smallest move that lines the box up with another one. */
const lineMove = (moving: Span, others: readonly Span[], reach: number): number | null => {
  let best: number | null = null;
  for (const stop of STOPS) {
    const at = stop(moving);
    for (const other of others) {
      const move = stop(other) - at;
      if (Math.abs(move) <= reach && (best === null || Math.abs(move) < Math.abs(best))) best = move;
    }
  }
  return best;
};

const SAME = 0.01;

/** The line through the moved box and all that line up with it. */
const lineOf = (axis: Axis, moved: Span, others: readonly Span[]): readonly Guide[] => {
  for (const stop of STOPS) {
    const aligned = others.filter((other) => Math.abs(stop(other) - stop(moved)) < SAME);
    if (aligned.length === 0) continue;
    const all = [moved, ...aligned];
    const along = stop(moved);
    const from = point(axis, along, Math.min(...all.map(({ crossStart }) => crossStart)));
    const to = point(axis, along, Math.max(...all.map(({ crossEnd }) => crossEnd)));
    return [{ kind: "line", from, to }];
  }
  return [];
};

interface Lane {
  /** Nearest neighbours that overlap across the axis. */
  readonly before: Span | undefined;
  readonly after: Span | undefined;
  /** Pairs of other nodes that follow each other in the lane. */
  readonly pairs: readonly (readonly [Span, Span])[];
}

const laneOf = (moving: Span, others: readonly Span[], reach: number): Lane => {
  const lane = others
    .filter(({ crossStart, crossEnd }) => crossStart < moving.crossEnd && moving.crossStart < crossEnd)
    .sort((a, b) => a.start - b.start);
  const before = lane.filter(({ end }) => end <= moving.start + reach).at(-1);
  const after = lane.find(({ start }) => start >= moving.end - reach);
  const pairs = lane.flatMap((span, index) => {
    const next = lane[index + 1];
    return next === undefined || next.start < span.end ? [] : [[span, next] as const];
  });
  return { before, after, pairs };
};

const usualGap = (axis: Axis): number => (axis === "x" ? GROUP_GAP : COLUMN_GAP);

const gapMoves = (axis: Axis, moving: Span, { before, after, pairs }: Lane): readonly number[] => {
  const gaps = [usualGap(axis), ...pairs.map(([a, b]) => b.start - a.end)];
  return [
    ...(before && after ? [(before.end + after.start - moving.start - moving.end) / 2] : []),
    ...(before ? gaps.map((gap) => before.end + gap - moving.start) : []),
    ...(after ? gaps.map((gap) => after.start - gap - moving.end) : []),
  ].map(Math.round);
};

/** Where a gap beside the moved box equals another one, both of them. */
const gapsOf = (axis: Axis, moved: Span, { before, after, pairs }: Lane): readonly Guide[] => {
  const own = [...(before ? [[before, moved] as const] : []), ...(after ? [[moved, after] as const] : [])];
  const length = ([a, b]: readonly [Span, Span]): number => b.start - a.end;
  const others = pairs.filter(([a, b]) => a !== before || b !== after);
  const shown = new Set<readonly [Span, Span]>();
  for (const gap of own) {
    const equal = [...own, ...others].filter(
      (other) => other !== gap && length(gap) > 0 && Math.abs(length(other) - length(gap)) <= 1,
    );
    if (equal.length > 0) for (const each of [gap, ...equal]) shown.add(each);
  }
  return [...shown].map(([a, b]) => {
    const across = (Math.max(a.crossStart, b.crossStart) + Math.min(a.crossEnd, b.crossEnd)) / 2;
    return { kind: "gap", from: point(axis, a.end, across), to: point(axis, b.start, across) };
  });
};

type Spans = Readonly<Record<Axis, readonly Span[]>>;

/** By the list of boxes: at all moves of a drag it is the same. */
const knownSpans = new WeakMap<readonly Box[], Spans>();

const spansOf = (boxes: readonly Box[]): Spans => {
  const known = knownSpans.get(boxes);
  if (known !== undefined) return known;
  const spans = { x: boxes.map((box) => spanOf("x", box)), y: boxes.map((box) => spanOf("y", box)) };
  knownSpans.set(boxes, spans);
  return spans;
};

/**
 * How a dragged box snaps to what is within `reach`, and the guides that say to what. With frames it lines up, too, but they stand in no row:
 * what is in them does.
 */
export const guidesFor = (moving: Box, others: readonly Box[], reach: number, frames: readonly Box[] = []): Guided => {
  let moved = moving;
  const [spans, ofFrames] = [spansOf(others), spansOf(frames)];
  const linesOf = (axis: Axis): readonly Span[] =>
    frames.length === 0 ? spans[axis] : [...spans[axis], ...ofFrames[axis]];
  const lines = { x: linesOf("x"), y: linesOf("y") };
  const shift = { x: 0, y: 0 };
  // The first axis decides which nodes are in a lane of the second.
  for (const axis of ["x", "y"] as const) {
    const [own, all] = [spanOf(axis, moved), spans[axis]];
    const byLine = lineMove(own, lines[axis], reach);
    const byGap = smallest(gapMoves(axis, own, laneOf(own, all, reach)), reach);
    const move = byLine === null || (byGap !== null && Math.abs(byGap) < Math.abs(byLine)) ? byGap : byLine;
    shift[axis] = move ?? 0;
    moved = shifted(moving, shift);
  }
  const guides = (["x", "y"] as const).flatMap((axis) => {
    const [own, all] = [spanOf(axis, moved), spans[axis]];
    return [...lineOf(axis, own, lines[axis]), ...gapsOf(axis, own, laneOf(own, all, SAME))];
  });
  return { shift, guides };
};
