import { describe, expect, it } from "vitest";
import { compile, edgeId, type LayerscopeDocument } from "../../../engine/index.ts";
import { deleteItems } from "../../../renderer/canvas/deleting.ts";
import { addAt, connect } from "../../../renderer/canvas/gestures.ts";
import { isLoose, spliceNode } from "../../../renderer/canvas/splice.ts";
import { chain, edgesOf, positionOf, resultOf, undoReturns } from "./chain.ts";

const deleting = (document: LayerscopeDocument, nodeIds: readonly string[], reconnect = true, edges: string[] = []) =>
  deleteItems(document, nodeIds, edges, { reconnect, dataset: compile(document).dataset });

const afterDeleting = (document: LayerscopeDocument, ...nodeIds: string[]): readonly string[] =>
  edgesOf(resultOf(document, deleting(document, nodeIds))).toSorted();

const port = (node: string, name: string) => ({ node, port: name });

/** input → conv1 → bn1 → relu1 → concat1, and input → concat1 first. */
const joined = (): LayerscopeDocument => {
  let document = chain("input", "batchNorm", "relu");
  document = resultOf(document, addAt(document, "concat", { x: 0, y: 600 }));
  for (const [from, to] of [
    ["relu1", "concat1"],
    ["input", "concat1"],
  ] as const) {
    document = resultOf(document, connect(document, port(from, "out"), port(to, "in")));
  }
  return document;
};

describe("deleting a node", () => {
  const net = chain("input", "conv2d", "batchNorm", "relu", "flatten", "dense");

  it("connects what fed it to what came after it, as one step", () => {
    const gesture = deleting(net, ["bn1"]);
    expect(gesture?.label).toBe("delete bn1");
    expect(edgesOf(resultOf(net, gesture))).toContain("conv1>relu1");
    expect(undoReturns(net, gesture)).toBe(true);
  });

  it("does so across several that follow each other", () => {
    expect(afterDeleting(net, "relu1", "bn1", "conv1")).toEqual(["flatten>fc1", "input>flatten"]);
  });

  it("does so to all that it fed", () => {
    const fan = resultOf(net, addAt(net, "tanh", { x: 600, y: 0 }));
    const wide = resultOf(fan, connect(fan, port("bn1", "out"), port("tanh1", "in")));
    expect(afterDeleting(wide, "bn1")).toEqual([
      "conv1>relu1",
      "conv1>tanh1",
      "flatten>fc1",
      "input>conv1",
      "relu1>flatten",
    ]);
  });

  it("leaves the gap where shapes would not fit", () => {
    expect(afterDeleting(net, "flatten")).toEqual(["bn1>relu1", "conv1>bn1", "input>conv1"]);
  });

  it("leaves the gap at the end of the net, and when told to", () => {
    expect(afterDeleting(net, "fc1")).not.toContain("flatten>fc1");
    expect(edgesOf(resultOf(net, deleting(net, ["bn1"], false)))).toEqual([
      "input>conv1",
      "relu1>flatten",
      "flatten>fc1",
    ]);
  });

  it("keeps the order of a concatenation", () => {
    const document = joined();
    expect(edgesOf(document).slice(-2)).toEqual(["relu1>concat1", "input>concat1"]);
    expect(edgesOf(resultOf(document, deleting(document, ["relu1"])))).toEqual([
      "input>bn1",
      "bn1>concat1",
      "input>concat1",
    ]);
  });

  it("does not choose between several inputs", () => {
    const document = joined();
    const longer = resultOf(document, addAt(document, "tanh", { x: 0, y: 900 }));
    const wired = resultOf(longer, connect(longer, port("concat1", "out"), port("tanh1", "in")));
    expect(afterDeleting(wired, "concat1")).toEqual(["bn1>relu1", "input>bn1"]);
  });

  it("deletes selected edges with it and bridges none of them", () => {
    const [cut] = net.edges.filter(({ to }) => to.node === "bn1").map(edgeId);
    const gesture = deleting(net, ["bn1"], true, [cut ?? ""]);
    expect(edgesOf(resultOf(net, gesture))).toEqual(["input>conv1", "relu1>flatten", "flatten>fc1"]);
    const [other] = net.edges.filter(({ to }) => to.node === "fc1").map(edgeId);
    expect(deleting(net, [], true, [other ?? ""])?.label).toBe("delete a connection");
    expect(deleting(net, [])).toBeNull();
  });

  it("mends a net that has other errors already", () => {
    const broken = resultOf(net, {
      commands: [{ type: "setParams", nodeId: "conv1", params: { kernel: [99, 99] } }],
      label: "",
      select: null,
    });
    expect(afterDeleting(broken, "bn1")).toContain("conv1>relu1");
  });
});

describe("dropping a loose node on an edge", () => {
  const column = chain("input", "conv2d", "relu");
  const document = resultOf(column, addAt(column, "batchNorm", { x: 600, y: 0 }));
  const edge = document.edges.find(({ to }) => to.node === "relu1");
  if (edge === undefined) throw new Error("no edge");

  it("splices it in and makes room in the column, as one step", () => {
    const gesture = spliceNode(document, "bn1", edge, { x: 30, y: 190 });
    expect(gesture?.label).toBe("insert bn1 between conv1 and relu1");
    const spliced = resultOf(document, gesture);
    expect(edgesOf(spliced).toSorted()).toEqual(["bn1>relu1", "conv1>bn1", "input>conv1"]);
    expect(positionOf(spliced, "bn1")).toEqual({ x: 0, y: 236 });
    expect(positionOf(spliced, "relu1")).toEqual({ x: 0, y: 354 });
    expect(undoReturns(document, gesture)).toBe(true);
  });

  it("takes only nodes that nothing is connected to, with an input and an output", () => {
    expect(isLoose(document, "bn1")).toBe(true);
    expect(isLoose(document, "conv1")).toBe(false);
    const withOutput = resultOf(document, addAt(document, "output", { x: 900, y: 0 }));
    expect(isLoose(withOutput, "output")).toBe(false);
    expect(spliceNode(document, "conv1", edge, { x: 0, y: 0 })).toBeNull();
  });

  it("keeps the order of a concatenation", () => {
    const wide = joined();
    const loose = resultOf(wide, addAt(wide, "tanh", { x: 600, y: 0 }));
    const first = loose.edges.find(({ from, to }) => from.node === "relu1" && to.node === "concat1");
    if (first === undefined) throw new Error("no edge");
    const spliced = resultOf(loose, spliceNode(loose, "tanh1", first, { x: 0, y: 0 }));
    expect(edgesOf(spliced).filter((edge) => edge.endsWith(">concat1"))).toEqual(["tanh1>concat1", "input>concat1"]);
  });
});
