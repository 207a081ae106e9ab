import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { layers, newDocument } from "../../../engine/index.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { familyClass, KindGlyph } from "../../../renderer/palette/KindGlyph.tsx";
import { LayerSearch } from "../../../renderer/palette/LayerSearch.tsx";
import { groupLayers, searchLayers } from "../../../renderer/palette/layerSearch.ts";
import { Palette } from "../../../renderer/palette/Palette.tsx";

const kindsOf = (): readonly string[] => documentStore.getState().document.nodes.map(({ kind }) => kind);

beforeEach(() => {
  // Wide enough for more than the rail.
  vi.stubGlobal("matchMedia", (media: string) => Object.assign(new EventTarget(), { media, matches: false }));
  documentStore.getState().open(newDocument(), UNTITLED);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("finding a layer", () => {
  const found = (query: string): readonly string[] => searchLayers(query).map(({ kind }) => kind);

  it("goes by title, by other names and by formula", () => {
    expect(found("conv")[0]).toBe("conv2d");
    expect(found("bn")[0]).toBe("batchNorm");
    expect(found("rectifier")).toEqual(["relu"]);
    expect(found("max(0")).toEqual(["relu"]);
    expect(found("RELU")).toEqual(["relu", "leakyRelu"]);
    expect(found("instance norm")).toEqual(["groupNorm"]);
    expect(found("swish")).toEqual(["silu"]);
    expect(found("toaster")).toEqual([]);
  });

  it("lists every kind of the registry for nothing typed", () => {
    expect([...found("  ")].sort()).toEqual(layers.map(({ kind }) => kind).sort());
    expect(groupLayers().flatMap((group) => group.layers)).toHaveLength(layers.length);
  });

  it("leaves out families without kinds", () => {
    const withoutMerges = layers.filter(({ family }) => family !== "merge");
    expect(groupLayers(withoutMerges).map(({ title }) => title)).not.toContain("Merge");
    expect(groupLayers().map(({ title }) => title)).toContain("Merge");
    expect(groupLayers()[0]?.title).toBe("Source and loss");
  });
});

describe("glyphs", () => {
  it("exist for every kind, and for kinds that nobody has drawn", () => {
    for (const { kind, family } of layers) {
      const { container } = render(<KindGlyph kind={kind} family={family} />);
      expect(container.querySelector("svg")?.childElementCount).toBeGreaterThan(0);
    }
    const unknown = render(<KindGlyph kind="swish" family="activation" />);
    expect(unknown.container.querySelector("svg")).not.toBeNull();
    expect(familyClass("activation")).toBe("Family-act");
    expect(familyClass(null)).toBe("Family-io");
  });

  it("keep their stroke at 1.2 px at any size", () => {
    const { container } = render(<KindGlyph kind="relu" family="activation" size={12} />);
    expect(Number(container.querySelector("svg")?.getAttribute("stroke-width"))).toBeCloseTo(2.4, 9);
  });
});

describe("the palette", () => {
  it("adds layers one after the other, connected, by click and by Enter", async () => {
    const user = userEvent.setup();
    render(<Palette />);
    const palette = within(screen.getByRole("navigation", { name: "Layers" }));
    await user.click(palette.getByRole("button", { name: /^Input/ }));
    palette.getByRole("button", { name: /^Conv2D/ }).focus();
    await user.keyboard("{Enter}");
    expect(kindsOf()).toEqual(["input", "conv2d"]);
    expect(documentStore.getState().document.edges).toHaveLength(1);
    expect(documentStore.getState().past.map(({ label }) => label)).toEqual(["add Input", "add Conv2D"]);
  });

  it("filters, and Enter adds the best", async () => {
    const user = userEvent.setup();
    render(<Palette />);
    await user.type(screen.getByRole("textbox", { name: "Find a layer" }), "pooling{Enter}");
    expect(kindsOf()).toEqual(["pool2d"]);
    await user.type(screen.getByRole("textbox", { name: "Find a layer" }), "toaster");
    expect(screen.getByText('No layer is called "toaster".')).toBeDefined();
  });

  it("takes a template by its name, and a layer that merely has the letters (MobileNet's depthwise) after it", async () => {
    const user = userEvent.setup();
    render(<Palette />);
    await user.type(screen.getByRole("textbox", { name: "Find a layer" }), "lenet{Enter}");
    expect(kindsOf().filter((kind) => kind === "conv2d")).toHaveLength(2);
    expect(kindsOf()).toContain("output");
  });

  it("moves through its entries with the arrow keys", () => {
    render(<Palette />);
    const entries = screen.getAllByRole("button").filter((entry) => entry.dataset.kind !== undefined);
    entries[0]?.focus();
    fireEvent.keyDown(entries[0] ?? document.body, { key: "ArrowDown" });
    expect(document.activeElement).toBe(entries[1]);
  });
});

describe("the layer search", () => {
  it("adds what the arrow keys have chosen and closes", async () => {
    const user = userEvent.setup();
    let closed = 0;
    const close = (): void => {
      closed += 1;
    };
    render(<LayerSearch left={0} top={0} place={{ x: 8, y: 12 }} end={null} onClose={close} />);
    const field = screen.getByRole("combobox", { name: "Find a layer" });
    expect(document.activeElement).toBe(field);
    await user.type(field, "{ArrowDown}{Enter}");
    expect(kindsOf()).toEqual([searchLayers("")[1]?.kind]);
    expect(documentStore.getState().document.nodes[0]?.position).toEqual({ x: 8, y: 12 });
    expect(closed).toBe(1);
    await user.type(field, "{Escape}");
    expect(closed).toBe(2);
  });

  it("takes a template by its name, and a layer by its own all the same", async () => {
    const user = userEvent.setup();
    const titles = (): readonly string[] => screen.getAllByRole("option").map(({ textContent }) => textContent ?? "");
    render(<LayerSearch left={0} top={0} place={{ x: 8, y: 12 }} end={null} onClose={() => undefined} />);
    const field = screen.getByRole("combobox", { name: "Find a layer" });
    await user.type(field, "dense");
    expect(titles()[0]).toMatch(/^Dense(?!,)/);
    // Add is called a residual sum, too.
    await user.clear(field);
    await user.type(field, "residual");
    expect(titles()[0]).toMatch(/^Residual block/);
    expect(titles()[1]).toMatch(/^Add/);
    await user.clear(field);
    await user.type(field, "lenet");
    expect(titles()[0]).toMatch(/^LeNet/);
    expect(titles()[1]).toMatch(/^Conv2D/);
    await user.keyboard("{Enter}");
    expect(kindsOf().filter((kind) => kind === "conv2d")).toHaveLength(2);
  });

  it("offers what fits after a link first, the rest with the reason, and connects what is chosen", async () => {
    const user = userEvent.setup();
    const { apply } = documentStore.getState();
    apply([{ type: "addNode", kind: "input", position: { x: 0, y: 0 } }], "add Input");
    const end = { side: "output", port: { node: "input", port: "out" } } as const;
    render(<LayerSearch left={0} top={0} place={{ x: 120, y: 300 }} end={end} onClose={() => undefined} />);
    const field = screen.getByRole("combobox", { name: "Find a layer" });
    expect(field.getAttribute("placeholder")).toBe("After input, 1×28×28");
    expect(screen.queryByRole("option", { name: /^Input/ })).toBeNull();
    const options = screen.getAllByRole("option").map(({ textContent }) => textContent);
    expect(options.indexOf("Dense1×28×28 is not flat")).toBeGreaterThan(
      options.findIndex((text) => text?.startsWith("Conv2D")),
    );
    // What is called so comes before what merely has the letters, even where it does not fit.
    await user.type(field, "den");
    expect(screen.getAllByRole("option")[0]?.textContent).toBe("Dense1×28×28 is not flat");
    await user.clear(field);
    await user.type(field, "flat{Enter}");
    const { document } = documentStore.getState();
    expect(document.edges).toEqual([{ from: end.port, to: { node: "flatten", port: "in" } }]);
    expect(document.nodes.at(-1)?.position).toEqual({ x: 0, y: 300 });
  });
});
