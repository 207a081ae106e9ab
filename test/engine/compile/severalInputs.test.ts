/** Add and Concat: several edges into one port, in documents and in what is said of them. */
import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import type { ParamValue } from "../../../engine/layer.ts";
import { applied } from "./documents.ts";

const node = (kind: string, id: string, params: Record<string, ParamValue> = {}): Command => ({
  ...{ type: "addNode", kind, id, name: id, params },
  position: { x: 0, y: 0 },
});

const edge = (from: string, to: string) => ({ from: { node: from, port: "out" }, to: { node: to, port: "in" } });

const connect = (from: string, to: string): Command => ({ type: "connectPorts", ...edge(from, to) });

/** Input, the given layers behind it side by side, and `join` with an edge from each in order. */
const joined = (
  join: string,
  shape: number[],
  ...branches: readonly (readonly [kind: string, id: string, params?: Record<string, ParamValue>])[]
): LayerscopeDocument =>
  applied(newDocument(), [
    node("input", "input", { shape }),
    node(join, "join"),
    ...branches.flatMap(([kind, id, params]) => [node(kind, id, params), connect("input", id), connect(id, "join")]),
  ]);

const compiled = (document: LayerscopeDocument) => compile(document, { dataset: null });

/** Findings about the node that joins. */
const findings = (document: LayerscopeDocument) =>
  compiled(document).diagnostics.filter(({ nodeId, code }) => nodeId === "join" && code !== "LS109");

const mended = (document: LayerscopeDocument): LayerscopeDocument =>
  applied(document, findings(document)[0]?.fix?.commands ?? []);

describe("several edges into one port", () => {
  const document = joined("concat", [2, 4, 4], ["relu", "a"], ["conv2d", "b", { filters: 3, padding: "same" }]);

  it("are all kept, in the order in which they were made", () => {
    expect(document.edges.filter(({ to }) => to.node === "join").map(({ from }) => from.node)).toEqual(["a", "b"]);
    expect(compiled(document).facts.get("join")).toMatchObject({
      inputShapes: [
        [2, 4, 4],
        [3, 4, 4],
      ],
      outputShape: [5, 4, 4],
      summary: "2 inputs",
    });
    const third = applied(document, [connect("input", "join")]);
    expect(compiled(third).facts.get("join")?.outputShape).toEqual([7, 4, 4]);
  });

  it("stay in their order when a layer is put into one of them", () => {
    const longer = applied(document, [{ type: "insertNodeOnEdge", edge: edge("a", "join"), kind: "batchNorm" }]);
    expect(longer.edges.filter(({ to }) => to.node === "join").map(({ from }) => from.node)).toEqual(["bn1", "b"]);
  });

  it("connect a node once, however often it is asked for", () => {
    const again = applied(document, [connect("a", "join")]);
    expect(again.edges.filter(({ to }) => to.node === "join")).toHaveLength(2);
  });

  it("of a file that has one twice is a finding whose fix deletes the copy", () => {
    const twice = { ...document, edges: [...document.edges, edge("a", "join")] };
    const [finding, ...others] = findings(twice);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      code: "LS107",
      message: 'Concat "join" has more than one edge from a. Each input counts once.',
      fix: { label: "Delete the copy" },
    });
    expect(mended(twice).edges).toEqual(document.edges);
  });

  it("may be none or one while the net is unfinished: that is said with numbers", () => {
    const one = applied(document, [{ type: "deleteEdges", edges: [edge("b", "join")] }]);
    expect(findings(applied(one, [node("output", "output"), connect("join", "output")]))[0]).toMatchObject({
      code: "LS106",
      message: 'Concat "join" takes 2 or more inputs but has 1.',
      badge: "1 of 2 inputs",
      port: null,
      fix: { label: "Connect b" },
    });
    expect(compiled(mended(one)).facts.get("join")?.outputShape).toEqual([5, 4, 4]);
    const none = applied(one, [{ type: "deleteEdges", edges: [edge("a", "join")] }]);
    expect(findings(none)[0]).toMatchObject({
      message: 'Concat "join" takes 2 or more inputs but has none.',
      badge: "not connected",
      port: "in",
    });
  });
});

describe("Add with inputs of different shapes", () => {
  it("names both and inserts the projection of residual nets, on whichever edge needs it", () => {
    const shortcutFirst = joined(
      "add",
      [3, 9, 8],
      ["relu", "skip"],
      ["conv2d", "deep", { filters: 5, stride: [2, 2], padding: "same" }],
    );
    const shortcutLast = joined(
      "add",
      [3, 9, 8],
      ["conv2d", "deep", { filters: 5, stride: [2, 2], padding: "same" }],
      ["relu", "skip"],
    );
    for (const [document, shapes] of [
      [shortcutFirst, "3×9×8 and 5×5×4"],
      [shortcutLast, "5×5×4 and 3×9×8"],
    ] as const) {
      expect(findings(document)).toMatchObject([
        {
          code: "LS201",
          message: `Add "join" adds inputs of one shape but receives ${shapes}.`,
          edge: edge("skip", "join"),
          port: null,
          fix: { label: "Insert 1×1 Conv2D, stride 2×2" },
        },
      ]);
      const fixed = mended(document);
      expect(findings(fixed)).toEqual([]);
      expect(compiled(fixed).facts.get("join")?.outputShape).toEqual([5, 5, 4]);
    }
  });

  it("without a projection says how sizes are kept", () => {
    const document = joined("add", [3, 9, 9], ["conv2d", "cropped", { filters: 3 }], ["relu", "skip"]);
    expect(findings(document)[0]).toMatchObject({
      message:
        'Add "join" adds inputs of one shape but receives 3×7×7 and 3×9×9. Convolutions with padding "same" keep the size.',
      edge: edge("skip", "join"),
      fix: null,
    });
  });

  it("of flat inputs sets the width of the layer that decides it, through those that keep it", () => {
    const flat = joined("add", [6], ["dense", "a", { units: 7 }], ["dense", "b", { units: 5 }]);
    const document = applied(flat, [{ type: "insertNodeOnEdge", edge: edge("b", "join"), kind: "batchNorm" }]);
    expect(findings(document)[0]).toMatchObject({
      message: 'Add "join" adds inputs of one shape but receives 7 and 5.',
      edge: edge("bn1", "join"),
      fix: { label: "Set units of b to 7" },
    });
    expect(compiled(mended(document)).facts.get("join")?.outputShape).toEqual([7]);
  });

  it("finds the odd one of three", () => {
    const document = joined("add", [2, 4, 4], ["relu", "a"], ["relu", "b"], ["conv2d", "c", { filters: 4 }]);
    expect(findings(document)[0]).toMatchObject({ edge: edge("c", "join"), badge: "2×4×4 ≠ 4×2×2" });
  });
});

describe("Concat", () => {
  it("of images of different sizes names both", () => {
    const document = joined("concat", [2, 8, 8], ["relu", "a"], ["pool2d", "b"]);
    expect(findings(document)[0]).toMatchObject({
      code: "LS201",
      message:
        'Concat "join" joins images of one height and width but receives 2×8×8 and 2×4×4. Pool the larger one, or pad with "same".',
      edge: edge("b", "join"),
    });
  });

  it("of an image and a flat input inserts Flatten", () => {
    const document = joined("concat", [2, 4, 4], ["flatten", "a"], ["relu", "b"]);
    expect(findings(document)[0]).toMatchObject({
      message: 'Concat "join" joins either images or flat inputs but receives 2×4×4 and 32.',
      edge: edge("b", "join"),
      fix: { label: "Insert Flatten" },
    });
    expect(compiled(mended(document)).facts.get("join")?.outputShape).toEqual([64]);
  });
});
