/** Studies whose runs start from a trained net. */
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseStudy } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample, openFile } from "../../../renderer/document/fileActions.ts";
import { DraftForm } from "../../../renderer/experiments/DraftForm.tsx";
import { experimentsStore, setExperiments } from "../../../renderer/experiments/experimentsStore.ts";
import { beginDraft, draftFromOpen, startDraft } from "../../../renderer/experiments/studyActions.ts";
import { checkDraft, draftOf } from "../../../renderer/experiments/studyDraft.ts";
import { heldFixed } from "../../../renderer/experiments/studyFacts.ts";
import { readDefinition } from "../../../renderer/experiments/studyModel.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { startFromNet } from "../../../renderer/run/startingNet.ts";
import { noStudies } from "../../../renderer/shell/studyHost.ts";
import { exampleDocument, modelText } from "../../support/modelText.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { studyOf } from "./studyOf.ts";

const TEXT = modelText();
let shell: FakeShell;
let begun: { readonly text: string; readonly net?: string | null }[] = [];

const fileOf = (text: string, fileName: string) =>
  ({ status: "done", value: { handle: fileName, fileName, folder: "", version: "v", text } }) as const;

beforeEach(async () => {
  shell = createFakeShell();
  begun = [];
  shell.studies = {
    ...noStudies,
    start: async (call) => {
      begun.push(call);
      return { status: "failed", problem: { message: "Not in this test." } };
    },
  };
  setShell(shell);
  viewStore.setState({ view: "editor", editorView: "canvas", notices: [], question: null });
  setExperiments({ draft: null, detail: null });
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
  shell.nextFile = fileOf(TEXT, "digits.model.json");
});
afterEach(cleanup);

const draftNow = () => {
  const { draft } = experimentsStore.getState();
  if (draft === null) throw new Error("There is no draft.");
  return draft;
};

const Form = () => <DraftForm draft={draftNow()} />;

describe("a study of a document that starts from a net", () => {
  it("starts from it, varies the rate, and is handed over with the net", async () => {
    await openFile();
    beginDraft();
    const { plan } = draftNow();
    expect(plan).toMatchObject({ from: { name: "digits.model.json" }, title: "digits: learning rate" });
    expect(plan.axes).toMatchObject([{ vary: "learningRate" }]);
    const checked = checkDraft(draftNow());
    expect("runs" in checked && checked.runs).toHaveLength(5);
    await startDraft();
    const [call] = begun;
    expect(call?.net).toBe(TEXT);
    const study = parseStudy(call?.text ?? "");
    expect(study.ok && study.value.from).toEqual({ name: "digits.model.json" });
    const definition = readDefinition(call?.text ?? "");
    if ("problem" in definition) throw new Error(definition.problem);
    expect(heldFixed(definition)).toContainEqual({
      title: "Start",
      text: "from digits.model.json, in the layers that it fits",
    });
  });

  it("starts from initializers where runs do, or the form says so, and from the net again", async () => {
    await openFile();
    startFromNet(false);
    beginDraft();
    expect(draftNow().plan).not.toHaveProperty("from");
    const { rerender } = render(<Form />);
    const choose = (value: string): void => {
      fireEvent.change(screen.getByRole("combobox", { name: "Runs start from" }), { target: { value } });
      rerender(<Form />);
    };
    choose("net digits.model.json");
    expect(draftNow().plan.from).toEqual({ name: "digits.model.json" });
    expect(screen.getByText("All 11 layers take their weights from it.")).toBeTruthy();
    expect(screen.getByText(/^All layers start from digits\.model\.json: initializers change nothing/)).toBeTruthy();
    choose("");
    expect(draftNow().plan).not.toHaveProperty("from");
    expect(screen.queryByText(/initializers change nothing/)).toBeNull();
    await startDraft();
    expect(begun[0]?.net).toBeNull();
  });

  it("takes a net out of a file; one that no layer fits is refused before anything trains", async () => {
    beginDraft();
    const { rerender } = render(<Form />);
    shell.nextFile = fileOf(modelText(exampleDocument("lenet-bn-max")), "lenet.model.json");
    await act(async () => fireEvent.click(screen.getByRole("button", { name: "A trained net…" })));
    await expect.poll(() => draftNow().plan.from?.name).toBe("lenet.model.json");
    rerender(<Form />);
    expect(screen.getByRole("alert").textContent).toMatch(
      /^No layer of the graph takes its weights from lenet\.model\.json\. fc1 starts anew: /,
    );
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Start" }).disabled).toBe(true);
  });

  it("of gradients starts from initializers: they are checked there", async () => {
    await openFile();
    beginDraft("gradientCheck");
    expect(draftNow().plan).toMatchObject({ measure: "gradients" });
    expect(draftNow().plan).not.toHaveProperty("from");
    render(<Form />);
    expect(screen.queryByRole("button", { name: /trained net|Another net/ })).toBeNull();
  });

  it("that is opened asks for its net where that is not here, and finds it where it was run", async () => {
    const { detail } = studyOf({ axes: [{ vary: "learningRate", values: [0.1, 0.2] }] });
    const text = JSON.stringify({ ...JSON.parse(detail.text), from: { name: "digits.model.json" } });
    const opened = draftOf(text, "file");
    expect("plan" in opened && checkDraft(opened)).toEqual({
      problem: "Its runs start from digits.model.json, which is not here. Choose it, or initializers.",
      axis: null,
    });
    shell.studies = {
      ...shell.studies,
      readNet: async () => ({ status: "done", value: { text: TEXT } }),
    };
    setExperiments({ detail: { ...detail, text } });
    draftFromOpen();
    await expect.poll(() => draftNow().net?.text).toBe(TEXT);
  });
});
