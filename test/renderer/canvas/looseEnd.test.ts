import { describe, expect, it } from "vitest";
import { compile, type LayerscopeDocument, layerOf, layers } from "../../../engine/index.ts";
import { addAt, connect } from "../../../renderer/canvas/gestures.ts";
import { addAtLooseEnd, fitAt, type LooseEnd } from "../../../renderer/canvas/looseEnd.ts";
import { chain, edgesOf, positionOf, resultOf, undoReturns } from "./chain.ts";

const leaving = (node: string): LooseEnd => ({ side: "output", port: { node, port: "out" } });
const entering = (node: string): LooseEnd => ({ side: "input", port: { node, port: "in" } });

const judge = (document: LayerscopeDocument, end: LooseEnd, kind: string) => {
  const layer = layerOf(kind);
  if (layer === undefined) throw new Error(kind);
  return fitAt(document, compile(document), end, layer);
};

const FITS = { status: "fits" };

describe("what fits after an output", () => {
  const document = chain("input", "conv2d", "flatten", "dense");

  it("is told by the shape there", () => {
    expect(judge(document, leaving("conv1"), "pool2d")).toEqual(FITS);
    expect(judge(document, leaving("conv1"), "add")).toEqual(FITS);
    expect(judge(document, leaving("conv1"), "dense")).toEqual({ status: "misfit", reason: "16×26×26 is not flat" });
    expect(judge(document, leaving("flatten"), "dense")).toEqual(FITS);
    expect(judge(document, leaving("flatten"), "conv2d").status).toBe("misfit");
  });

  it("leaves out what has no input, and says when the net has an output", () => {
    expect(judge(document, leaving("conv1"), "input")).toEqual({ status: "never" });
    const whole = chain("input", "flatten", "dense", "output");
    expect(judge(whole, leaving("fc1"), "output")).toEqual({ status: "misfit", reason: "the net has an output" });
  });

  it("counts the classes of the dataset", () => {
    expect(judge(document, leaving("fc1"), "output")).toMatchObject({ status: "misfit" });
    const ten = resultOf(document, {
      commands: [{ type: "setParams", nodeId: "fc1", params: { units: 10 } }],
      label: "set units",
      select: null,
    });
    expect(judge(ten, leaving("fc1"), "output")).toEqual(FITS);
  });

  it("is anything with an input where the shape is unknown", () => {
    const loose = resultOf(document, addAt(document, "conv2d", { x: 900, y: 0 }));
    expect(judge(loose, leaving("conv2"), "dense")).toEqual(FITS);
  });

  it("agrees with the compiler for every kind", () => {
    for (const nodeId of ["input", "conv1", "flatten", "fc1"]) {
      for (const { kind } of layers) {
        const gesture = addAtLooseEnd(document, kind, leaving(nodeId), { x: 900, y: 0 });
        const found = judge(document, leaving(nodeId), kind);
        expect(gesture === null, kind).toBe(found.status === "never");
        if (gesture === null) continue;
        const linked = resultOf(document, gesture);
        const [added] = gesture.select ?? [];
        const errors = compile(linked).diagnostics.filter(
          // A sum waits for its second input; that is no misfit.
          (item) => item.nodeId === added && item.severity === "error" && item.code !== "LS106",
        );
        if (layerOf(kind)?.leastEdges === undefined) {
          expect(errors.length > 0, `${kind} after ${nodeId}`).toBe(found.status === "misfit");
        }
      }
    }
  });
});

describe("what fits before an input", () => {
  it("must make what the layer takes", () => {
    const document = resultOf(chain("input"), addAt(chain("input"), "dense", { x: 0, y: 400 }));
    expect(judge(document, entering("fc1"), "flatten")).toEqual(FITS);
    expect(judge(document, entering("fc1"), "relu")).toEqual(FITS);
    expect(judge(document, entering("fc1"), "conv2d").status).toBe("misfit");
    expect(judge(document, entering("fc1"), "output")).toEqual({ status: "never" });
    expect(judge(document, entering("fc1"), "input")).toEqual({ status: "misfit", reason: "the net has an input" });
  });

  it("must take what feeds the input now", () => {
    const document = chain("input", "conv2d", "relu");
    expect(judge(document, entering("conv1"), "batchNorm")).toEqual(FITS);
    expect(judge(document, entering("conv1"), "dense")).toEqual({ status: "misfit", reason: "1×28×28 is not flat" });
    expect(judge(document, entering("conv1"), "flatten").status).toBe("misfit");
  });

  it("must have the shape of a sum's other inputs", () => {
    const joined = chain("input", "conv2d", "add");
    expect(judge(joined, entering("add1"), "relu")).toEqual(FITS);
    expect(judge(joined, entering("add1"), "flatten").status).toBe("misfit");
  });
});

describe("adding at the loose end", () => {
  it("puts the new node's input where the link was let go, and connects it, as one step", () => {
    const document = chain("input", "conv2d");
    const gesture = addAtLooseEnd(document, "relu", leaving("conv1"), { x: 620, y: 300 });
    const added = resultOf(document, gesture);
    expect(edgesOf(added)).toEqual(["input>conv1", "conv1>relu1"]);
    expect(positionOf(added, "relu1")).toEqual({ x: 500, y: 300 });
    expect(gesture?.select).toEqual(["relu1"]);
    expect(undoReturns(document, gesture)).toBe(true);
  });

  it("leaves the other edges of the output alone", () => {
    const document = chain("input", "conv2d", "relu");
    const added = resultOf(document, addAtLooseEnd(document, "tanh", leaving("conv1"), { x: 620, y: 300 }));
    expect(edgesOf(added)).toEqual(["input>conv1", "conv1>relu1", "conv1>tanh1"]);
  });

  it("stands before a free input", () => {
    const document = resultOf(chain("input"), addAt(chain("input"), "dense", { x: 0, y: 600 }));
    const added = resultOf(document, addAtLooseEnd(document, "flatten", entering("fc1"), { x: 120, y: 500 }));
    expect(edgesOf(added)).toEqual(["flatten>fc1"]);
    // A header of 48 px whose lower border is where the link was let go.
    expect(positionOf(added, "flatten")).toEqual({ x: 0, y: 452 });
  });

  it("goes between an input and what feeds it", () => {
    const document = chain("input", "conv2d", "relu");
    const gesture = addAtLooseEnd(document, "batchNorm", entering("relu1"), { x: 620, y: 300 });
    expect(edgesOf(resultOf(document, gesture)).toSorted()).toEqual(["bn1>relu1", "conv1>bn1", "input>conv1"]);
    expect(undoReturns(document, gesture)).toBe(true);
  });

  it("joins a sum", () => {
    const branches = chain("input", "conv2d", "add");
    const joined = resultOf(branches, connect(branches, { node: "input", port: "out" }, { node: "add1", port: "in" }));
    const added = resultOf(joined, addAtLooseEnd(joined, "relu", entering("add1"), { x: 620, y: 300 }));
    expect(edgesOf(added)).toEqual(["input>conv1", "conv1>add1", "input>add1", "relu1>add1"]);
  });

  it("does nothing for a kind without the port", () => {
    const document = chain("input", "conv2d");
    expect(addAtLooseEnd(document, "input", leaving("conv1"), { x: 0, y: 0 })).toBeNull();
    expect(addAtLooseEnd(document, "output", entering("conv1"), { x: 0, y: 0 })).toBeNull();
  });
});
