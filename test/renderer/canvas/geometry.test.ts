import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calloutPlace } from "../../../renderer/canvas/calloutPlace.ts";
import { exceedsView, mapBox } from "../../../renderer/canvas/canvasMap.ts";
import { fitViewport, isInView, panIntoView } from "../../../renderer/canvas/fitViewport.ts";
import {
  distanceToRoute,
  middleOfRoute,
  portShare,
  roundedPath,
  routeEdge,
} from "../../../renderer/canvas/geometry.ts";
import { stdStop, stdWidth } from "../../../renderer/canvas/signalStd.ts";
import { zoomLevel } from "../../../renderer/canvas/zoomLevel.ts";

const box = (left: number, top: number) => ({ left, top, right: left + 240, bottom: top + 102 });

describe("the way of an edge", () => {
  it("is straight within a column", () => {
    expect(routeEdge([120, 102], [120, 118], false)).toEqual([
      [120, 102],
      [120, 118],
    ]);
  });

  it("runs between the columns, out of the first downwards and into the second from above", () => {
    expect(routeEdge([120, 574], [420, 0], false)).toEqual([
      [120, 574],
      [120, 582],
      [270, 582],
      [270, -8],
      [420, -8],
      [420, 0],
    ]);
  });

  it("goes around the right side of what is in between", () => {
    const corners = routeEdge([120, 102], [120, 340], true);
    expect(Math.max(...corners.map(([x]) => x))).toBeGreaterThan(240);
  });

  it("has only horizontal and vertical parts, from port to port", () => {
    const coordinate = fc.integer({ min: -500, max: 500 });
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, coordinate, fc.boolean(), (x1, y1, x2, y2, obstructed) => {
        const corners = routeEdge([x1, y1], [x2, y2], obstructed);
        expect(corners[0]).toEqual([x1, y1]);
        expect(corners.at(-1)).toEqual([x2, y2]);
        for (let index = 1; index < corners.length; index += 1) {
          const [a, b] = [corners[index - 1] ?? [0, 0], corners[index] ?? [0, 0]];
          expect(a[0] === b[0] || a[1] === b[1]).toBe(true);
        }
        expect(roundedPath(corners, 8)).not.toContain("NaN");
      }),
    );
  });

  it("knows how far a drop is from it, and where its middle is", () => {
    const corners = routeEdge([0, 0], [0, 100], false);
    expect(distanceToRoute(corners, { x: 7, y: 50 })).toBe(7);
    expect(distanceToRoute(corners, { x: 3, y: 104 })).toBe(5);
    expect(middleOfRoute(corners)).toEqual([0, 50]);
  });

  it("rounds corners without overshooting short parts", () => {
    expect(
      roundedPath(
        [
          [0, 0],
          [0, 10],
          [4, 10],
        ],
        8,
      ),
    ).toBe("M0 0L0 8Q0 10 2 10L4 10");
  });

  it("spreads several ports over the border", () => {
    expect(portShare(0, 1)).toBe(0.5);
    expect([0, 1].map((index) => portShare(index, 2))).toEqual([1 / 3, 2 / 3]);
  });
});

describe("the std on an edge", () => {
  it("is a place on the scale by log10, and a width", () => {
    expect([0.01, 0.1, 1, 10, 100].map(stdStop)).toEqual([0, 2, 4, 6, 8]);
    expect([0, 1e9].map(stdStop)).toEqual([0, 8]);
    expect([0.001, 1, 100].map(stdWidth)).toEqual([1.5, 2, 3.5]);
  });
});

describe("the view", () => {
  it("fits the graph on whole pixels, not larger than life", () => {
    const { x, y, zoom } = fitViewport([box(0, 0), box(300, 0)], 1001, 701);
    expect(zoom).toBe(1);
    expect([x, y].every(Number.isInteger)).toBe(true);
    const small = fitViewport([box(0, 0), box(3000, 3000)], 1001, 701);
    expect(small.zoom).toBeLessThan(0.25);
    expect(0 * small.zoom + small.x).toBeGreaterThanOrEqual(24);
    expect(3240 * small.zoom + small.x).toBeLessThanOrEqual(1001 - 24 + 1);
  });

  it("moves no further than a node needs to be seen", () => {
    const view = { x: 0, y: 0, zoom: 1 };
    const size = { width: 800, height: 600 };
    expect(isInView(box(100, 100), view, size)).toBe(true);
    for (const out of [box(-50, 100), box(100, -50), box(100, 600), box(800, 100)])
      expect(isInView(out, view, size)).toBe(false);
    expect(panIntoView(box(100, 100), view, { width: 800, height: 600 })).toEqual({ x: 0, y: 0 });
    expect(panIntoView(box(100, 600), view, { width: 800, height: 600 })).toEqual({ x: 0, y: -142 });
    expect(panIntoView(box(-50, 100), view, { width: 800, height: 600 })).toEqual({ x: 74, y: 0 });
  });

  it("draws less in smaller boxes", () => {
    expect([1, 0.7, 0.69, 0.4, 0.39, 0.2, 0.19].map(zoomLevel)).toEqual([
      "full",
      "full",
      "reduced",
      "reduced",
      "small",
      "small",
      "glyph",
    ]);
  });
});

it("shows the map where layers are out of view, not where a wider inspector cuts one off by some px", () => {
  const view = { transform: [0, 0, 1] as [number, number, number], width: 800, height: 600 };
  const at = (x: number, y: number) =>
    ({ position: { x, y }, measured: { width: 240, height: 102 } }) as Parameters<
      typeof exceedsView
    >[0]["nodes"][number];
  expect(exceedsView({ ...view, nodes: [at(0, 0), at(580, 0)] })).toBe(false);
  expect(exceedsView({ ...view, nodes: [at(0, 0), at(600, 0)] })).toBe(true);
  expect(exceedsView({ ...view, nodes: [at(-40, 0)] })).toBe(true);
  expect(exceedsView({ ...view, nodes: [at(0, -40)] })).toBe(true);
  expect(exceedsView({ ...view, nodes: [at(0, 540)] })).toBe(true);
});

describe("a callout", () => {
  const view = { width: 1000, height: 600 };

  it("stands where it covers nothing", () => {
    expect(calloutPlace(box(100, 100), [], view, null)).toBe("right");
    expect(calloutPlace(box(100, 100), [box(360, 100)], view, null)).toBe("below");
    expect(calloutPlace(box(700, 400), [], view, null)).toBe("left");
    expect(calloutPlace(box(100, 490), [], view, null)).toBe("rightUp");
  });

  it("does not stand under the map", () => {
    const map = mapBox(view);
    expect(map).toEqual({
      left: view.width - 148,
      right: view.width - 8,
      top: view.height - 132,
      bottom: view.height - 32,
    });
    const node = box(400, 440);
    expect(calloutPlace(node, [], view, null)).toBe("right");
    expect(calloutPlace(node, [], view, map)).toBe("left");
  });

  it("stays inside the view when it must cover something", () => {
    const crowded = [box(360, 100), box(100, 218), box(-160, 100), box(100, -18)];
    expect(calloutPlace(box(100, 100), crowded, view, null)).toBe("right");
  });
});
