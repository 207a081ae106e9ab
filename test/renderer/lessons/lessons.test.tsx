import { act, cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { applyCommands, parse, serialize } from "../../../engine/index.ts";
import { QuestionDialog } from "../../../renderer/app/QuestionDialog.tsx";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openFile, startNew } from "../../../renderer/document/fileActions.ts";
import { LessonCards } from "../../../renderer/lessons/LessonCards.tsx";
import { LessonPanel } from "../../../renderer/lessons/LessonPanel.tsx";
import { followLessons, lessonStore } from "../../../renderer/lessons/lessonStore.ts";
import { lessons } from "../../../renderer/lessons/lessons.ts";
import { Spotlight } from "../../../renderer/lessons/Spotlight.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { startedEvent } from "../run/events.ts";

const [deepNet, lenet] = lessons;
if (deepNet === undefined || lenet === undefined) throw new Error("There are no lessons.");

let shell: FakeShell;
const store = () => documentStore.getState();
const panel = () => screen.getByRole("complementary", { name: `Lesson: ${deepNet.title}` });
const stepTitle = () => within(panel()).getAllByRole("heading", { level: 3 })[0]?.textContent;
const kept = () => JSON.parse(shell.settings.get(`lesson.${deepNet.id}`) ?? "null");

beforeAll(async () => {
  setShell(createFakeShell());
  await followLessons();
});
beforeEach(() => {
  vi.useRealTimers();
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  store().markSaved(store().document, store().file);
  lessonStore.setState({ progress: {}, open: null });
});
afterEach(async () => {
  cleanup();
  viewStore.getState().question?.resolve(null);
  store().markSaved(store().document, store().file);
  runStore.getState().reset();
  await startNew();
});

const openFromCard = async () => {
  render(
    <>
      <LessonCards />
      <LessonPanel />
      <Spotlight />
      <QuestionDialog />
    </>,
  );
  await userEvent.click(screen.getByRole("button", { name: new RegExp(deepNet.title) }));
};

/** One run of the document as it is that ends with this accuracy; nothing is measured of its layers. */
const trainTo = (testAccuracy: number) =>
  act(() => {
    runCommand("run.train");
    const listener = shell.trainers.at(-1)?.listener;
    listener?.onEvent(startedEvent(["fc1"]));
    listener?.onEvent({
      type: "epoch",
      epoch: 1,
      step: 600,
      loss: 1,
      trainAccuracy: testAccuracy,
      testLoss: 1,
      testAccuracy,
      elapsedMs: 1000,
      samplesPerSecond: 1000,
    });
    listener?.onEvent({
      type: "finished",
      stopped: false,
      step: 600,
      elapsedMs: 1000,
      lossesHash: "",
      weightsHash: "",
    });
  });

describe("a lesson", () => {
  it("opens from its card beside its document, and checks the step when a run ends", async () => {
    await openFromCard();
    expect(store().file.fileName).toBe(deepNet.fileName);
    expect(stepTitle()).toBe("Train it as it is");
    expect(panel().textContent).toContain("Not yetEverything is set. Train now.");
    trainTo(0.1135);
    expect(panel().textContent).toMatch(/Done0 steps, and 11\.35\s% on the test set/);
    expect(screen.getByRole("status").textContent).toMatch(/^Train it as it is: done\. .*11\.35/);
    expect(within(panel()).getByRole("button", { name: "Train it as it is done" })).toBeTruthy();
    // Nothing moves by itself: the user goes on.
    expect(stepTitle()).toBe("Train it as it is");
    await userEvent.click(within(panel()).getByRole("button", { name: "Next" }));
    expect(stepTitle()).toBe("Find where the signal fades");
  });

  it("makes the edit of a step when asked, as one that undo takes back", async () => {
    await openFromCard();
    await userEvent.click(within(panel()).getByRole("button", { name: "Insert BatchNorm" }));
    expect(panel().textContent).toContain("No BatchNorm works after fc1, fc2, fc3, fc4 and fc5.");
    await userEvent.click(within(panel()).getByRole("button", { name: "Insert all that are missing" }));
    expect(store().document.nodes.filter(({ kind }) => kind === "batchNorm")).toHaveLength(5);
    expect(panel().textContent).toContain("bn1, bn2, bn3, bn4 and bn5 stand between");
    act(() => store().undo());
    expect(store().document.nodes.some(({ kind }) => kind === "batchNorm")).toBe(false);
    // What was done stays done.
    expect(panel().textContent).toContain("bn1, bn2, bn3, bn4 and bn5 stand between");
  });

  it("points at the control of the step until something is pressed", async () => {
    await openFromCard();
    act(() => store().select(["fc1"]));
    await userEvent.click(within(panel()).getByRole("button", { name: "Or choose the start" }));
    await userEvent.click(within(panel()).getByRole("button", { name: "Show me" }));
    expect(lessonStore.getState().pointing).toBe(true);
    expect(store().selectedNodeIds).toEqual([]);
    expect(document.querySelector(".tour-ring")).not.toBeNull();
    await userEvent.keyboard("x");
    expect(document.querySelector(".tour-ring")).toBeNull();
  });

  it("goes on where it was left: answers, runs and document are kept", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    await openFromCard();
    trainTo(0.1135);
    act(() => {
      runCommand("lesson.next");
      store().apply([{ type: "setTraining", training: { epochs: 3 } }], "set the epochs");
    });
    await act(() => vi.advanceTimersByTimeAsync(1000));
    expect(kept()).toMatchObject({ at: 1, runs: [{ outcome: "finished", testScore: 0.1135 }] });
    expect(kept().answers.filter((answer: unknown) => answer !== null)).toHaveLength(1);
    act(() => store().markSaved(store().document, store().file));
    await act(async () => void startNew());
    await userEvent.click(screen.getByRole("button", { name: "Don’t export" }));
    expect(screen.queryByRole("complementary")).toBeNull();
    expect(screen.getByRole("button", { name: new RegExp(deepNet.title) }).textContent).toContain("1 of 6 steps done");
    await userEvent.click(screen.getByRole("button", { name: new RegExp(deepNet.title) }));
    expect(stepTitle()).toBe("Find where the signal fades");
    expect(store().document.training.epochs).toBe(3);
    expect(panel().textContent).toMatch(/Your runs.*11\.35\s%/);
  });

  it("asks nothing when another document is opened: its own is kept, also after the lesson was left", async () => {
    await openFromCard();
    act(() => store().apply([{ type: "setTraining", training: { learningRate: 0.3 } }], "change the rate"));
    act(() => runCommand("lesson.leave"));
    act(() => store().apply([{ type: "setTraining", training: { epochs: 3 } }], "change the epochs"));
    await act(() => startNew());
    expect(viewStore.getState().question).toBeNull();
    expect(store().document.nodes).toEqual([]);
    expect(JSON.parse(kept().text).training).toMatchObject({ learningRate: 0.3, epochs: 3 });
  });

  it("asks where its document has a file, or cannot be kept", async () => {
    await openFromCard();
    act(() => store().apply([{ type: "setTraining", training: { learningRate: 0.3 } }], "change the rate"));
    shell.writeSetting = () => Promise.reject(new Error("the disk is full"));
    void startNew();
    expect(await screen.findByRole("button", { name: "Don’t save" })).toBeDefined();
  });

  it("is found again when its document is opened from a file", async () => {
    render(<LessonPanel />);
    const changed = applyCommands(deepNet.document(), [{ type: "setTraining", training: { seed: 7 } }]);
    if (!changed.ok) throw new Error("refused");
    shell.nextFile = {
      status: "done",
      value: {
        handle: "/mine",
        fileName: "mine.layerscope",
        folder: "/",
        version: "1",
        text: serialize(changed.value),
      },
    };
    await act(openFile);
    expect(stepTitle()).toBe("Train it as it is");
    expect(parse(serialize(store().document)).ok).toBe(true);
    expect(store().document.training.seed).toBe(7);
  });

  it("starts over with its first document, and asks before edits are lost", async () => {
    await openFromCard();
    trainTo(0.1135);
    act(() => void store().apply([{ type: "deleteNodes", nodeIds: ["relu1"] }], "delete relu1"));
    await userEvent.click(screen.getByRole("button", { name: "Start the lesson over" }));
    expect(screen.getByText(/your edits, the runs and the answers of the lesson are given up/)).toBeTruthy();
    expect(store().document.nodes.some(({ id }) => id === "relu1")).toBe(false);
    await userEvent.click(screen.getByRole("button", { name: "Start over" }));
    expect(store().document.nodes.some(({ id }) => id === "relu1")).toBe(true);
    expect(panel().textContent).toContain("Not yetEverything is set. Train now.");
    expect(panel().textContent).not.toContain("Your runs");
  });

  it("starts over without a question where nothing is lost", async () => {
    await openFromCard();
    const { openedCount } = store();
    await userEvent.click(screen.getByRole("button", { name: "Start the lesson over" }));
    expect(store().openedCount).toBe(openedCount + 1);
  });

  it("can be left, with its document open, and taken up again by its command", async () => {
    await openFromCard();
    await userEvent.click(screen.getByRole("button", { name: "Leave the lesson" }));
    expect(screen.queryByRole("complementary")).toBeNull();
    expect(store().file.fileName).toBe(deepNet.fileName);
    await act(async () => void runCommand(`lesson.${deepNet.id}`));
    expect(stepTitle()).toBe("Train it as it is");
    await act(async () => void runCommand("lesson.leave"));
    expect(runCommand("lesson.showMe")).toBe(true);
    expect(lessonStore.getState().pointing).toBe(false);
  });
});

it("takes a damaged record, or one of a lesson with other steps, for no progress", async () => {
  shell.settings.set(`lesson.${deepNet.id}`, "{");
  shell.settings.set(`lesson.${lenet.id}`, JSON.stringify({ at: 9, answers: ["once"], runs: [], text: null }));
  await followLessons();
  expect(lessonStore.getState().progress[deepNet.id]).toMatchObject({ at: 0, runs: [] });
  expect(lessonStore.getState().progress[lenet.id]).toMatchObject({ at: 0, answers: [null, null, null, null, null] });
});
