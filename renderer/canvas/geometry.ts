/** Boxes of nodes, positions of ports, and the way of an edge between them, in canvas px at zoom 1. */
import { type CanvasNote, type DocumentNode, NODE_WIDTH, nodeHeight, type Position } from "../../engine/index.ts";

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const boxOf = (node: Pick<DocumentNode, "kind" | "position" | "folded" | "bypassed">): Box => ({
  left: node.position.x,
  top: node.position.y,
  right: node.position.x + NODE_WIDTH,
  bottom: node.position.y + nodeHeight(node),
});

/** The smallest box around all. */
export const unionOf = (boxes: readonly Box[]): Box => ({
  left: Math.min(...boxes.map((box) => box.left)),
  top: Math.min(...boxes.map((box) => box.top)),
  right: Math.max(...boxes.map((box) => box.right)),
  bottom: Math.max(...boxes.map((box) => box.bottom)),
});

export const boxOfNote = ({ position: { x, y }, size }: Pick<CanvasNote, "position" | "size">): Box => ({
  left: x,
  top: y,
  right: x + size.width,
  bottom: y + size.height,
});

/** Whether two boxes touch when each keeps `gap` of distance. */
export const overlaps = (a: Box, b: Box, gap: number): boolean =>
  a.left < b.right + gap && b.left < a.right + gap && a.top < b.bottom + gap && b.top < a.bottom + gap;

/** What two boxes share; null where they are apart. */
export const overlapOf = (a: Box, b: Box): Box | null => {
  const [left, right] = [Math.max(a.left, b.left), Math.min(a.right, b.right)];
  const [top, bottom] = [Math.max(a.top, b.top), Math.min(a.bottom, b.bottom)];
  return left < right && top < bottom ? { left, top, right, bottom } : null;
};

/** Where port `index` of `count` stands along the border, as a share of the width. */
export const portShare = (index: number, count: number): number => (index + 1) / (count + 1);

export type Point = readonly [x: number, y: number];

/** How far an edge goes straight out of a port: the middle of the gap between two nodes of a column. */
export const EDGE_LEAD = 8;
const SIDE_GAP = 18;
/** Half the gap between two columns. */
const COLUMN_LEAD = 30;

/**
 * Corners of the way from an output (leaving downwards) to an input (entering from above): straight where it can be, between the
 * columns where the two stand in different ones, and around the right side where nodes are in between (`obstructed`) or above. An edge
 * with points of its own goes through them.
 */
export const routeEdge = (
  from: Point,
  to: Point,
  obstructed: boolean,
  through: readonly Position[] = [],
): readonly Point[] => {
  const [x1, y1] = from;
  const [x2, y2] = to;
  const lead = Math.min(EDGE_LEAD, Math.max(0, (y2 - y1) / 2) || EDGE_LEAD);
  if (through.length > 0) {
    const points = through.map(({ x, y }): Point => [x, y]);
    return [from, [x1, y1 + EDGE_LEAD], ...points, [x2, y2 - EDGE_LEAD], to];
  }
  if (!obstructed && y2 > y1 && Math.abs(x1 - x2) < 1) return [from, to];
  const apart = Math.abs(x1 - x2) > NODE_WIDTH;
  if (!obstructed && !apart && y2 - y1 >= 2 * lead && y2 > y1) {
    const middle = (y1 + y2) / 2;
    return [from, [x1, middle], [x2, middle], to];
  }
  // To a column farther right: in the gap before it, past the columns between.
  const across = x2 > x1 ? Math.max((x1 + x2) / 2, x2 - NODE_WIDTH / 2 - COLUMN_LEAD) : (x1 + x2) / 2;
  const between = apart ? across : Math.max(x1, x2) + NODE_WIDTH / 2 + SIDE_GAP;
  return [from, [x1, y1 + lead], [between, y1 + lead], [between, y2 - lead], [x2, y2 - lead], to];
};

/** An SVG path through the corners, rounded. */
export const roundedPath = (points: readonly Point[], radius: number): string => {
  const [start] = points;
  if (start === undefined) return "";
  let path = `M${start[0]} ${start[1]}`;
  for (let index = 1; index < points.length; index += 1) {
    const [point, before, after] = [points[index], points[index - 1], points[index + 1]];
    if (point === undefined || before === undefined) continue;
    if (after === undefined) {
      path += `L${point[0]} ${point[1]}`;
      continue;
    }
    const [inLength, outLength] = [distance(before, point), distance(point, after)];
    const r = Math.min(radius, inLength / 2, outLength / 2);
    if (r === 0) {
      path += `L${point[0]} ${point[1]}`;
      continue;
    }
    const toward = (other: Point, length: number): Point => [
      point[0] + ((other[0] - point[0]) * r) / length,
      point[1] + ((other[1] - point[1]) * r) / length,
    ];
    const enter = toward(before, inLength);
    const leave = toward(after, outLength);
    path += `L${enter[0]} ${enter[1]}Q${point[0]} ${point[1]} ${leave[0]} ${leave[1]}`;
  }
  return path;
};

const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** Distance of a point from the way of an edge. */
export const distanceToRoute = (points: readonly Point[], { x, y }: Position): number => {
  let nearest = Number.POSITIVE_INFINITY;
  for (let index = 1; index < points.length; index += 1) {
    const [a, b] = [points[index - 1], points[index]];
    if (a === undefined || b === undefined) continue;
    const length = distance(a, b);
    const along = length === 0 ? 0 : ((x - a[0]) * (b[0] - a[0]) + (y - a[1]) * (b[1] - a[1])) / length ** 2;
    const t = Math.min(1, Math.max(0, along));
    nearest = Math.min(nearest, Math.hypot(a[0] + t * (b[0] - a[0]) - x, a[1] + t * (b[1] - a[1]) - y));
  }
  return nearest;
};

const ORIGIN: Point = [0, 0];

/** The middle of the way, where its label stands. */
export const middleOfRoute = (points: readonly Point[]): Point => {
  let length = 0;
  for (let index = 1; index < points.length; index += 1) {
    length += distance(points[index - 1] ?? ORIGIN, points[index] ?? ORIGIN);
  }
  let left = length / 2;
  for (let index = 1; index < points.length; index += 1) {
    const [a, b]: readonly [Point, Point] = [points[index - 1] ?? ORIGIN, points[index] ?? ORIGIN];
    const step = distance(a, b);
    if (step >= left && step > 0) return [a[0] + ((b[0] - a[0]) * left) / step, a[1] + ((b[1] - a[1]) * left) / step];
    left -= step;
  }
  return points[0] ?? ORIGIN;
};
