/** Going through what a run has measured, step by step or by itself. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { shownStepOf } from "./liveRun.ts";
import type { RunHistory } from "./runHistory.ts";
import { runStore } from "./runStore.ts";

/** The whole run takes about this long, a measurement at least a twentieth of a second. */
const WHOLE_RUN_MS = 12_000;
const LEAST_INTERVAL_MS = 50;

const playbackStore = createStore<{ readonly playing: boolean }>(() => ({ playing: false }));

export const useIsPlaying = (): boolean => useStore(playbackStore, ({ playing }) => playing);
export const isPlaying = (): boolean => playbackStore.getState().playing;

/** The step of the measurement `by` places on from the one shown; the ends stay where they are. */
export const measuredStep = ({ frames }: Pick<RunHistory, "frames">, step: number, by: number): number => {
  const at = frames.findLastIndex((frame) => frame.step <= step);
  // Between two measurements, one back is the one that is shown.
  const isBetween = (frames[at]?.step ?? step) < step;
  const target = Math.min(frames.length - 1, Math.max(0, at + by + (isBetween && by < 0 ? 1 : 0)));
  return frames[target]?.step ?? step;
};

export const moveMeasurements = (by: number): void => {
  const run = runStore.getState();
  if (run.history !== null) run.showStep(measuredStep(run.history, shownStepOf(run), by));
};

let stopPlaying: () => void = () => undefined;

/** Moves on with every animation frame, at most to the end; any other change of the step ends it. */
const play = (): void => {
  const { history } = runStore.getState();
  if (history === null || history.frames.length < 2) return;
  const isAtEnd = runStore.getState().shownStep === null;
  if (isAtEnd) runStore.getState().showStep(history.frames[0]?.step ?? 1);
  const perMs = Math.min(1 / LEAST_INTERVAL_MS, history.frames.length / WHOLE_RUN_MS);
  let [last, owed] = [performance.now(), 0];
  let expected = runStore.getState().shownStep;
  let request = 0;
  const advance = (now: number): void => {
    const run = runStore.getState();
    if (run.history !== history || run.shownStep !== expected || run.shownStep === null) {
      stopPlaying();
      return;
    }
    owed += Math.max(0, now - last) * Math.max(perMs, 1 / 1000);
    last = now;
    if (owed >= 1) {
      run.showStep(measuredStep(history, shownStepOf(run), Math.floor(owed)));
      owed %= 1;
      expected = runStore.getState().shownStep;
    }
    request = requestAnimationFrame(advance);
  };
  request = requestAnimationFrame(advance);
  playbackStore.setState({ playing: true });
  stopPlaying = () => {
    cancelAnimationFrame(request);
    playbackStore.setState({ playing: false });
    stopPlaying = () => undefined;
  };
};

export const togglePlayback = (): void => {
  if (isPlaying()) stopPlaying();
  else play();
};
