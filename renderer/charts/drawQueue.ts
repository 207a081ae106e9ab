/**
 * Spreads the drawing of many strips over animation frames. When the run moves on, every strip on screen is due; each frame draws
 * as many as fit into `FRAME_BUDGET_MS` and the rest follow in the next one, first come first served.
 */
import { subscribeLive } from "../run/liveRun.ts";
import { subscribeTheme } from "./colors.ts";

export const FRAME_BUDGET_MS = 5;

export interface Drawable {
  /** Brings canvas and texts up to date. */
  draw(): void;
  /** Off screen nothing is drawn; a strip that comes into view must call `requestDrawing`. */
  isVisible(): boolean;
}

const drawables = new Set<Drawable>();
const due = new Set<Drawable>();
let requested = false;
let stopWatching: (() => void) | null = null;

/** Draws what is due until the budget is spent; returns whether something is left. */
export const drawDue = (now: () => number = () => performance.now()): boolean => {
  const start = now();
  for (const drawable of due) {
    due.delete(drawable);
    if (drawable.isVisible()) drawable.draw();
    if (now() - start >= FRAME_BUDGET_MS) break;
  }
  return due.size > 0;
};

const drawFrame = (): void => {
  requested = false;
  if (drawDue()) schedule();
};

const schedule = (): void => {
  if (requested) return;
  requested = true;
  requestAnimationFrame(drawFrame);
};

/** The drawable is drawn in the next animation frame, or soon after. */
export const requestDrawing = (drawable: Drawable): void => {
  due.add(drawable);
  schedule();
};

const everythingDue = (): void => {
  for (const drawable of drawables) due.add(drawable);
};

/** Draws at once what fits: subscribers of the run are called inside an animation frame already. */
const runMoved = (): void => {
  everythingDue();
  if (drawDue()) schedule();
};

const themeMoved = (): void => {
  everythingDue();
  schedule();
};

/** Keeps the drawable up to date while the run streams or the theme changes; returns how to stop. */
export const keepDrawn = (drawable: Drawable): (() => void) => {
  if (stopWatching === null) {
    const stops = [subscribeLive(runMoved), subscribeTheme(themeMoved)];
    stopWatching = () => {
      for (const stop of stops) stop();
    };
  }
  drawables.add(drawable);
  requestDrawing(drawable);
  return () => {
    drawables.delete(drawable);
    due.delete(drawable);
    if (drawables.size === 0) {
      stopWatching?.();
      stopWatching = null;
    }
  };
};
