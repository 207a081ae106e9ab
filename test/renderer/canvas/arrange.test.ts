import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyCommands, type LayerscopeDocument, type Position, parse } from "../../../engine/index.ts";
import { alignNodes, distributeNodes } from "../../../renderer/canvas/arrange.ts";
import { foldRows, type Row } from "../../../renderer/canvas/columns.ts";
import { connectedTo } from "../../../renderer/canvas/documentGraph.ts";
import { fitViewport } from "../../../renderer/canvas/fitViewport.ts";
import { boxOf, overlaps } from "../../../renderer/canvas/geometry.ts";
import { addAt, connect } from "../../../renderer/canvas/gestures.ts";
import { easeOut, movedFrom } from "../../../renderer/canvas/glide.ts";
import { boxOfCollapsed, frameOf } from "../../../renderer/canvas/groupViews.ts";
import { boxesShown } from "../../../renderer/canvas/guideBoxes.ts";
import { rowsOf, spread } from "../../../renderer/canvas/layering.ts";
import { tidyUp } from "../../../renderer/canvas/tidy.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { chain, positionOf, resultOf, undoReturns } from "./chain.ts";

const example = (name: string): LayerscopeDocument => {
  const parsed = parse(exampleNamed(name)?.text ?? "");
  if (!parsed.ok) throw new Error(`The example ${name} does not open.`);
  return parsed.value;
};

const placed = (document: LayerscopeDocument, positions: Readonly<Record<string, Position>>): LayerscopeDocument => {
  const moved = applyCommands(document, [{ type: "moveNodes", positions }]);
  if (!moved.ok) throw new Error("not moved");
  return moved.value;
};

describe("aligning", () => {
  // 240 × 102, 240 × 102 and, Flatten, 240 × 48.
  const document = placed(chain("input", "conv2d", "flatten"), {
    input: { x: 0, y: 0 },
    conv1: { x: 300, y: 40 },
    flatten: { x: 90, y: 300 },
  });
  const ids = ["input", "conv1", "flatten"];

  it.each([
    ["left", "x", [0, 0, 0]],
    ["right", "x", [300, 300, 300]],
    ["centre", "x", [150, 150, 150]],
    ["top", "y", [0, 0, 0]],
    ["bottom", "y", [246, 246, 300]],
    // The middle of 0 … 348 is 174.
    ["middle", "y", [123, 123, 150]],
  ] as const)("brings %s together", (alignment, axis, wanted) => {
    const gesture = alignNodes(document, ids, alignment);
    const aligned = resultOf(document, gesture);
    expect(ids.map((id) => positionOf(aligned, id)?.[axis])).toEqual(wanted);
    const other = axis === "x" ? "y" : "x";
    expect(ids.map((id) => positionOf(aligned, id)?.[other])).toEqual(
      ids.map((id) => positionOf(document, id)?.[other]),
    );
    expect(undoReturns(document, gesture)).toBe(true);
  });

  it("needs two nodes, and something to move", () => {
    expect(alignNodes(document, ["input"], "left")).toBeNull();
    expect(alignNodes(resultOf(document, alignNodes(document, ids, "left")), ids, "left")).toBeNull();
  });
});

describe("distributing", () => {
  it("makes gaps equal between boxes of different heights", () => {
    const document = placed(chain("input", "flatten", "dense"), {
      input: { x: 0, y: 0 },
      flatten: { x: 0, y: 110 },
      fc1: { x: 0, y: 400 },
    });
    const gesture = distributeNodes(document, ["input", "flatten", "fc1"], "down");
    const even = resultOf(document, gesture);
    // 298 px between the outer two, 48 of them filled: 125 on both sides.
    expect(positionOf(even, "flatten")).toEqual({ x: 0, y: 227 });
    expect(positionOf(even, "fc1")).toEqual({ x: 0, y: 400 });
    expect(undoReturns(document, gesture)).toBe(true);
    expect(distributeNodes(document, ["input", "fc1"], "down")).toBeNull();
  });

  it("works across, whatever the order of the document", () => {
    const document = placed(chain("input", "conv2d", "relu"), {
      input: { x: 900, y: 0 },
      conv1: { x: 0, y: 0 },
      relu1: { x: 300, y: 0 },
    });
    const even = resultOf(document, distributeNodes(document, ["input", "conv1", "relu1"], "across"));
    expect(positionOf(even, "relu1")?.x).toBe(450);
  });
});

const noneOverlap = (document: LayerscopeDocument): boolean => {
  const boxes = document.nodes.map(boxOf);
  return boxes.every((box, index) => boxes.slice(index + 1).every((other) => !overlaps(box, other, 8)));
};

const scattered = (document: LayerscopeDocument, seed: number): LayerscopeDocument =>
  placed(
    document,
    Object.fromEntries(
      document.nodes.map(({ id }, index) => [
        id,
        { x: ((index * 7919 + seed) % 97) * 12, y: ((index * 104_729) % 89) * 12 },
      ]),
    ),
  );

describe("folding rows into columns", () => {
  /** How much the columns of a cut differ from their mean, as `foldRows` counts that; Infinity where no column may end. */
  const costOf = (rows: readonly Row[], starts: readonly number[]): number => {
    const heightOf = (start: number, end: number) =>
      rows.slice(start, end).reduce((sum, { height, gap }, at) => sum + height + (start + at < end - 1 ? gap : 0), 0);
    const ideal = heightOf(0, rows.length) / starts.length;
    return starts.reduce((cost, start, column) => {
      const end = starts[column + 1] ?? rows.length;
      const last = rows[end - 1];
      const isInside = end < rows.length;
      if (isInside && !last?.mayEnd) return Number.POSITIVE_INFINITY;
      return cost + (heightOf(start, end) - ideal) ** 2 + (isInside && !last?.isJoint ? (0.4 * ideal) ** 2 : 0);
    }, 0);
  };

  /** Of all ways to cut into so many columns. */
  const leastCost = (rows: readonly Row[], count: number): number => {
    const cuts = (starts: readonly number[]): number[] =>
      starts.length === count
        ? [costOf(rows, starts)]
        : rows.flatMap((_, end) => (end > (starts.at(-1) ?? 0) ? cuts([...starts, end]) : []));
    return Math.min(...cuts([0]));
  };

  it("cuts where columns are most alike, joints preferred, whatever the rows", () => {
    const row = fc.record({
      height: fc.constantFrom(40, 102, 220),
      gap: fc.constantFrom(16, 60),
      mayEnd: fc.boolean(),
      isJoint: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 4, maxLength: 11 }), (rows) => {
        const starts = foldRows(rows, 240, 60, 300);
        // Two cuts may be equally good.
        const least = leastCost(rows, starts.length);
        expect(costOf(rows, starts)).toBeLessThanOrEqual(least * (1 + 1e-12));
      }),
      { numRuns: 300 },
    );
  });
});

describe("tidying up", () => {
  it("draws LeNet as its example does: three columns, cut after pooling and before the classifier", () => {
    const lenet = example("lenet-bn-avg");
    const tidied = resultOf(scattered(lenet, 3), tidyUp(scattered(lenet, 3), []));
    const [origin] = tidied.nodes.map(({ position }) => position);
    for (const node of lenet.nodes) {
      const { x = 0, y = 0 } = positionOf(tidied, node.id) ?? {};
      expect({ x: x - (origin?.x ?? 0), y: y - (origin?.y ?? 0) }, node.id).toEqual(node.position);
    }
  });

  it("covers no node, points every edge of a branch downwards, and gives the same again", () => {
    const net = scattered(example("residual-cifar10"), 5);
    const gesture = tidyUp(net, []);
    const tidied = resultOf(net, gesture);
    expect(noneOverlap(tidied)).toBe(true);
    expect(undoReturns(net, gesture)).toBe(true);
    expect(tidyUp(tidied, [])).toBeNull();
    for (const { from, to } of tidied.edges) {
      const [source, target] = [positionOf(tidied, from.node), positionOf(tidied, to.node)];
      // Within a column downwards; to another column to the right.
      expect(target && source && (target.y > source.y || target.x > source.x), `${from.node} to ${to.node}`).toBe(true);
    }
  });

  it("puts branches side by side, the first straight under what feeds them", () => {
    let document = chain("input", "conv2d");
    for (const kind of ["relu", "tanh"]) {
      document = resultOf(document, addAt(document, kind, { x: 900, y: 900 }));
      const id = document.nodes.at(-1)?.id ?? "";
      document = resultOf(document, connect(document, { node: "conv1", port: "out" }, { node: id, port: "in" }));
    }
    const tidied = resultOf(document, tidyUp(document, []));
    const [conv, relu, tanh] = ["conv1", "relu1", "tanh1"].map((id) => positionOf(tidied, id));
    expect(relu?.y).toBe(tanh?.y);
    expect(relu?.x).toBe(conv?.x);
    expect((tanh?.x ?? 0) - (relu?.x ?? 0)).toBe(276);
  });

  it("moves only the selected nodes and keeps clear of the others", () => {
    const net = scattered(example("mlp-bn"), 11);
    const chosen = net.nodes.slice(0, 3).map(({ id }) => id);
    const tidied = resultOf(net, tidyUp(net, chosen));
    for (const { id, position } of net.nodes.slice(3)) expect(positionOf(tidied, id)).toEqual(position);
    const moved = tidied.nodes.slice(0, 3).map(boxOf);
    const others = tidied.nodes.slice(3).map(boxOf);
    expect(moved.some((box) => others.some((other) => overlaps(box, other, 0)))).toBe(false);
  });

  it("cuts no group that a window can show, so that no frame lies over another", () => {
    const layers = (count: number) =>
      Array.from({ length: count }, (_, index) => (index % 2 === 0 ? "conv2d" : "relu"));
    const net = chain("input", ...layers(21));
    const ids = net.nodes.map(({ id }) => id);
    const parts = [ids.slice(0, 8), ids.slice(8, 15), ids.slice(15)];
    const groups = parts.map((nodeIds, index) => ({ id: `g${index}`, title: "", color: "blue" as const, nodeIds }));
    const document = { ...scattered(net, 7), groups };
    const tidied = resultOf(document, tidyUp(document, []));
    const frames = parts.map((part) =>
      frameOf(
        tidied.nodes.filter(({ id }) => part.includes(id)),
        {},
      ),
    );
    expect(frames.map(({ left, right }) => right - left)).toEqual([264, 264, 264]);
    frames.forEach((frame, index) => {
      for (const other of frames.slice(index + 1)) expect(overlaps(frame, other, 0)).toBe(false);
    });
    expect(new Set(frames.map(({ left }) => left)).size).toBe(3);
    // The view that fits has the frames in it, with room for their titles above.
    const shown = boxesShown(tidied);
    for (const frame of frames) expect(shown).toContainEqual(frame);
    const { y, zoom } = fitViewport(shown, 950, 620);
    expect(Math.min(...frames.map(({ top }) => top)) * zoom + y).toBeGreaterThanOrEqual(24);
  });

  it("gives a collapsed group the room of the one box that it is", () => {
    const net = chain("input", "conv2d", "relu", "pool2d", "flatten", "dense");
    const inside = ["conv1", "relu1", "pool1"];
    const group = { id: "block", title: "Block", color: "neutral", nodeIds: inside, collapsed: true } as const;
    const document = { ...scattered(net, 5), groups: [{ ...group, nodeIds: inside }] };
    const tidied = resultOf(document, tidyUp(document, []));
    const corner = (of: LayerscopeDocument): Position => {
      const { left, top } = boxOfCollapsed(
        of.nodes.filter(({ id }) => inside.includes(id)),
        {},
      );
      return { x: left, y: top };
    };
    const [input, box, flatten] = [positionOf(tidied, "input"), corner(tidied), positionOf(tidied, "flatten")];
    expect([box.x, flatten?.x]).toEqual([input?.x, input?.x]);
    expect([box.y - (input?.y ?? 0), (flatten?.y ?? 0) - box.y]).toEqual([118, 118]);
    // What is inside stays as it was drawn.
    for (const id of inside) {
      const [before, after] = [positionOf(document, id), positionOf(tidied, id)];
      expect((after?.x ?? 0) - box.x).toBe((before?.x ?? 0) - corner(document).x);
      expect((after?.y ?? 0) - box.y).toBe((before?.y ?? 0) - corner(document).y);
    }
    expect(undoReturns(document, tidyUp(document, []))).toBe(true);
    expect(tidyUp(tidied, [])).toBeNull();
  });

  it("copes with cycles, loose nodes and an empty document", () => {
    const loop = chain("input", "conv2d", "relu");
    const cyclic = {
      ...loop,
      edges: [...loop.edges, { from: { node: "relu1", port: "out" }, to: { node: "conv1", port: "in" } }],
    };
    expect(noneOverlap(resultOf(scattered(cyclic, 1), tidyUp(scattered(cyclic, 1), [])))).toBe(true);
    const loose = resultOf(loop, addAt(loop, "dense", { x: 0, y: 0 }));
    expect(noneOverlap(resultOf(scattered(loose, 1), tidyUp(scattered(loose, 1), [])))).toBe(true);
    expect(tidyUp({ ...loop, nodes: [], edges: [] }, [])).toBeNull();
  });
});

describe("layering", () => {
  it("uncrosses two arrows", () => {
    const rows = rowsOf(
      ["a", "b", "c", "d"],
      [
        { from: "a", to: "d" },
        { from: "b", to: "c" },
      ],
    );
    expect(rows).toEqual([
      ["a", "b"],
      ["d", "c"],
    ]);
  });

  it("spreads places as little as possible", () => {
    expect(spread([0, 0], 10)).toEqual([-5, 5]);
    expect(spread([0, 100], 10)).toEqual([0, 100]);
    expect(spread([0, 0], 10, [3, 1])).toEqual([-2.5, 7.5]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -500, max: 500 }), { maxLength: 12 }), (wanted) => {
        const places = spread(wanted, 40);
        for (let index = 1; index < places.length; index += 1) {
          expect((places[index] ?? 0) - (places[index - 1] ?? 0)).toBeGreaterThanOrEqual(40 - 1e-9);
        }
      }),
    );
  });

  it("folds only what is too tall, and never where several edges lead on", () => {
    const row = { height: 102, gap: 16, mayEnd: true, isJoint: false };
    expect(foldRows([row, row, row], 240, 60, 708)).toEqual([0]);
    const rows = Array.from({ length: 12 }, (_, index) => ({ ...row, mayEnd: index === 4 }));
    expect(foldRows(rows, 240, 60, 708)).toEqual([0, 5]);
  });
});

describe("what leads where", () => {
  it("follows edges up and down", () => {
    const document = chain("input", "conv2d", "relu", "flatten");
    expect([...connectedTo(document, ["relu1"], "upstream")].toSorted()).toEqual(["conv1", "input", "relu1"]);
    expect([...connectedTo(document, ["relu1"], "downstream")].toSorted()).toEqual(["flatten", "relu1"]);
  });
});

describe("gliding", () => {
  it("starts where nodes were seen, and only for those that stand elsewhere now", () => {
    const document = chain("input", "conv2d");
    const seen = new Map([
      ["input", { x: 0, y: 0 }],
      ["conv1", { x: 8, y: 300 }],
      ["gone", { x: 0, y: 0 }],
    ]);
    expect(movedFrom(seen, document)).toEqual({ conv1: { x: 8, y: 300 } });
  });

  it("eases out from 0 to 1 and never back", () => {
    expect(easeOut(0)).toBeCloseTo(0, 5);
    expect(easeOut(1)).toBeCloseTo(1, 5);
    const way = Array.from({ length: 21 }, (_, step) => easeOut(step / 20));
    expect(way.every((at, index) => index === 0 || at >= (way[index - 1] ?? 0))).toBe(true);
    expect(easeOut(0.25)).toBeGreaterThan(0.6);
  });
});
