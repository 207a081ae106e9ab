/** The settings of the document without a selection: what is there for which dataset, and that each change is one undo step. */
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { DatasetReference } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { followDatasets } from "../../../renderer/dataset/datasetFacts.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { Inspector } from "../../../renderer/inspector/Inspector.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(() => {
  viewStore.setState({ notices: [] });
  cleanup();
});

const { getState } = documentStore;
const settings = () => getState().document.training;
const trainOn = (dataset: DatasetReference) =>
  act(() => void getState().apply([{ type: "setDataset", dataset }], "set dataset"));
const field = (name: string) => screen.getByRole<HTMLInputElement>("textbox", { name });
const choose = (name: string, value: string) =>
  fireEvent.change(screen.getByRole("combobox", { name }), { target: { value } });
const typeInto = (name: string, text: string) => {
  fireEvent.change(field(name), { target: { value: text } });
  fireEvent.keyDown(field(name), { key: "Enter" });
};
const unfold = (title: string) => {
  const head = screen.getByRole("button", { name: title });
  if (head.getAttribute("aria-expanded") === "false") fireEvent.click(head);
  return head;
};
const problem = () => screen.getByRole("alert").textContent?.replaceAll("\u00a0", " ");
const undoLabel = () => getState().past.at(-1)?.label;

describe("the learning rate", () => {
  it("is said to be too large for an optimizer that steps at the rate, and goes to its usual one in one undo step", () => {
    render(<Inspector />);
    typeInto("Learning rate", "0.05");
    choose("Optimizer", "sgd");
    expect(screen.queryByRole("button", { name: /^Use / })).toBeNull();
    choose("Optimizer", "adam");
    expect(settings().learningRate).toBe(0.05);
    expect(
      screen.getByText("Adam moves most weights by about the rate a step, and is usually begun at 0.001."),
    ).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Use 0.001" }));
    expect(settings().learningRate).toBe(0.001);
    expect(undoLabel()).toBe("set learning rate");
    expect(screen.queryByRole("button", { name: /^Use / })).toBeNull();
    // Ten times the usual rate is a rate that one tries.
    typeInto("Learning rate", "0.01");
    expect(screen.queryByRole("button", { name: /^Use / })).toBeNull();
    choose("Optimizer", "sgd");
    typeInto("Learning rate", "2");
    expect(screen.queryByRole("button", { name: /^Use / })).toBeNull();
  });
});

describe("validation", () => {
  it("sets a share of the training samples apart, and says how many that are", () => {
    render(<Inspector />);
    expect(settings().validation).toBeNull();
    choose("Validation", "share");
    expect(settings().validation).toEqual({ share: 0.1 });
    expect(screen.getByText("6,000 of 60,000 training samples")).toBeTruthy();
    typeInto("Share", "7 %");
    expect(settings().validation).toEqual({ share: 0.07 });
    expect(screen.getByText("4,200 of 60,000 training samples")).toBeTruthy();
    expect(undoLabel()).toBe("set validation share");
    fireEvent.keyDown(field("Share"), { key: "ArrowUp" });
    expect(settings().validation).toEqual({ share: 0.08 });
    for (const wrong of ["100", "0", "-5"]) {
      typeInto("Share", wrong);
      expect(problem()).toBe(
        `Share is ${wrong.replace("-", "−")} %, expected more than 0 % and less than 100 %. It stays 8 %.`,
      );
    }
    expect(settings().validation).toEqual({ share: 0.08 });
  });

  it("sets a number of samples apart that leaves some to train on", () => {
    render(<Inspector />);
    choose("Validation", "count");
    expect(settings().validation).toEqual({ count: 6000 });
    typeInto("Count", "5000");
    expect(settings().validation).toEqual({ count: 5000 });
    typeInto("Count", "60000");
    expect(problem()).toBe(
      "60,000 validation samples leave nothing to train on: the training set has 60,000. It stays 5000 samples.",
    );
    typeInto("Count", "0");
    expect(problem()).toBe("Validation count is 0, expected 1 or more. It stays 5000 samples.");
    const { past } = getState();
    choose("Validation", "off");
    expect(settings().validation).toBeNull();
    expect(getState().past).toHaveLength(past.length + 1);
    act(() => getState().undo());
    expect(settings().validation).toEqual({ count: 5000 });
  });
});

describe("augmentation", () => {
  it("mirrors, shifts and crops images", () => {
    render(<Inspector />);
    choose("Augmentation", "on");
    // A mirrored digit is no digit.
    expect(settings().augmentation).toEqual({ horizontalFlip: false, shift: 2, crop: 0 });
    fireEvent.click(screen.getByRole("switch", { name: "Mirror" }));
    typeInto("Shift", "3");
    typeInto("Crop", "4");
    expect(settings().augmentation).toEqual({ horizontalFlip: true, shift: 3, crop: 4 });
    typeInto("Crop", "1.5");
    expect(problem()).toBe("Crop is 1.5, expected a whole number. It stays 4 pixels.");
    choose("Augmentation", "off");
    expect(settings().augmentation).toBeNull();
  });

  it("is offered for images only, but can be turned off anywhere", () => {
    render(<Inspector />);
    choose("Augmentation", "on");
    trainOn({ source: "generated", pattern: "moons", count: 600, noise: 0.1, seed: 1 });
    expect(screen.getByText("The samples are no images: turn it off.")).toBeTruthy();
    expect(screen.queryByRole("switch", { name: "Mirror" })).toBeNull();
    choose("Augmentation", "off");
    expect(screen.queryByRole("combobox", { name: "Augmentation" })).toBeNull();
  });
});

describe("the dataset's own settings", () => {
  it("of generated points: samples, classes, noise and seed", () => {
    render(<Inspector />);
    expect(screen.queryByRole("textbox", { name: "Noise" })).toBeNull();
    trainOn({ source: "generated", pattern: "spiral", count: 600, noise: 0.02, seed: 1, classes: 3 });
    typeInto("Samples", "900");
    typeInto("Classes", "5");
    typeInto("Noise", "0.1");
    typeInto("Data seed", "2");
    expect(getState().document.dataset).toEqual({
      ...{ source: "generated", pattern: "spiral" },
      ...{ count: 900, noise: 0.1, seed: 2, classes: 5 },
    });
    expect(undoLabel()).toBe("set data seed");
    typeInto("Classes", "30");
    expect(problem()).toBe("Classes is 30, expected 20 or less. It stays 5.");
    expect(field("Classes").dataset.tooltip).toContain("From 2 to 20.");
    trainOn({ source: "generated", pattern: "xor", count: 600, noise: 0.02, seed: 1 });
    expect(screen.queryByRole("textbox", { name: "Classes" })).toBeNull();
  });

  const table: DatasetReference = {
    ...{ source: "csv", file: "/data/iris.csv", testFile: null, label: null },
    ...{ task: "classification", header: "detect", testShare: 0.2 },
  };

  it("of a table: label column, classes or numbers, header and test set; a table that cannot be read so is named", async () => {
    render(<Inspector />);
    onTestFinished(followDatasets());
    trainOn(table);
    typeInto("Label column", "species");
    expect(getState().document.dataset).toMatchObject({ label: "species" });
    const trainer = shell.trainers.at(-1);
    const request = trainer?.requests.at(-1);
    if (request?.type !== "openDataset") throw new Error("The table was not read.");
    expect(request.dataset).toEqual(getState().document.dataset);
    const { requestId } = request;
    await act(async () =>
      trainer?.listener.onEvent({
        ...{ type: "datasetOpened", requestId, description: null },
        problem: 'iris.csv has no column "species". Its 2 columns are "a", "label".',
      }),
    );
    expect(screen.getByRole("alert").textContent).toContain('no column "species"');
    expect(trainer?.killed).toBe(true);

    typeInto("Label column", "");
    choose("Predict", "regression");
    choose("First row", "absent");
    typeInto("Test share", "25");
    expect(getState().document.dataset).toEqual({
      ...table,
      ...{ task: "regression", header: "absent", testShare: 0.25 },
    });
    setShell({ ...shell, chooseDatasetFile: async () => ({ status: "done", value: { file: "/data/iris-test.csv" } }) });
    await act(async () => choose("Test set", "choose"));
    expect(getState().document.dataset).toMatchObject({ testFile: "/data/iris-test.csv" });
    expect(screen.getByRole<HTMLSelectElement>("combobox", { name: "Test set" }).selectedOptions[0]?.text).toBe(
      "iris-test.csv",
    );
    expect(screen.queryByRole("textbox", { name: "Test share" })).toBeNull();
  });

  it("of a folder of images: size, channels and test share", () => {
    render(<Inspector />);
    trainOn({ source: "imageFolder", directory: "/data/cats", size: null, channels: null, testShare: 0.2 });
    typeInto("Image size", "32");
    choose("Channels", "1");
    expect(getState().document.dataset).toMatchObject({ size: [32, 32], channels: 1 });
    typeInto("Image size", "0x5");
    expect(problem()).toBe("Image size is 0, expected 1 or more. It stays 32 × 32.");
    typeInto("Image size", "");
    expect(getState().document.dataset).toMatchObject({ size: null });
  });

  it("scales as the Input node says, and changes it there", () => {
    render(<Inspector />);
    choose("Scaling", "unit");
    expect(getState().document.nodes[0]?.params.scaling).toBe("unit");
    expect(undoLabel()).toBe("set scaling of input");
  });
});

describe("early stopping", () => {
  it("says by what it judges: the validation samples where there are some", () => {
    render(<Inspector />);
    unfold("Early stopping");
    const metrics = () =>
      [...screen.getByRole<HTMLSelectElement>("combobox", { name: "Early stopping" }).options].map(({ text }) => text);
    expect(metrics()).toEqual(["Off", "Test loss", "Test accuracy", "Training loss"]);
    choose("Early stopping", "testLoss");
    expect(screen.getByText(/Set samples apart under Validation\./)).toBeTruthy();
    choose("Validation", "share");
    expect(screen.queryByText(/Set samples apart under Validation\./)).toBeNull();
    expect(metrics()).toEqual(["Off", "Validation loss", "Validation accuracy", "Training loss"]);
    const head = unfold("Early stopping");
    fireEvent.click(head);
    expect(head.textContent).toBe("Early stoppingvalidation loss, 5 epochs");
  });
});

it("says in a line what each folded section holds", () => {
  render(<Inspector />);
  const line = (title: string) => {
    const head = unfold(title);
    fireEvent.click(head);
    return head.textContent?.slice(title.length);
  };
  expect(line("Schedule")).toBe("Constant");
  expect(line("Regularization")).toBe("None");
  expect(line("Start")).toBe("He normal, seed 1");
  act(
    () =>
      void getState().apply(
        [{ type: "setTraining", training: { weightDecay: 0.0001, clipNorm: 5, warmupEpochs: 2 } }],
        "set decay",
      ),
  );
  expect(line("Regularization")).toBe("weight decay 0.0001, clip norm 5");
  expect(line("Schedule")).toBe("Constant, warm-up 2 epochs");
});

describe("while something is selected", () => {
  const shown = () => screen.queryByRole("textbox", { name: "Batch size" });

  it("are out of reach, and are those of the document when nothing is selected again", () => {
    render(<Inspector />);
    const before = field("Batch size");
    act(() => getState().select(["fc1"]));
    expect(shown()).toBeNull();
    act(() => void getState().apply([{ type: "setTraining", training: { batchSize: 17 } }], "set batch size"));
    act(() => void getState().apply([{ type: "deleteNodes", nodeIds: ["fc1"] }], "delete fc1"));
    // The very field of before.
    expect(shown()).toBe(before);
    expect(before.value).toBe("17");
    expect(screen.getByText("Nodes").nextElementSibling?.textContent).toBe(String(getState().document.nodes.length));
  });

  it("begin anew with another document: what was typed and refused in one is not in the next", async () => {
    render(<Inspector />);
    typeInto("Batch size", "none");
    expect(field("Batch size").value).toBe("none");
    act(() => getState().select(["fc1"]));
    await act(() => openExample("mlp-bn"));
    expect(field("Batch size").value).toBe(String(settings().batchSize));
  });
});
