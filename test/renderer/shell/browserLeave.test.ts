/** A browser asks before a page goes that has a run under way, for the run goes with it. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TrainEvent } from "../../../engine/protocol.ts";
import { createBrowserShell } from "../../../renderer/shell/browser.ts";
import { startedEvent } from "../run/events.ts";

// Their database is none that a test page has, and no part of the question.
vi.mock("../../../renderer/shell/browserStudies.ts", () => ({
  createBrowserStudies: () => ({ list: async () => [], hold: () => undefined }),
}));
vi.mock("../../../renderer/shell/browserRuns.ts", () => ({
  createBrowserRuns: () => ({ makeRoom: async () => undefined }),
}));

class FakeWorker extends EventTarget {
  static last: FakeWorker;
  constructor() {
    super();
    FakeWorker.last = this;
  }
  readonly postMessage = (): undefined => undefined;
  readonly terminate = (): undefined => undefined;
  say(data: TrainEvent): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

beforeEach(() => vi.stubGlobal("Worker", FakeWorker));
afterEach(() => vi.unstubAllGlobals());

const asks = (): boolean => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));

it("asks while a run trains or is paused, and not before or after", () => {
  const shell = createBrowserShell();
  expect(asks()).toBe(false);
  const trainer = shell.startTrainer({ onEvent: () => undefined, onExit: () => undefined });
  expect(asks()).toBe(false);
  FakeWorker.last.say(startedEvent(["fc1"]));
  expect(asks()).toBe(true);
  FakeWorker.last.say({ type: "paused", step: 1 });
  expect(asks()).toBe(true);
  trainer.kill();
  expect(asks()).toBe(false);
});
