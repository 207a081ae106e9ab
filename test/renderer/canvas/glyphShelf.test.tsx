import { cleanup, render } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { layerOf } from "../../../engine/index.ts";
import { GlyphShelf } from "../../../renderer/canvas/GlyphShelf.tsx";
import { glyphOf } from "../../../renderer/canvas/nodeGlyph.ts";
import type { NodeView } from "../../../renderer/canvas/nodeViews.ts";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const viewsOf = (...kinds: readonly string[]): readonly NodeView[] =>
  kinds.map((kind) => ({ kind, family: layerOf(kind)?.family ?? null, compact: false, bypassed: false }) as NodeView);

const nothing = (): undefined => undefined;

/** Paths that count what they are made of. */
class CountedPath {
  pieces = 0;
  addPath(): void {
    this.pieces += 1;
  }
  arc = nothing;
  roundRect = nothing;
  moveTo = nothing;
  lineTo = nothing;
}

const piecesOf = ([view]: readonly NodeView[]): number | undefined => {
  const shapes = view && glyphOf(view, "full")?.shapes();
  return (shapes as unknown as CountedPath | undefined)?.pieces;
};

it("draws every layer's glyph by the one that there is of its kind, also of kinds that come later or are unknown", () => {
  vi.stubGlobal("Path2D", CountedPath);
  const { container, rerender } = render(<GlyphShelf views={viewsOf("dense", "relu", "dense")} />);
  expect(container.querySelectorAll("[data-glyph]:not([data-glyph^=health]) > svg")).toHaveLength(2);
  // Five dots and their lines.
  expect(piecesOf(viewsOf("dense"))).toBe(6);
  expect(piecesOf(viewsOf("relu"))).toBe(1);
  // Not there yet; nothing is remembered of that.
  expect(piecesOf(viewsOf("conv2d"))).toBe(0);
  rerender(<GlyphShelf views={viewsOf("dense", "conv2d", "swish")} />);
  expect(piecesOf(viewsOf("conv2d"))).toBeGreaterThan(1);
  expect(piecesOf(viewsOf("swish"))).toBeGreaterThan(0);
  expect(container.querySelector("[hidden]")?.contains(container.querySelector("svg"))).toBe(true);
});
