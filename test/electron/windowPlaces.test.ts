import { describe, expect, it } from "vitest";
import { cascaded, chooseWindow } from "../../electron/windowPlaces.ts";

const empty = { file: null, isEmpty: true };
const untitled = { file: null, isEmpty: false };
const net = { file: "/nets/net.layerscope", isEmpty: false };

describe("the window that a file opens in", () => {
  it("is the one that shows it already, whichever is in front", () => {
    expect(chooseWindow([empty, net], "/nets/net.layerscope", empty)).toEqual({ type: "showing", window: net });
  });
  it("is the one in front if nothing is there", () => {
    expect(chooseWindow([empty, net], "/nets/other.layerscope", empty)).toEqual({ type: "empty", window: empty });
  });
  it("is a new one where a document is in front, and where there is none", () => {
    for (const current of [untitled, net, null]) {
      expect(chooseWindow([untitled, net, empty], "/nets/other.layerscope", current)).toEqual({ type: "new" });
    }
  });
});

describe("the place of a new window", () => {
  const screen = { x: 0, y: 25, width: 1920, height: 1000 };
  it("is a step to the lower right", () => {
    const place = cascaded({ x: 100, y: 80, width: 1200, height: 800 }, screen);
    expect(place).toEqual({ x: 132, y: 112, width: 1200, height: 800 });
  });
  it("begins anew in the corner where the screen ends", () => {
    for (const behind of [
      { x: 700, y: 80 },
      { x: 100, y: 200 },
    ]) {
      const place = cascaded({ ...behind, width: 1200, height: 800 }, screen);
      expect(place).toEqual({ x: 0, y: 25, width: 1200, height: 800 });
    }
  });
});
