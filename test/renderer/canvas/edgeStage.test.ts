import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EdgeDrawing, EdgeStage } from "../../../renderer/canvas/edgeStage.ts";
import { fakeCanvas } from "./fakeCanvas.ts";

/** What each `stroke` drew: the corners of the path, and the line. */
interface Stroke {
  readonly path: string;
  readonly width: number;
  readonly dash: readonly number[];
}

const strokes: Stroke[] = [];
/** What each `setTransform` was given: the place of a picture. */
const places: (readonly number[])[] = [];

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
  setTransform: (...numbers: number[]) => {
    places.push(numbers);
  },
};

let handed: ReturnType<typeof fakeCanvas> = new Map();

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

const setUpIn = (transform: [number, number, number]) => {
  const stage = new EdgeStage();
  const state = { transform, width: 200, height: 160, nodeLookup: new Map() };
  const [parent, element] = [document.createElement("section"), document.createElement("div")];
  parent.append(element);
  stage.attach(element, { getState: () => state });
  /** Width, height and place of what is handed over to the page. */
  const pictures = () =>
    [...parent.querySelectorAll<HTMLCanvasElement>(".CarriedEdges")].flatMap((canvas) => {
      const bitmap = handed.get(canvas) ?? null;
      return bitmap === null ? [] : [[...bitmap, canvas.style.transform] as const];
    });
  return { stage, state, pictures };
};

const setUp = () => setUpIn([0, 0, 1]).stage;

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  strokes.length = 0;
  places.length = 0;
  handed = fakeCanvas(context);
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
    // On another tile.
    stage.show("far", straight(240));
    await settled();
    strokes.length = 0;
    stage.show("a", straight(60));
    await settled();
    expect(strokes.map(({ path }) => path).sort()).toEqual(["M21 10L21 60", "M60 10L60 60"]);
    strokes.length = 0;
    stage.hide("crossing");
    await settled();
    expect(strokes.map(({ path }) => path)).toEqual(["M60 10L60 60"]);
    const shown = () => [...handed.values()].filter((bitmap) => bitmap !== null).length;
    const before = shown();
    stage.hide("a");
    await settled();
    expect(shown()).toBeLessThan(before);
  });

  it("shows an edge where it is alone, also when a view of another size is cut up otherwise", async () => {
    const { stage, state } = setUpIn([0, 0, 1]);
    stage.show("a", straight(20));
    await settled();
    const shown = () =>
      [...handed].flatMap(([canvas, bitmap]) =>
        bitmap !== null && canvas.parentNode !== null ? [`${canvas.style.left} ${canvas.style.top}`] : [],
      );
    expect(shown()).toEqual(["0px 0px"]);
    [state.width, state.height] = [1600, 1200];
    state.transform = [800, 700, 1];
    stage.redraw();
    await settled();
    // The picture begins a quarter of the view further out than the view.
    const [left, top] = [400 + 800 + 20, 300 + 700 + 10].map((at) => Math.floor(at / 240) * 240);
    expect(shown()).toEqual([`${left}px ${top}px`]);
  });

  it("draws an edge between ends that a hand moves on a picture of its own, and on the stage once it is put down", async () => {
    const { stage, pictures, state } = setUpIn([7, 5, 0.5]);
    stage.show("a", straight(20));
    stage.show("crossing", straight(21));
    stage.show("far", straight(400));
    await settled();
    strokes.length = 0;
    stage.carry("a", { x: 40, y: 8 }, { x: 0, y: 0 });
    await settled();
    // Taken off the stage: what it crossed is drawn without it.
    expect(strokes.map(({ path }) => path)).toEqual(["M60 18L20 60", "M21 10L21 60"]);
    // As large as the edge, from its upper left corner, a whole px of the screen: 16 · 0.5 + 7 = 15, 14 · 0.5 + 5 = 12.
    expect(pictures()).toEqual([[24, 25, "translate(16px, 14px) scale(48, 50)"]]);
    strokes.length = 0;
    places.length = 0;
    stage.carry("a", { x: 80, y: 8 }, { x: 0, y: 0 });
    await settled();
    // Nothing of the stage is drawn for a move.
    expect(strokes.map(({ path }) => path)).toEqual(["M100 18L20 60"]);
    expect(places).toEqual([[0.5, 0, 0, 0.5, 7 - 15, 5 - 12]]);
    expect(pictures()).toEqual([[44, 25, "translate(16px, 14px) scale(88, 50)"]]);
    strokes.length = 0;
    stage.measured("a", { stop: 8, width: 3.5 });
    await settled();
    expect(strokes.map(({ path, width }) => [path, width])).toEqual([["M100 18L20 60", 3.5]]);
    // Out of view, and back.
    state.transform = [-900, 5, 0.5];
    stage.viewMoved();
    await settled();
    expect(pictures()).toEqual([]);
    state.transform = [7, 5, 0.5];
    stage.viewMoved();
    await settled();
    expect(pictures()).toHaveLength(1);
    stage.carry("a", { x: 0, y: 0 }, { x: 0, y: 0 });
    stage.putDown();
    strokes.length = 0;
    await settled();
    expect(pictures()).toEqual([]);
    expect(new Set(strokes.map(({ path }) => path))).toEqual(new Set(["M20 10L20 60", "M21 10L21 60"]));
  });

  it("draws all edges that a hand moves on one picture, the marked ones above", async () => {
    const { stage, pictures } = setUpIn([0, 0, 1]);
    stage.show("marked", { ...straight(20), marked: true });
    stage.show("plain", straight(40));
    await settled();
    for (const id of ["marked", "plain"]) stage.carry(id, { x: 10, y: 0 }, { x: 10, y: 0 });
    strokes.length = 0;
    await settled();
    expect(strokes.map(({ path }) => path)).toEqual(["M50 10L50 60", "M30 10L30 60"]);
    expect(pictures()).toEqual([[28, 58, "translate(26px, 6px) scale(28, 58)"]]);
  });

  it("is a whole px of a finer screen large before it is scaled", async () => {
    vi.stubGlobal("devicePixelRatio", 1.5);
    const { stage, pictures } = setUpIn([0, 0, 2]);
    stage.show("a", straight(20));
    stage.carry("a", { x: 0, y: 0 }, { x: 0, y: 0 });
    await settled();
    // 8 · 3 by 58 · 3 px of the screen, each of them 1/1.5 px of the page.
    expect(pictures()).toEqual([[24, 174, "translate(16px, 6px) scale(12, 87)"]]);
    const canvas = [...handed.keys()].find(({ className }) => className === "CarriedEdges");
    expect(Number.parseFloat(canvas?.style.width ?? "")).toBeCloseTo(1 / 1.5);
    stage.putDown();
  });

  it("cuts a large picture up, and leaves out pieces that no edge passes", async () => {
    const { stage, pictures, state } = setUpIn([0, 0, 1]);
    [state.width, state.height] = [2000, 1500];
    stage.show("a", {
      ...straight(20),
      routeMoved: () => [
        [20, 10],
        [20, 910],
        [920, 910],
      ],
    });
    stage.carry("a", { x: 0, y: 0 }, { x: 900, y: 850 });
    await settled();
    // 908 px square: four pieces, of which none is at the upper right.
    expect(pictures().map(([width, height, place]) => [width, height, place.split(" scale")[0]])).toEqual(
      expect.arrayContaining([
        [454, 454, "translate(16px, 6px)"],
        [454, 454, "translate(16px, 460px)"],
        [454, 454, "translate(470px, 460px)"],
      ]),
    );
    expect(pictures()).toHaveLength(3);
    stage.carry("a", { x: 0, y: 0 }, { x: 900, y: 850 });
    stage.putDown();
    await settled();
    expect(pictures()).toEqual([]);
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
