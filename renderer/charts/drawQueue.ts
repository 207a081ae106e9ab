/**
 * Spreads the drawing of many strips over animation frames. When the run moves on, every strip on screen is due; each frame draws
 * as many as fit into `FRAME_BUDGET_MS` and the rest follow in the next one, first come first served.
 */
import { isDrawnIn, isPaced, subscribeLive } from "../run/liveRun.ts";
import { runStore } from "../run/runStore.ts";
import { subscribeTheme } from "./colors.ts";

export const FRAME_BUDGET_MS = 2;
/** With many strips there is much else on the page: the browser takes several times as long to show what was drawn. */
const MANY_BUDGET_MS = 1.5;
/** Each tile that something changed on is drawn anew, all of it: some 0.4 ms. */
const MOST_TILES = 4;
/** Of them in a frame in which something else of the run is drawn, too. */
const MOST_BESIDE = 2;
/** Where more than this is due, drawing begins with the next frame: the one in which the run moves on has its numbers to write. */
const MOST_AT_ONCE = 100;
/** While a hand moves the graph all is drawn seldom, and then in few frames: in many, each copies the same tiles again. */
const PACED_BUDGET_MS = 12;

export interface Drawable {
  /** Brings canvas and texts up to date. */
  readonly draw: () => void;
  /** What is drawn on the same tile of a picture has the same place: many are drawn tile by tile, or each would be drawn several times. */
  readonly place: () => number;
  /** The tiles on which its last `draw` changed something. */
  readonly tiles: () => readonly string[];
}

/** On no tile. */
const NOWHERE: Pick<Drawable, "place" | "tiles"> = { place: () => 0, tiles: () => [] };

const drawables = new Set<Drawable>();
const due = new Set<Drawable>();
let requested = false;
let numWaited = 0;
let stopWatching: (() => void) | null = null;

/** Draws what is due until the budget is spent; returns whether something is left. */
export const drawDue = (now: () => number = () => performance.now(), mostTiles = MOST_TILES): boolean => {
  const start = now();
  const areMany = drawables.size > MOST_AT_ONCE && !isPaced();
  const budgetMs = isPaced() ? PACED_BUDGET_MS : areMany ? MANY_BUDGET_MS : FRAME_BUDGET_MS;
  const changed = new Set<string>();
  for (const drawable of due) {
    due.delete(drawable);
    drawable.draw();
    if (areMany) for (const tile of drawable.tiles()) changed.add(tile);
    if (now() - start >= budgetMs || changed.size >= mostTiles) break;
  }
  return due.size > 0;
};

/** So many frames in a row: the run's numbers, its findings and its timeline in the frames after. */
const MOST_WAITED = 3;

/** Whether this frame has the run's numbers to write, and many strips can wait for a later one. */
const waits = (frame: DOMHighResTimeStamp): boolean =>
  numWaited < MOST_WAITED &&
  drawables.size > MOST_AT_ONCE &&
  !isPaced() &&
  runStore.getState().shownStep === null &&
  isDrawnIn(frame);

const drawFrame = (frame: DOMHighResTimeStamp): void => {
  requested = false;
  numWaited = waits(frame) ? numWaited + 1 : 0;
  if (numWaited > 0 || drawDue(undefined, isDrawnIn(frame) ? MOST_BESIDE : MOST_TILES)) schedule();
};

const schedule = (): void => {
  if (requested) return;
  requested = true;
  requestAnimationFrame(drawFrame);
};

const everythingDue = (): void => {
  if (drawables.size <= MOST_AT_ONCE) {
    for (const drawable of drawables) due.add(drawable);
    return;
  }
  const places = new Map([...drawables].map((drawable) => [drawable, drawable.place()]));
  const byPlace = [...places].sort(([, a], [, b]) => a - b);
  // What was due before the run moved on still comes first.
  for (const [drawable] of byPlace) due.add(drawable);
};

/** Draws at once what fits: subscribers of the run are called inside an animation frame already. */
const runMoved = (): void => {
  everythingDue();
  if (due.size > MOST_AT_ONCE || drawDue()) schedule();
};

const themeMoved = (): void => {
  everythingDue();
  schedule();
};

/** Calls `draw` in an animation frame soon, after what is due. */
export const drawOnce = (draw: () => void, tiles: Drawable["tiles"]): void => {
  due.add({ draw, place: () => 0, tiles });
  schedule();
};

/** Calls `draw` in an animation frame soon, and whenever the run, the step shown or the theme changed; returns how to stop. */
export const keepDrawn = (
  draw: () => void,
  { place, tiles }: Pick<Drawable, "place" | "tiles"> = NOWHERE,
): (() => void) => {
  const drawable: Drawable = { draw, place, tiles };
  if (stopWatching === null) {
    const stops = [subscribeLive(runMoved), subscribeTheme(themeMoved)];
    stopWatching = () => {
      for (const stop of stops) stop();
    };
  }
  drawables.add(drawable);
  due.add(drawable);
  schedule();
  return () => {
    drawables.delete(drawable);
    due.delete(drawable);
    if (drawables.size === 0) {
      stopWatching?.();
      stopWatching = null;
    }
  };
};
