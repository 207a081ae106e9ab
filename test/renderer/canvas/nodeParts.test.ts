import { afterEach, expect, it } from "vitest";
import { nodeElements } from "../../../renderer/canvas/nodeElements.ts";
import { showEmptyStrips, showHeader } from "../../../renderer/canvas/nodeParts.ts";
import type { NodeView } from "../../../renderer/canvas/nodeViews.ts";

const view: NodeView = {
  ...{ nodeId: "fc1", kind: "dense", title: "Dense", family: "linear", name: "fc1", shape: "300", facts: "25 weights" },
  ...{ compact: false, bypassed: false, showsSamples: false, isLoss: false, inputs: ["in"], outputs: ["out"] },
  ...{ inputTexts: {}, outputTexts: {}, diagnostics: [], measured: "none", divergence: null },
};

afterEach(() => document.body.replaceChildren());

const texts = (root: Element): readonly string[] =>
  [...root.querySelectorAll("span")].map(({ textContent }) => textContent ?? "").filter((text) => text !== "");

it("shows of a header what its level has room for, and writes what changes into the same elements", () => {
  const root = document.createElement("div");
  showHeader(root, view, "full");
  expect(texts(root)).toEqual(["fc1", "Dense", "300", "25 weights"]);
  const elements = [...root.querySelectorAll("*")];
  showHeader(root, { ...view, name: "a <b>", facts: "36 weights" }, "full");
  expect(texts(root)).toEqual(["a <b>", "Dense", "300", "36 weights"]);
  expect([...root.querySelectorAll("[title]")].map((each) => each.getAttribute("title"))).toEqual([
    "a <b>",
    "36 weights",
  ]);
  expect([...root.querySelectorAll("*")]).toEqual(elements);
  showHeader(root, view, "small");
  expect(texts(root)).toEqual(["fc1"]);
  showHeader(root, view, "full");
  expect(texts(root)).toEqual(["fc1", "Dense", "300", "25 weights"]);
});

it("says where nothing was measured, and takes that back", () => {
  const root = document.createElement("div");
  showEmptyStrips(root, "fc1", "full", false);
  expect(root.textContent).toContain("Train to measure");
  const readouts = root.querySelector("#readouts-fc1");
  expect([...(readouts?.querySelectorAll("[data-part]") ?? [])].map((each) => each.getAttribute("data-part"))).toEqual([
    "first",
    "second",
    "third",
  ]);
  showEmptyStrips(root, "fc1", "full", true);
  expect(root.textContent).not.toContain("Train to measure");
});

it("finds the elements of items that came, went and came back", () => {
  const root = document.createElement("div");
  document.body.append(root);
  const item = (id: string): HTMLElement => {
    const made = document.createElement("div");
    made.className = "react-flow__node";
    made.dataset.id = id;
    return made;
  };
  const [first, second] = [item("a"), item("b")];
  root.append(first, second);
  const all = nodeElements(root, ["b", "a", "c"]);
  expect([all.get("a"), all.get("b"), all.has("c")]).toEqual([first, second, false]);
  first.remove();
  expect(nodeElements(root, ["a"]).size).toBe(0);
  const again = item("a");
  root.append(again);
  expect(nodeElements(root, ["a", "b"]).get("a")).toBe(again);
  expect(nodeElements(null, ["a"]).size).toBe(0);
});
