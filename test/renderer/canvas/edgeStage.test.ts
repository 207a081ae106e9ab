import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EdgeDrawing, EdgeStage } from "../../../renderer/canvas/edgeStage.ts";

/** What each `stroke` drew: the corners of the path, and the line. */
interface Stroke {
  readonly path: string;
  readonly width: number;
  readonly dash: readonly number[];
}

const strokes: Stroke[] = [];

const context = {
  lineWidth: 0,
  dash: [] as readonly number[],
  setLineDash(dash: readonly number[]) {
    this.dash = dash;
  },
  stroke(path: { readonly d: string }) {
    strokes.push({ path: path.d, width: this.lineWidth, dash: this.dash });
  },
  save: () => undefined,
  restore: () => undefined,
  beginPath: () => undefined,
  rect: () => undefined,
  clip: () => undefined,
  clearRect: () => undefined,
  setTransform: () => undefined,
};

const straight = (x: number, top = 10): EdgeDrawing => ({
  points: [
    [x, top],
    [x, top + 50],
  ],
  routeMoved: (source, target) => [
    [x + source.x, top + source.y],
    [x + target.x, top + 50 + target.y],
  ],
  tone: "signal",
  marked: false,
  hovered: false,
});

const setUp = () => {
  const stage = new EdgeStage();
  const state = { transform: [0, 0, 1] as [number, number, number], width: 200, height: 160, nodeLookup: new Map() };
  stage.attach(document.createElement("div"), { getState: () => state });
  return stage;
};

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  strokes.length = 0;
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation((() => context) as never);
  vi.stubGlobal(
    "Path2D",
    class {
      readonly d: string;
      constructor(d: string) {
        this.d = d;
      }
    },
  );
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the stage of the edges", () => {
  it("draws an edge with the width of its signal, and again only when that changes", async () => {
    const stage = setUp();
    stage.show("a", straight(20));
    await settled();
    expect(strokes).toEqual([{ path: "M20 10L20 60", width: 2, dash: [] }]);
    strokes.length = 0;
    stage.measured("a", { stop: 8, width: 3.5 });
    stage.measured("a", { stop: 8, width: 3.5 });
    await settled();
    expect(strokes).toEqual([{ path: "M20 10L20 60", width: 3.5, dash: [] }]);
    strokes.length = 0;
    stage.measured("a", { stop: 8, width: 3.5 });
    await settled();
    expect(strokes).toEqual([]);
  });

  it("draws what moved, and what lies below where it was, but nothing far from it", async () => {
    const stage = setUp();
    stage.show("a", straight(20));
    stage.show("crossing", straight(21));
    stage.show("far", straight(120));
    await settled();
    strokes.length = 0;
    stage.show("a", straight(60));
    await settled();
    expect(strokes.map(({ path }) => path).sort()).toEqual(["M21 10L21 60", "M60 10L60 60"]);
    strokes.length = 0;
    stage.hide("crossing");
    await settled();
    expect(strokes).toEqual([]);
  });

  it("draws an edge between ends that a hand moves, and where it was once it is back", async () => {
    const stage = setUp();
    stage.show("a", straight(20));
    stage.show("far", straight(120));
    await settled();
    strokes.length = 0;
    stage.carry("a", { x: 40, y: 8 }, { x: 0, y: 0 });
    await settled();
    expect(strokes.map(({ path }) => path)).toEqual(["M60 18L20 60"]);
    strokes.length = 0;
    stage.carry("a", { x: 0, y: 0 }, { x: 0, y: 0 });
    await settled();
    expect(strokes.map(({ path }) => path)).toEqual(["M20 10L20 60"]);
  });

  it("draws a marked edge last, a broken one dashed, a faded one dotted, and one below the pointer wide", async () => {
    const stage = setUp();
    stage.show("marked", { ...straight(20), marked: true });
    stage.show("broken", { ...straight(22), tone: "broken" });
    stage.show("stale", { ...straight(24), tone: "stale" });
    stage.show("hovered", { ...straight(26), hovered: true });
    stage.measured("stale", { stop: 8, width: 3.5 });
    await settled();
    expect(strokes).toEqual([
      { path: "M22 10L22 60", width: 2, dash: [5, 4] },
      { path: "M24 10L24 60", width: 2, dash: [0.1, 5] },
      { path: "M26 10L26 60", width: 3, dash: [] },
      { path: "M20 10L20 60", width: 3, dash: [] },
    ]);
  });
});
