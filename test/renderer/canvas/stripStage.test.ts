import type { InternalNode } from "@xyflow/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readoutLines } from "../../../renderer/canvas/readoutDrawing.ts";
import { type NodeDrawing, StripStage } from "../../../renderer/canvas/stripStage.ts";
import { fakeCanvas } from "./fakeCanvas.ts";

type Call = readonly [name: string, ...numbers: number[]];

const nodeAt = (id: string, x: number, y: number, z = 0): InternalNode => ({
  id,
  position: { x, y },
  data: {},
  measured: { width: 240, height: 102 },
  internals: { positionAbsolute: { x, y }, z, userNode: { id, position: { x, y }, data: {} } },
});

const setUp = (nodes: readonly InternalNode[], transform: [number, number, number] = [0, 0, 1]) => {
  const calls: Call[] = [];
  const element = document.createElement("div");
  document.createElement("section").append(element);
  const context = {
    globalAlpha: 1,
    fillStyle: "",
    save: () => undefined,
    restore: () => undefined,
    beginPath: () => undefined,
    rect: (...numbers: number[]) => calls.push(["rect", ...numbers]),
    clip: () => calls.push(["clip"]),
    setTransform: (...numbers: number[]) => calls.push(["setTransform", ...numbers]),
    clearRect: (...numbers: number[]) => calls.push(["clearRect", ...numbers]),
    drawImage: (_image: unknown, ...numbers: number[]) => calls.push(["drawImage", ...numbers]),
    fillRect: (...numbers: number[]) => calls.push(["fillRect", ...numbers]),
    lineWidth: 1,
    moveTo: (...numbers: number[]) => calls.push(["moveTo", ...numbers]),
    lineTo: (...numbers: number[]) => calls.push(["lineTo", ...numbers]),
    font: "",
    textAlign: "start",
    fillText: (text: string, ...numbers: number[]) =>
      calls.push([`fillText ${text} ${context.font} ${context.textAlign} ${context.fillStyle}`, ...numbers]),
    stroke: () => calls.push(["stroke", context.lineWidth]),
    translate: (...numbers: number[]) => calls.push(["translate", ...numbers]),
    scale: () => undefined,
    fill: () => undefined,
    roundRect: (...numbers: number[]) => calls.push(["roundRect", ...numbers]),
    measureText: (text: string) => ({ width: 6 * text.length }),
  };
  const handed = fakeCanvas(context);
  const nodeLookup = new Map(nodes.map((node) => [node.id, node]));
  const stage = new StripStage();
  const drawn: string[] = [];
  const drawings = new Map<string, NodeDrawing>();
  for (const { id } of nodes) {
    const drawing: NodeDrawing = {
      parts: [{ image: document.createElement("canvas"), left: 10, top: 72, width: 168, height: 22 }],
      stale: false,
      cursor: { left: 100, top: 42, width: 1, height: 52 },
      readouts: null,
      outdated: true,
      draw: () => {
        drawing.outdated = false;
        drawn.push(id);
      },
    };
    drawings.set(id, drawing);
    stage.add(id, drawing);
  }
  const view = { transform };
  stage.attach(element, { getState: () => ({ ...view, width: 1000, height: 600, nodeLookup }) });
  return { stage, calls, drawn, element, view, drawings, handed, nodeLookup };
};

/** What was called by a name, for a node on several tiles once. */
const callsOf = (calls: readonly Call[], wanted: string): readonly Call[] => [
  ...new Map(calls.filter(([name]) => name === wanted).map((call) => [call.join(" "), call])).values(),
];

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe("the stage of the strips", () => {
  it("draws the nodes in view and a quarter of it around where they are, and leaves out the others", () => {
    const { stage, calls, drawn, element } = setUp([nodeAt("a", 0, 0), nodeAt("far", 25_000, 0)], [30, 40, 0.5]);
    expect(drawn).toEqual(["a"]);
    expect([stage.isVisible("a"), stage.isVisible("far"), stage.isVisible("unknown")]).toEqual([true, false, false]);
    expect(calls).toContainEqual(["setTransform", 0.5, 0, 0, 0.5, 30 + 250, 40 + 150]);
    expect(callsOf(calls, "drawImage")).toEqual([["drawImage", 10, 72, 168, 22]]);
    expect(callsOf(calls, "fillRect")).toEqual([["fillRect", 100, 42, 1, 52]]);
    expect(element.style.transform).toBe("scale(2) translate(-280px, -190px)");
  });

  it("leaves the picture as it is while the view moves within it, and draws it anew beyond", () => {
    const { stage, calls, drawn, element, view } = setUp([
      nodeAt("a", 0, 0),
      nodeAt("beyond", 1450, 0),
      nodeAt("far", 25_000, 0),
    ]);
    expect(drawn).toEqual(["a"]);
    calls.length = 0;
    view.transform = [-250, 100, 1];
    stage.viewMoved();
    expect(calls).toEqual([]);
    // The element moves with the graph.
    expect(element.style.transform).toBe("scale(1) translate(-250px, -150px)");
    view.transform = [-251, 100, 1];
    stage.viewMoved();
    expect(drawn).toEqual(["a", "beyond"]);
    expect(element.style.transform).toBe("scale(1) translate(1px, -250px)");
    calls.length = 0;
    view.transform = [-251, 100, 1.1];
    stage.viewMoved();
    expect(callsOf(calls, "drawImage")).toHaveLength(2);
  });

  it("has all of a graph that is not much larger than the view: no pan has it drawn anew", () => {
    const { stage, calls, drawings, element, view } = setUp([nodeAt("a", 0, 0), nodeAt("below", 0, 900)]);
    const { transform } = element.style;
    // What was out of view when the picture was drawn is drawn as it comes.
    for (const drawing of drawings.values()) drawing.outdated = false;
    calls.length = 0;
    for (const y of [-152, -500, -902, 700]) {
      view.transform = [0, y, 1];
      stage.viewMoved();
    }
    expect(calls).toEqual([]);
    expect(element.style.transform).toBe(transform);
    expect(transform).toBe("scale(1) translate(-100px, -109px)");
  });

  it("is drawn anew where a node comes to stand that the picture does not have", async () => {
    const { stage, drawn, element, view, nodeLookup } = setUp([nodeAt("a", 0, 0), nodeAt("below", 0, 900)]);
    const before = element.style.transform;
    view.transform = [1500, 0, 1];
    stage.viewMoved();
    expect(element.style.transform).toBe(before);
    nodeLookup.set("below", nodeAt("below", -1400, 200));
    drawn.length = 0;
    stage.nodesChanged();
    await settled();
    expect(element.style.transform).not.toBe(before);
  });

  it("tells which nodes share a tile", () => {
    const { stage } = setUp([
      nodeAt("a", 0, 0),
      nodeAt("beside", 60, 30),
      nodeAt("next", 300, 0),
      nodeAt("below", 0, 300),
    ]);
    const [a, beside, next, below] = ["a", "beside", "next", "below"].map((id) => stage.tileOf(id));
    expect(beside).toBe(a);
    expect(new Set([a, next, below]).size).toBe(3);
  });

  it("hands over the tiles on which there is something, and takes away what was on one before", () => {
    const { stage, handed, nodeLookup } = setUp([nodeAt("a", 0, 0)]);
    const shown = () => [...handed].flatMap(([canvas, bitmap]) => (bitmap === null ? [] : [canvas]));
    const tiles = shown();
    expect(tiles.length).toBeGreaterThan(0);
    expect(tiles.length).toBeLessThanOrEqual(4);
    expect(handed.get(tiles[0] as HTMLCanvasElement)).toEqual([240, 240]);
    const hand = vi.spyOn(handed as Map<HTMLCanvasElement, unknown>, "set");
    nodeLookup.set("a", nodeAt("a", 700, 300));
    stage.redraw();
    expect(shown().some((canvas) => tiles.includes(canvas))).toBe(false);
    expect(shown().length).toBeLessThanOrEqual(4);
    // Of the others, on which there was nothing and is nothing, none.
    const emptied = hand.mock.calls.flatMap(([canvas, bitmap]) => (bitmap === null ? [canvas] : []));
    expect(new Set(emptied)).toEqual(new Set(tiles));
  });

  it("writes the readouts of a node beside its strips, right-aligned, what is of before an edit in grey", async () => {
    document.documentElement.style.cssText = "--text: #111; --text-2: #222; --text-3: #333; --font-ui: Inter";
    // Another theme: its colours are read anew.
    document.documentElement.dataset.theme = "light";
    await settled();
    const { stage, calls, drawings } = setUp([nodeAt("a", 1000, 200)]);
    const drawing = drawings.get("a");
    if (drawing === undefined) throw new Error("a is not on the stage");
    const texts = { first: "0.02", second: "± 0.98", third: "−3 … 3" };
    const written = async (change: Partial<NodeDrawing>): Promise<readonly Call[]> => {
      await settled();
      calls.length = 0;
      Object.assign(drawing, change);
      stage.invalidate("a");
      await settled();
      return [...new Map(calls.map((call) => [call.join(" "), call])).values()].filter(([name]) => /Text/.test(name));
    };
    expect(await written({ readouts: { texts, lines: readoutLines("full", false) } })).toEqual([
      ["fillText 0.02 500 10.5px Inter right #111", 1230, 254],
      ["fillText ± 0.98 400 10.5px Inter right #222", 1230, 267],
      ["fillText −3 … 3 400 10px Inter right #333", 1230, 288],
    ]);
    expect(await written({ readouts: { texts, lines: readoutLines("reduced", false) }, stale: true })).toEqual([
      ["fillText ± 0.98 400 18px Inter right #333", 1230, 231],
    ]);
    const ofOutput = { first: "0.123", second: "loss", third: "96.9 %" };
    const scored = await written({ readouts: { texts: ofOutput, lines: readoutLines("reduced", true) }, stale: false });
    expect(scored).toEqual([["fillText 96.9 % 500 18px Inter right #111", 1230, 231]]);
    expect(await written({ readouts: { texts, lines: readoutLines("small", false) } })).toEqual([]);
    for (const name of ["style", "data-theme"]) document.documentElement.removeAttribute(name);
  });

  it("gives a node its badge with its next drawing, or after all that is due, and takes it away", async () => {
    vi.stubGlobal("Path2D", class {});
    const { stage, calls } = setUp([nodeAt("a", 300, 300), nodeAt("below", 300, 700)]);
    await settled();
    const badge = { rule: "dead", text: "3 of 64 dead", more: 2, isError: false, isMarked: false } as const;
    /** Digits are written one by one, each where it has room. */
    const texts = () => calls.flatMap(([name]) => /^fillText (.*) 550 /.exec(name)?.[1] ?? []);
    calls.length = 0;
    stage.showBadge("a", badge);
    stage.invalidate("a");
    await Promise.resolve();
    // 12 characters and room for one digit more, 2 of what is more, icon and edges: right-aligned 8 px inside of the node.
    const width = 1 + 5 + 12 + 4 + 13 * 6 + 4 + 2 * 6 + 7 + 1;
    expect(callsOf(calls, "translate")[0]).toEqual(["translate", 300 + Math.max(128, 232 - width), 300 - 12]);
    expect(callsOf(calls, "roundRect")[0]).toEqual(["roundRect", 0, 0, width, 18, 9]);
    const numTiles = stage.tilesOf("a").length;
    expect(texts().slice(0, 6)).toEqual(["3", " of ", "6", "4", " dead", "+"]);
    // Without another of its drawings it would be drawn now.
    calls.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(calls).toEqual([]);
    stage.showBadge("a", { ...badge, text: "4 of 64 dead" });
    stage.settleBadge("a");
    await Promise.resolve();
    expect(texts()[0]).toBe("4");
    expect(texts().filter((text) => text === " of ")).toHaveLength(numTiles);
    calls.length = 0;
    stage.showBadge("a", null);
    await vi.waitFor(() => expect(callsOf(calls, "drawImage")).toEqual([["drawImage", 310, 372, 168, 22]]));
    expect(callsOf(calls, "roundRect")).toEqual([]);
  });

  it("erases what a node in front covers", () => {
    const { calls } = setUp([nodeAt("front", 100, 0, 1000), nodeAt("behind", 0, 0)]);
    const order = calls.filter(([name]) => name !== "setTransform").map(([name, x]) => `${name} ${x}`);
    expect(order.indexOf("drawImage 10")).toBeLessThan(order.indexOf("clearRect 100"));
    expect(order.indexOf("clearRect 100")).toBeLessThan(order.indexOf("drawImage 110"));
  });

  it("redraws only what changed, once for all changes", async () => {
    const { stage, calls } = setUp([nodeAt("a", 0, 0), nodeAt("b", 0, 400)]);
    await settled();
    calls.length = 0;
    stage.invalidate("b");
    stage.invalidate("b");
    await settled();
    expect(callsOf(calls, "drawImage")).toEqual([["drawImage", 10, 472, 168, 22]]);
    // Once on each of its tiles.
    expect(calls.filter(([name]) => name === "drawImage")).toHaveLength(stage.tilesOf("b").length);
  });

  it("draws a node where a hand carries it, and where React Flow has it afterwards", async () => {
    const { stage, calls, handed } = setUp([nodeAt("a", 0, 0), nodeAt("b", 0, 400)]);
    await settled();
    const shown = () => new Set([...handed].flatMap(([canvas, bitmap]) => (bitmap === null ? [] : [canvas])));
    const before = shown();
    calls.length = 0;
    stage.carry({ b: { x: 480, y: 408 } });
    await settled();
    expect(callsOf(calls, "drawImage")).toEqual([["drawImage", 490, 480, 168, 22]]);
    // Nothing is left of it where it stood.
    const gone = [...before].filter((canvas) => !shown().has(canvas));
    expect(gone.length).toBeGreaterThan(0);
    calls.length = 0;
    stage.carry({});
    await settled();
    expect(callsOf(calls, "drawImage")).toEqual([["drawImage", 10, 472, 168, 22]]);
    expect(shown()).toEqual(before);
  });

  it("leaves the picture of a lifted node to its element, where a move draws nothing, until it is put back", async () => {
    const { stage, calls } = setUp([nodeAt("a", 0, 0), nodeAt("b", 0, 200)], [0, 0, 0.5]);
    const element = document.createElement("div");
    await settled();
    calls.length = 0;
    const putBack = stage.lift("b", element);
    await settled();
    // Taken off the stage, and drawn once, from the corner of a picture of its own.
    expect(calls).toContainEqual(["clearRect", 0, 200, 240, 102]);
    expect(calls).toContainEqual(["setTransform", 0.5, 0, 0, 0.5, -0, -100]);
    expect(calls.filter(([name]) => name === "drawImage")).toEqual([["drawImage", 10, 272, 168, 22]]);
    const picture = element.querySelector("canvas");
    expect([picture?.width, picture?.height, picture?.style.width]).toEqual([120, 51, "240px"]);
    expect(element.dataset.lifted).toBe("");
    calls.length = 0;
    stage.carry({ b: { x: 300, y: 208 } });
    await settled();
    expect(calls).toEqual([]);
    // What the run measures meanwhile.
    stage.invalidate("b");
    await settled();
    expect(calls).toContainEqual(["setTransform", 0.5, 0, 0, 0.5, -150, -104]);
    expect(calls.filter(([name]) => name === "drawImage")).toEqual([["drawImage", 310, 280, 168, 22]]);
    calls.length = 0;
    stage.carry({});
    putBack();
    await settled();
    expect(element.childElementCount + Number(element.hasAttribute("data-lifted"))).toBe(0);
    expect(callsOf(calls, "drawImage")).toEqual([["drawImage", 10, 272, 168, 22]]);
  });

  it("draws guides one px wide at any zoom, with ticks at the ends of a gap, and takes them away", async () => {
    const { stage, calls, element, view, handed } = setUp([nodeAt("a", 0, 0), nodeAt("b", 0, 200)], [30, 40, 0.5]);
    await settled();
    calls.length = 0;
    const pictures = () =>
      [...(element.parentElement?.querySelectorAll<HTMLCanvasElement>(".GuidePicture") ?? [])].flatMap((canvas) => {
        const bitmap = handed.get(canvas) ?? null;
        return bitmap === null ? [] : [[...bitmap, canvas.style.transform] as const];
      });
    stage.showGuides([
      { kind: "line", from: { x: 120, y: 150 }, to: { x: 120, y: 180 } },
      { kind: "gap", from: { x: 300, y: 150 }, to: { x: 340, y: 150 } },
      { kind: "gap", from: { x: 380, y: 150 }, to: { x: 420, y: 150 } },
    ]);
    // Each row on a picture as large as it is, with 8 px around: nothing of the nodes is drawn for them.
    expect(pictures()).toEqual(
      expect.arrayContaining([
        [8, 23, "translate(112px, 142px) scale(16, 46)"],
        [68, 8, "translate(292px, 142px) scale(136, 16)"],
      ]),
    );
    expect(pictures()).toHaveLength(2);
    // 120 · 0.5 + 30 = 90 is in the middle of the first.
    expect(calls).toContainEqual(["setTransform", 0.5, 0, 0, 0.5, 30 - 86, 40 - 111]);
    expect(callsOf(calls, "drawImage")).toEqual([]);
    expect(callsOf(calls, "moveTo")).toEqual([
      ["moveTo", 120, 150],
      ["moveTo", 300, 150],
      ["moveTo", 300, 144],
      ["moveTo", 340, 144],
      ["moveTo", 380, 150],
      ["moveTo", 380, 144],
      ["moveTo", 420, 144],
    ]);
    expect(callsOf(calls, "lineTo")).toContainEqual(["lineTo", 340, 156]);
    expect(callsOf(calls, "stroke")).toEqual([["stroke", 2]]);
    calls.length = 0;
    // The view has moved below the hand; what is out of view is not drawn.
    view.transform = [10, 40, 0.5];
    stage.showGuides([{ kind: "line", from: { x: 120, y: 400 }, to: { x: 120, y: 4000 } }]);
    expect(callsOf(calls, "moveTo")).toEqual([["moveTo", 120, 400]]);
    expect(pictures()).toEqual([[8, 364, "translate(112px, 392px) scale(16, 728)"]]);
    calls.length = 0;
    stage.showGuides([]);
    expect(pictures()).toEqual([]);
    expect(callsOf(calls, "stroke")).toEqual([]);
    stage.hideGuides();
    expect(element.parentElement?.querySelector(".GuidePicture")).toBeNull();
  });

  it("redraws all where nodes lie over each other", async () => {
    const { stage, calls } = setUp([nodeAt("a", 0, 0), nodeAt("b", 50, 50)]);
    await settled();
    calls.length = 0;
    stage.invalidate("a");
    await settled();
    expect(callsOf(calls, "drawImage")).toHaveLength(2);
  });
});
