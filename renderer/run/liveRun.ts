/**
 * What is drawn while a run streams goes past React: one animation frame after anything changed, every subscriber reads the
 * stores and writes its own text or canvas.
 */
import { useCallback, useEffect, useLayoutEffect, useRef } from "react";
import { newestStepOf } from "./newestStep.ts";
import type { RunHistory } from "./runHistory.ts";
import { type RunStoreState, runStore } from "./runStore.ts";

const subscribers = new Set<() => void>();
let requested = 0;
/** The time of the frame in which was drawn last, as all that is called for it have it. */
let drawnFrame = Number.NaN;
let followed: RunHistory | null = null;
let unfollow: () => void = () => undefined;
let watching = false;
let leastIntervalMs = 0;
let drawnAt = Number.NEGATIVE_INFINITY;
let waiting = 0;

const draw = (frame: DOMHighResTimeStamp): void => {
  requested = 0;
  drawnFrame = frame;
  drawnAt = performance.now();
  for (const subscriber of [...subscribers]) subscriber();
};

/** Asks for one drawing on the next animation frame, or when the pace allows it. */
export const requestDraw = (): void => {
  if (requested !== 0 || waiting !== 0) return;
  const waitMs = drawnAt + leastIntervalMs - performance.now();
  if (waitMs <= 0) requested = requestAnimationFrame(draw);
  else
    waiting = window.setTimeout(() => {
      waiting = 0;
      requestDraw();
    }, waitMs);
};

/** Draws no more often than this from now on; 0 is as often as anything changes. */
export const paceLive = (intervalMs: number): void => {
  if (intervalMs === leastIntervalMs) return;
  leastIntervalMs = intervalMs;
  if (waiting === 0) return;
  window.clearTimeout(waiting);
  waiting = 0;
  requestDraw();
};

/** To be called in the frames to come, one in each. */
const following: (() => void)[] = [];

let nextRequested = false;

const requestNext = (): void => {
  if (nextRequested || following.length === 0) return;
  nextRequested = true;
  requestAnimationFrame((frame) => {
    nextRequested = false;
    drawnFrame = frame;
    following.shift()?.();
    requestNext();
  });
};

/** Calls back in the frame after this one, or after those who asked before: they take 2 to 3 ms each. Returns how to prevent that. */
export const requestAfter = (callback: () => void): (() => void) => {
  const entry = (): void => callback();
  following.push(entry);
  requestNext();
  return () => {
    const index = following.indexOf(entry);
    // The frame that was asked for comes, and does what is next.
    if (index >= 0) following.splice(index, 1);
  };
};

/** Whether something of the run is drawn in this frame, before or after who asks. */
export const isDrawnIn = (frame: DOMHighResTimeStamp): boolean =>
  requested !== 0 || following.length > 0 || drawnFrame === frame;

/** Whether a pace is set. */
export const isPaced = (): boolean => leastIntervalMs > 0;

/** Replacing the text of a text node costs the browser half of what replacing the node does. */
export const writeText = (element: Element | null, text: string): void => {
  if (element === null || element.textContent === text) return;
  const { firstChild } = element;
  if (firstChild instanceof Text && firstChild.nextSibling === null) firstChild.data = text;
  else element.textContent = text;
};

const follow = (): void => {
  const { history } = runStore.getState();
  if (history !== followed) {
    unfollow();
    followed = history;
    unfollow = history?.subscribe(requestDraw) ?? (() => undefined);
  }
  requestDraw();
};

/** Called once per animation frame in which the run, the step shown or the measurements changed; returns how to stop. */
export const subscribeLive = (subscriber: () => void): (() => void) => {
  if (!watching) {
    watching = true;
    runStore.subscribe(follow);
    follow();
  }
  subscribers.add(subscriber);
  return () => subscribers.delete(subscriber);
};

/** Draws now, and whenever the run moves on. */
export const useLive = (drawLive: () => void): void => {
  const latest = useRef(drawLive);
  latest.current = drawLive;
  // Without dependencies: what React has just rendered must not show a stale text for even one frame.
  useLayoutEffect(() => latest.current());
  useEffect(() => subscribeLive(() => latest.current()), []);
};

/**
 * As `useLive`, for a large picture: while a run streams it comes a frame after the numbers. Drawing it and laying out what changed of the page cost
 * the browser 3 ms each.
 */
export const useLiveAfter = (drawLive: () => void): void => {
  const latest = useRef(drawLive);
  latest.current = drawLive;
  useLayoutEffect(() => latest.current());
  useEffect(() => {
    let prevent: (() => void) | null = null;
    const drawNow = (): void => {
      prevent?.();
      prevent = null;
      latest.current();
    };
    const stop = subscribeLive(() => {
      const { shownStep, state } = runStore.getState();
      if (shownStep !== null || state.phase !== "running" || isPaced()) drawNow();
      else
        prevent ??= requestAfter(() => {
          prevent = null;
          latest.current();
        });
    });
    return () => {
      prevent?.();
      stop();
    };
  }, []);
};

/** The step whose values are on screen; 0 before the first. */
export const shownStepOf = (run: RunStoreState): number => {
  const newest = newestStepOf(run);
  return Math.min(run.shownStep ?? newest, newest);
};

/** A ref for an element whose text is read from the run on every change, without rendering. */
export const useLiveText = <E extends HTMLElement>(read: (run: RunStoreState) => string) => {
  const element = useRef<E>(null);
  useLive(
    useCallback(() => {
      writeText(element.current, read(runStore.getState()));
    }, [read]),
  );
  return element;
};
