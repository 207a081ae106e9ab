import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  isDrawnIn,
  paceLive,
  requestAfter,
  requestDraw,
  subscribeLive,
  writeText,
} from "../../../renderer/run/liveRun.ts";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["performance", "setTimeout", "clearTimeout", "requestAnimationFrame", "cancelAnimationFrame"],
  });
});

afterEach(() => {
  paceLive(0);
  vi.useRealTimers();
});

describe("the pace of what is drawn live", () => {
  it("is every frame, and slower while a hand moves the graph, without losing the last change", () => {
    let drawn = 0;
    const stop = subscribeLive(() => {
      drawn += 1;
    });
    vi.advanceTimersByTime(1000);
    drawn = 0;
    for (let frame = 0; frame < 10; frame += 1) {
      requestDraw();
      vi.advanceTimersByTime(100);
    }
    expect(drawn).toBe(10);
    paceLive(500);
    drawn = 0;
    for (let frame = 0; frame < 10; frame += 1) {
      requestDraw();
      vi.advanceTimersByTime(100);
    }
    expect(drawn).toBe(2);
    requestDraw();
    paceLive(0);
    vi.advanceTimersByTime(50);
    expect(drawn).toBe(3);
    stop();
  });
});

describe("what follows the numbers of a run", () => {
  it("comes one in a frame, in turn, and says so to what can wait", () => {
    const done: string[] = [];
    const frames: boolean[] = [];
    const watch = (): void => {
      requestAnimationFrame((frame) => {
        frames.push(isDrawnIn(frame));
        watch();
      });
    };
    watch();
    vi.advanceTimersByTime(1000);
    frames.length = 0;
    requestAfter(() => done.push("findings"));
    const prevent = requestAfter(() => done.push("never"));
    requestAfter(() => done.push("timeline"));
    prevent();
    const seen: string[] = [];
    for (let frame = 0; frame < 4; frame += 1) {
      vi.advanceTimersToNextFrame();
      seen.push(done.join());
    }
    expect(seen).toEqual(["findings", "findings,timeline", "findings,timeline", "findings,timeline"]);
    expect(frames).toEqual([true, true, false, false]);
    // One that comes where another was prevented has a frame of its own still.
    requestAfter(() => done.push("first"))();
    requestAfter(() => done.push("second"));
    requestAfter(() => done.push("third"));
    vi.advanceTimersToNextFrame();
    expect(done.slice(2)).toEqual(["second"]);
    vi.advanceTimersToNextFrame();
    expect(done.slice(2)).toEqual(["second", "third"]);
  });
});

describe("writing a text", () => {
  it("keeps the text node where there is one", () => {
    const element = document.createElement("span");
    writeText(element, "1");
    const { firstChild } = element;
    writeText(element, "2");
    expect([element.textContent, element.firstChild === firstChild]).toEqual(["2", true]);
    element.innerHTML = "<b>3</b>";
    writeText(element, "4");
    expect(element.innerHTML).toBe("4");
  });
});
