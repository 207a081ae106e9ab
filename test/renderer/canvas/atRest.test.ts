import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { atRest } from "../../../renderer/canvas/atRest.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("calls back once when nothing was noted for so long, and again after the next rest", () => {
  const called = vi.fn();
  const { note } = atRest(300, called);
  note();
  vi.advanceTimersByTime(250);
  note();
  vi.advanceTimersByTime(299);
  expect(called).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(called).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(5000);
  expect(called).toHaveBeenCalledTimes(1);
  note();
  vi.advanceTimersByTime(300);
  expect(called).toHaveBeenCalledTimes(2);
});

it("does not call back once cancelled", () => {
  const called = vi.fn();
  const { note, cancel } = atRest(300, called);
  note();
  cancel();
  vi.advanceTimersByTime(5000);
  expect(called).not.toHaveBeenCalled();
  note();
  vi.advanceTimersByTime(300);
  expect(called).toHaveBeenCalledTimes(1);
});
