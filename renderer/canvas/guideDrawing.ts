/**
 * Guides, drawn: as an SVG path, which has another size at every move of a drag, they had the browser arrange the whole page, 5 to 10 ms with 200
 * nodes.
 */
import type { Guide } from "./guides.ts";

/** Half the length of the ticks at the ends of a gap, in px of the screen. */
export const TICK = 3;

/** A hairline in the accent, one px of the screen wide. */
export const drawGuide = (
  context: OffscreenCanvasRenderingContext2D,
  { kind, from, to }: Guide,
  zoom: number,
  accent: string,
): void => {
  context.strokeStyle = accent;
  context.lineWidth = 1 / zoom;
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  if (kind === "gap") {
    const tick = TICK / zoom;
    const [across, down] = from.x === to.x ? [tick, 0] : [0, tick];
    for (const { x, y } of [from, to]) {
      context.moveTo(x - across, y - down);
      context.lineTo(x + across, y + down);
    }
  }
  context.stroke();
};
