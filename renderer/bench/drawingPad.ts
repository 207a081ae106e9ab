/** Strokes on a sheet of ink values, 0 to 255, apart from any element: what is drawn is what the net is shown. */
import type { Plane } from "./preprocess.ts";

export const SHEET = 280;

export const emptySheet = (): Plane => ({ width: SHEET, height: SHEET, values: new Float64Array(SHEET * SHEET) });

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Squared distance of (x, y) from a segment. */
const squaredDistance = (x: number, y: number, from: Point, to: Point): number => {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - from.x) * dx + (y - from.y) * dy) / length));
  return (x - from.x - along * dx) ** 2 + (y - from.y - along * dy) ** 2;
};

/** A new sheet with a round line of this thickness, its edge one pixel soft; `erases` takes ink away. */
export const drawLine = (
  sheet: Plane,
  line: { readonly from: Point; readonly to: Point; readonly thickness: number; readonly erases: boolean },
): Plane => {
  const { from, to, thickness, erases } = line;
  const radius = thickness / 2;
  const values = sheet.values.slice();
  const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, value));
  const top = clamp(Math.floor(Math.min(from.y, to.y) - radius - 1), sheet.height);
  const bottom = clamp(Math.ceil(Math.max(from.y, to.y) + radius + 1), sheet.height);
  const left = clamp(Math.floor(Math.min(from.x, to.x) - radius - 1), sheet.width);
  const right = clamp(Math.ceil(Math.max(from.x, to.x) + radius + 1), sheet.width);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const distance = Math.sqrt(squaredDistance(column + 0.5, row + 0.5, from, to));
      const ink = 255 * clamp(radius + 0.5 - distance, 1);
      const at = row * sheet.width + column;
      const before = values[at] ?? 0;
      values[at] = erases ? Math.min(before, 255 - ink) : Math.max(before, ink);
    }
  }
  return { ...sheet, values };
};
