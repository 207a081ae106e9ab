import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AnyLayer, layers, newDocument, type ParamValue } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { Inspector } from "../../../renderer/inspector/Inspector.tsx";
import { type ParamControl, paramControls } from "../../../renderer/inspector/paramControls.ts";
import { createFakeShell } from "../fakeShell.ts";

beforeEach(() => {
  setShell(createFakeShell());
  documentStore.getState().open(newDocument(), UNTITLED);
});
afterEach(cleanup);

const showNodeOf = (layer: AnyLayer) => {
  documentStore.getState().apply([{ type: "addNode", kind: layer.kind, id: "n", position: { x: 0, y: 0 } }], "add");
  documentStore.getState().select(["n"]);
  render(<Inspector />);
  // Params that most nets leave as they are may be folded away.
  const fold = screen.queryByRole("button", { name: "More params", expanded: false });
  if (fold !== null) fireEvent.click(fold);
};

const paramOf = (name: string): ParamValue | undefined =>
  documentStore.getState().document.nodes.find(({ id }) => id === "n")?.params[name];

const typeInto = (label: string, text: string) => {
  const field = screen.getByRole("textbox", { name: label });
  fireEvent.change(field, { target: { value: text } });
  fireEvent.keyDown(field, { key: "Enter" });
  return field;
};

/** Edits a control as a user would; returns what the param should be afterwards. */
const edit = (layer: AnyLayer, control: ParamControl): ParamValue => {
  const before = paramOf(control.param);
  switch (control.type) {
    case "number": {
      const next = control.bounds.integer ? Number(before) + 1 : 0.25;
      typeInto(control.title, String(next));
      return next;
    }
    case "toggle":
      fireEvent.click(screen.getByRole("switch", { name: control.title }));
      return before !== true;
    case "pair":
      typeInto(control.title, "2 × 1");
      return [2, 1];
    case "shape":
      typeInto(control.title, "784");
      return [784];
    case "select": {
      const other = control.options.find(({ value }) => value !== before) ?? control.options[0];
      fireEvent.change(screen.getByRole("combobox", { name: control.title }), { target: { value: other?.value } });
      return other?.value ?? null;
    }
    case "padding":
      fireEvent.change(screen.getByRole("combobox", { name: control.title }), { target: { value: "custom" } });
      typeInto(`${control.title}, rows × columns`, "2x3");
      return [2, 3];
    case "initializer":
      fireEvent.change(screen.getByRole("combobox", { name: control.title }), { target: { value: "normal" } });
      typeInto(`${control.title} std`, "0.5");
      return { name: "normal", std: 0.5 };
    case "json":
      throw new Error(`${layer.kind}.${control.param} has no control of its own.`);
  }
};

describe.each(layers.map((layer) => [layer.kind, layer] as const))("inspector of %s", (_kind, layer) => {
  it("has one labelled control for each param", () => {
    const params = Object.keys(layer.params.parse({}));
    expect(
      paramControls(layer)
        .map(({ param }) => param)
        .sort(),
    ).toEqual([...params].sort());
    showNodeOf(layer);
    for (const control of paramControls(layer)) {
      expect(screen.getAllByLabelText(control.title).length, control.title).toBeGreaterThan(0);
      expect(control.title).not.toBe("");
      expect(control.description).not.toBe("");
    }
  });

  it.each(paramControls(layer).map((control) => [control.param, control] as const))(
    "edits %s, and undo brings it back",
    (_param, control) => {
      showNodeOf(layer);
      const before = paramOf(control.param);
      const expected = edit(layer, control);
      expect(paramOf(control.param)).toEqual(expected);
      while (documentStore.getState().past.length > 1) documentStore.getState().undo();
      expect(paramOf(control.param)).toEqual(before);
    },
  );
});

describe("a field with an invalid text", () => {
  const conv = layers.find(({ kind }) => kind === "conv2d");
  if (!conv) throw new Error("There is no conv2d.");

  it("keeps the text, says why with both numbers, and changes nothing", () => {
    showNodeOf(conv);
    const { document, past } = documentStore.getState();
    const field = typeInto("Filters", "0");
    expect(field).toHaveProperty("value", "0");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByRole("alert").textContent).toBe("Filters is 0, expected 1 or more. It stays 16.");
    expect(documentStore.getState().document).toBe(document);
    expect(documentStore.getState().past).toBe(past);
    fireEvent.keyDown(field, { key: "Escape" });
    expect(field).toHaveProperty("value", "16");
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("takes a text over when the focus leaves, as one undo step", () => {
    showNodeOf(conv);
    const field = screen.getByRole("textbox", { name: "Kernel" });
    fireEvent.change(field, { target: { value: "7" } });
    expect(paramOf("kernel")).toEqual([3, 3]);
    fireEvent.blur(field);
    expect(paramOf("kernel")).toEqual([7, 7]);
    expect(documentStore.getState().past).toHaveLength(2);
    expect(documentStore.getState().past.at(-1)?.label).toBe("set kernel of conv1");
  });

  it("moves by the arrow keys", () => {
    showNodeOf(conv);
    const field = screen.getByRole("textbox", { name: "Filters" });
    fireEvent.keyDown(field, { key: "ArrowUp" });
    fireEvent.keyDown(field, { key: "ArrowUp", shiftKey: true });
    expect(paramOf("filters")).toBe(27);
  });

  it("shows the document's value again after undo", () => {
    showNodeOf(conv);
    const field = typeInto("Filters", "32");
    expect(paramOf("filters")).toBe(32);
    fireEvent.change(field, { target: { value: "nonsense" } });
    fireEvent.blur(field);
    expect(field.getAttribute("aria-invalid")).toBe("true");
    documentStore.getState().undo();
    return Promise.resolve().then(() => {
      expect(screen.getByRole("textbox", { name: "Filters" })).toHaveProperty("value", "16");
    });
  });
});

const unfold = (title: string) => {
  const head = screen.getByRole("button", { name: title });
  if (head.getAttribute("aria-expanded") === "false") fireEvent.click(head);
};

describe("without a selection", () => {
  it("shows the document's settings and edits them", () => {
    render(<Inspector />);
    typeInto("Learning rate", "0.01");
    typeInto("Batch size", "32");
    unfold("Start");
    typeInto("Seed", "7");
    expect(documentStore.getState().document.training).toMatchObject({ learningRate: 0.01, batchSize: 32, seed: 7 });
    fireEvent.change(screen.getByRole("combobox", { name: "Optimizer" }), { target: { value: "adam" } });
    typeInto("Beta1", "0.8");
    expect(documentStore.getState().document.training.optimizer).toEqual({
      name: "adam",
      beta1: 0.8,
      beta2: 0.999,
      epsilon: 1e-8,
    });
    fireEvent.change(screen.getByRole("combobox", { name: "Optimizer" }), { target: { value: "nesterov" } });
    typeInto("Momentum", "0.95");
    expect(documentStore.getState().document.training.optimizer).toEqual({ name: "nesterov", momentum: 0.95 });
    typeInto("Batch size", "0");
    expect(screen.getByRole("alert").textContent).toBe("Batch size is 0, expected 1 or more. It stays 32.");
    fireEvent.change(screen.getByRole("combobox", { name: "Initializer" }), { target: { value: "uniform" } });
    expect(documentStore.getState().document.training.initializer).toEqual({ name: "uniform", limit: 0.05 });
  });

  it("draws how the learning rate goes where it does not stay", () => {
    render(<Inspector />);
    typeInto("Learning rate", "0.2");
    typeInto("Epochs", "4");
    expect(screen.queryByRole("img", { name: /^Learning rate/ })).toBeNull();
    unfold("Schedule");
    fireEvent.change(screen.getByRole("combobox", { name: "Schedule" }), { target: { value: "cosine" } });
    typeInto("Final factor", "0.1");
    typeInto("Warm-up", "0.5");
    expect(documentStore.getState().document.training).toMatchObject({
      schedule: { name: "cosine", finalFactor: 0.1 },
      warmupEpochs: 0.5,
    });
    expect(
      screen.getByRole("img", { name: "Learning rate over 4 epochs: at most 0.2, 0.02 at the end" }),
    ).toBeDefined();
  });

  it("clips and stops early only when told to", () => {
    render(<Inspector />);
    const settings = () => documentStore.getState().document.training;
    unfold("Regularization");
    unfold("Early stopping");
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Clip norm" }).value).toBe("Off");
    typeInto("Clip norm", "5");
    expect(settings().clipNorm).toBe(5);
    typeInto("Clip norm", "-1");
    expect(screen.getByRole("alert").textContent).toBe("Clip norm is −1, expected more than 0. It stays 5.");
    typeInto("Clip norm", "off");
    expect(settings().clipNorm).toBeNull();

    fireEvent.change(screen.getByRole("combobox", { name: "Early stopping" }), { target: { value: "testAccuracy" } });
    typeInto("Patience", "3");
    typeInto("Min. change", "0.01");
    fireEvent.click(screen.getByRole("switch", { name: "Restore best" }));
    expect(settings().earlyStopping).toEqual({
      metric: "testAccuracy",
      patience: 3,
      minDelta: 0.01,
      restoreBest: false,
    });
    fireEvent.change(screen.getByRole("combobox", { name: "Early stopping" }), { target: { value: "off" } });
    expect(settings().earlyStopping).toBeNull();
  });
});
