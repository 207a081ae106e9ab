import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyCommands, edgeId, type LayerscopeDocument, newDocument } from "../../../engine/index.ts";
import { reaches } from "../../../renderer/canvas/documentGraph.ts";
import { boxOf, overlaps } from "../../../renderer/canvas/geometry.ts";
import type { Gesture } from "../../../renderer/canvas/gesture.ts";
import {
  addAfter,
  addAt,
  checkConnection,
  connect,
  disconnect,
  duplicate,
  moveNodes,
  spliceOnEdge,
} from "../../../renderer/canvas/gestures.ts";

const ORIGIN = { x: 0, y: 0 };

/** What the document store does with a gesture. */
const resultOf = (document: LayerscopeDocument, gesture: Gesture | null): LayerscopeDocument => {
  if (gesture === null) throw new Error("the gesture did nothing");
  const applied = applyCommands(document, gesture.commands);
  if (!applied.ok) throw new Error(JSON.stringify(applied.error));
  return applied.value;
};

const chain = (...kinds: string[]): LayerscopeDocument => {
  let document = newDocument();
  let last: string | null = null;
  for (const kind of kinds) {
    const gesture: Gesture | null = addAfter(document, kind, last, ORIGIN);
    document = resultOf(document, gesture);
    last = gesture?.select?.[0] ?? null;
  }
  return document;
};

const edges = (document: LayerscopeDocument): readonly string[] =>
  document.edges.map(({ from, to }) => `${from.node}>${to.node}`).sort();

const position = (document: LayerscopeDocument, nodeId: string) =>
  document.nodes.find((node) => node.id === nodeId)?.position;

const port = (node: string, name: string) => ({ node, port: name });

describe("adding from the palette", () => {
  it("stands below the selected node, fed by it, and selected itself", () => {
    const gesture = addAfter(chain("input"), "conv2d", "input", { x: 900, y: 900 });
    expect(gesture?.label).toBe("add Conv2D");
    expect(gesture?.select).toEqual(["conv1"]);
    const document = resultOf(chain("input"), gesture);
    expect(edges(document)).toEqual(["input>conv1"]);
    // 102 of the node and 16 of the gap.
    expect(position(document, "conv1")).toEqual({ x: 0, y: 118 });
  });

  it("goes between a node and the only one it feeds, and pushes that down", () => {
    const document = resultOf(
      chain("input", "conv2d", "relu"),
      addAfter(chain("input", "conv2d", "relu"), "batchNorm", "conv1", ORIGIN),
    );
    expect(edges(document)).toEqual(["bn1>relu1", "conv1>bn1", "input>conv1"]);
    expect(position(document, "bn1")).toEqual({ x: 0, y: 236 });
    expect(position(document, "relu1")).toEqual({ x: 0, y: 354 });
    expect(position(document, "input")).toEqual({ x: 0, y: 0 });
  });

  it("is not connected where that is impossible", () => {
    const behindOutput = resultOf(
      chain("input", "output"),
      addAfter(chain("input", "output"), "relu", "output", ORIGIN),
    );
    expect(edges(behindOutput)).toEqual(["input>output"]);
    const secondInput = resultOf(chain("input", "relu"), addAfter(chain("input", "relu"), "input", "relu1", ORIGIN));
    expect(edges(secondInput)).toEqual(["input>relu1"]);
    expect(secondInput.nodes).toHaveLength(3);
  });

  it("does nothing for a kind that does not exist", () => {
    expect(addAfter(newDocument(), "toaster", null, ORIGIN)).toBeNull();
  });

  it("never covers another node, wherever it is dropped", () => {
    const document = chain("input", "conv2d", "flatten", "dense", "output");
    fc.assert(
      fc.property(fc.integer({ min: -600, max: 600 }), fc.integer({ min: -600, max: 900 }), (x, y) => {
        const dropped = resultOf(document, addAt(document, "relu", { x, y }));
        const boxes = dropped.nodes.map(boxOf);
        const own = boxes.at(-1);
        if (own === undefined) throw new Error("no node was added");
        expect(boxes.slice(0, -1).some((box) => overlaps(own, box, 0))).toBe(false);
        expect(Math.abs(own.left % 4)).toBe(0);
      }),
    );
  });
});

describe("dropping on an edge", () => {
  const document = chain("input", "conv2d", "relu");
  const edge = document.edges.find(({ to }) => to.node === "relu1");

  it("splices the node in, in one undo step", () => {
    if (edge === undefined) throw new Error("no edge");
    const gesture = spliceOnEdge(document, "batchNorm", edge, { x: 40, y: 200 });
    const spliced = resultOf(document, gesture);
    expect(edges(spliced)).toEqual(["bn1>relu1", "conv1>bn1", "input>conv1"]);
    expect(position(spliced, "bn1")).toEqual({ x: 0, y: 236 });
    expect(gesture?.select).toEqual(["bn1"]);
  });

  it("cannot splice a kind without an input or an output", () => {
    if (edge === undefined) throw new Error("no edge");
    expect(spliceOnEdge(document, "output", edge, ORIGIN)).toBeNull();
    expect(spliceOnEdge(document, "input", edge, ORIGIN)).toBeNull();
  });
});

describe("connecting", () => {
  const document = chain("input", "conv2d", "relu");

  it("connects a free port", () => {
    const free = resultOf(document, addAt(document, "dense", { x: 600, y: 0 }));
    const gesture = connect(free, port("relu1", "out"), port("fc1", "in"));
    expect(gesture?.label).toBe("connect relu1 to fc1");
    expect(edges(resultOf(free, gesture))).toContain("relu1>fc1");
  });

  it("replaces the edge of an occupied port and says so beforehand", () => {
    const check = checkConnection(document, port("input", "out"), port("relu1", "in"));
    expect(check).toMatchObject({ status: "replaces", text: "Replaces conv1" });
    const replaced = resultOf(document, connect(document, port("input", "out"), port("relu1", "in")));
    expect(edges(replaced)).toEqual(["input>conv1", "input>relu1"]);
  });

  it("refuses a node that feeds itself and a cycle, with the reason", () => {
    expect(checkConnection(document, port("conv1", "out"), port("conv1", "in"))).toEqual({
      status: "refused",
      text: "conv1 cannot feed itself.",
    });
    expect(checkConnection(document, port("relu1", "out"), port("conv1", "in"))).toEqual({
      status: "refused",
      text: "A cycle: conv1 already leads to relu1.",
    });
    expect(connect(document, port("relu1", "out"), port("conv1", "in"))).toBeNull();
  });

  it("does nothing where the edge exists, and undoes it by disconnecting", () => {
    expect(connect(document, port("conv1", "out"), port("relu1", "in"))).toBeNull();
    const edge = document.edges.find(({ to }) => to.node === "relu1");
    if (edge === undefined) throw new Error("no edge");
    expect(edges(resultOf(document, disconnect(document, edge)))).toEqual(["input>conv1"]);
  });

  it("follows edges through a graph with a cycle to its end", () => {
    const loop = {
      ...document,
      edges: [...document.edges, { from: port("relu1", "out"), to: port("conv1", "in") }],
    };
    expect(reaches(loop, "conv1", "input")).toBe(false);
    expect(reaches(loop, "relu1", "conv1")).toBe(true);
  });
});

describe("moving", () => {
  const document = chain("input", "relu");

  it("is one step for all that moved, and none when nothing did", () => {
    expect(moveNodes(document, { input: { x: 0, y: 0 } })).toBeNull();
    expect(moveNodes(document, { input: { x: 4, y: 0 } })?.label).toBe("move input");
    const both = moveNodes(document, { input: { x: 4, y: 0 }, relu1: { x: 4, y: 118 } });
    expect(both?.label).toBe("move 2 nodes");
    expect(both?.commands).toHaveLength(1);
    expect(position(resultOf(document, both), "relu1")).toEqual({ x: 4, y: 118 });
  });
});

describe("duplicating", () => {
  it("copies params and the edges between the copies, not those to others", () => {
    const source = resultOf(chain("input", "conv2d", "relu"), {
      commands: [{ type: "setParams", nodeId: "conv1", params: { filters: 7 } }],
      label: "set filters",
      select: null,
    });
    const gesture = duplicate(source, ["conv1", "relu1"]);
    const copied = resultOf(source, gesture);
    expect(gesture?.select).toEqual(["conv2", "relu2"]);
    expect(edges(copied)).toEqual(["conv1>relu1", "conv2>relu2", "input>conv1"]);
    expect(copied.nodes.find((node) => node.id === "conv2")?.params.filters).toBe(7);
    expect(position(copied, "relu2")).toEqual({ x: 276, y: 236 });
    expect(new Set(copied.edges.map(edgeId)).size).toBe(3);
  });
});
