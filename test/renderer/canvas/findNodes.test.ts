import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/index.ts";
import { findNodes } from "../../../renderer/canvas/findNodes.ts";
import { nodeViews } from "../../../renderer/canvas/nodeViews.ts";
import { chain } from "./chain.ts";

describe("finding nodes", () => {
  const document = chain("input", "conv2d", "relu", "conv2d", "flatten", "dense");
  const found = (query: string) => findNodes(document, compile(document), query).map(({ nodeId }) => nodeId);

  it("puts names before kinds, and else keeps the order of the net", () => {
    expect(found("conv")).toEqual(["conv1", "conv2"]);
    expect(found("conv2")).toEqual(["conv2", "conv1"]);
    expect(found("Dense")).toEqual(["fc1"]);
    expect(found("")).toEqual(["input", "conv1", "relu1", "conv2", "flatten", "fc1"]);
  });

  it("takes shapes as people type them", () => {
    expect(found("16x26x26")).toEqual(["conv1", "relu1"]);
    expect(found("28×28")).toEqual(["input"]);
    expect(found("toaster")).toEqual([]);
  });
});

describe("ports", () => {
  it("say what arrives and where it goes", () => {
    const document = chain("input", "conv2d", "relu");
    const views = new Map(nodeViews(document, compile(document), null).map((view) => [view.nodeId, view]));
    expect(views.get("conv1")?.inputTexts).toEqual({ in: "Input: 1×28×28 from input" });
    expect(views.get("conv1")?.outputTexts).toEqual({ out: "Output: 16×26×26 to relu1" });
    expect(views.get("relu1")?.outputTexts).toEqual({ out: "Output: 16×26×26, not connected" });
    expect(views.get("input")?.inputTexts).toEqual({});
  });
});
