import { beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { runOf } from "../../../renderer/run/runState.ts";
import { createRunStore, type RunStore } from "../../../renderer/run/runStore.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, hashes, startedEvent } from "./events.ts";

let shell: FakeShell;
let store: RunStore;

const trainer = (index = 0) => {
  const found = shell.trainers[index];
  if (!found) throw new Error(`Trainer ${index} was not started.`);
  return found;
};
const requests = (index = 0) => trainer(index).requests.map(({ type }) => type);

beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
  store = createRunStore();
  const parsed = parse(exampleNamed("mlp-bn")?.text ?? "");
  if (!parsed.ok) throw new Error("The example does not open.");
  documentStore.getState().open(parsed.value, UNTITLED);
});

describe("runStore", () => {
  it("trains the document as it is now, and keeps it while the user edits on", () => {
    store.getState().train();
    const { document } = documentStore.getState();
    expect(trainer().requests).toEqual([{ type: "start", protocol: 1, document, threads: null, title: "Untitled" }]);
    documentStore.getState().apply([{ type: "setNotes", notes: "later" }], "edit notes");
    expect(store.getState().runDocument).toBe(document);
  });

  it("does not start while the graph has an error", () => {
    documentStore.getState().apply([{ type: "deleteNodes", nodeIds: ["input"] }], "delete input");
    store.getState().train();
    expect(shell.trainers).toHaveLength(0);
    expect(store.getState().state.phase).toBe("idle");
  });

  it("pauses, steps, resumes and stops by asking the trainer", () => {
    store.getState().train();
    const { listener } = trainer();
    listener.onEvent(startedEvent(["fc1"]));
    store.getState().pause();
    expect(store.getState().state.phase).toBe("running");
    listener.onEvent({ type: "paused", step: 4 });
    store.getState().stepOnce();
    store.getState().resume();
    listener.onEvent({ type: "resumed", step: 5 });
    store.getState().stop();
    expect(requests()).toEqual(["start", "pause", "stepOnce", "resume", "stop"]);
    listener.onEvent({ type: "finished", ...hashes, step: 5, stopped: true, elapsedMs: 10 });
    expect(store.getState().state.phase).toBe("finished");
    expect(trainer().killed).toBe(false);
  });

  it("offers to end a trainer that has said nothing for ten seconds after it was told to stop, and trains again", () => {
    vi.useFakeTimers();
    try {
      store.getState().train();
      const { listener } = trainer();
      const unanswered = () => {
        const { state } = store.getState();
        return state.phase === "stopping" && state.isUnanswered === true;
      };
      listener.onEvent(startedEvent(["fc1"]));
      listener.onEvent(frameEvent(1, ["fc1"]));
      store.getState().stop();
      vi.advanceTimersByTime(9_000);
      // Each word gives it the whole time again; a second press ends nothing yet.
      listener.onEvent(frameEvent(2, ["fc1"]));
      vi.advanceTimersByTime(9_000);
      store.getState().stop();
      expect(store.getState().state).toMatchObject({ phase: "stopping" });
      expect(unanswered()).toBe(false);
      vi.advanceTimersByTime(1_000);
      expect(unanswered()).toBe(true);
      // It was only slow.
      listener.onEvent(frameEvent(3, ["fc1"]));
      expect(unanswered()).toBe(false);
      vi.advanceTimersByTime(10_000);
      store.getState().stop();
      expect(trainer().killed).toBe(true);
      expect(store.getState().state).toMatchObject({
        phase: "failed",
        failure: { reason: "crashed", message: "it did not answer for 10 s and was ended." },
      });
      expect(store.getState().history?.numSteps).toBe(3);
      store.getState().train();
      expect(requests(1)).toEqual(["start"]);
      // The time of the run before does not count for this one.
      trainer(1).listener.onEvent(startedEvent(["fc1"]));
      store.getState().stop();
      trainer(1).listener.onEvent({ type: "finished", ...hashes, step: 1, stopped: true, elapsedMs: 10 });
      store.getState().train();
      trainer(2).listener.onEvent(startedEvent(["fc1"]));
      vi.advanceTimersByTime(5_000);
      store.getState().stop();
      vi.advanceTimersByTime(9_999);
      expect(unanswered()).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it("offers the net of a run that failed to nobody", () => {
    store.getState().train();
    const { listener } = trainer();
    listener.onEvent(startedEvent(["fc1"]));
    listener.onEvent(frameEvent(1, ["fc1"]));
    expect(store.getState().canExport).toBe(true);
    const failure = { reason: "diverged", message: "Loss is not finite since step 1.", step: 1, nodeId: null } as const;
    listener.onEvent({ type: "failed", failure });
    expect(store.getState()).toMatchObject({ canExport: false, state: { phase: "failed" } });
  });

  it("acknowledges each frame and follows the newest step until the user looks back", () => {
    store.getState().train();
    const { listener } = trainer();
    listener.onEvent(startedEvent(["fc1"]));
    for (const step of [1, 5, 9]) listener.onEvent(frameEvent(step, ["fc1"]));
    expect(requests().filter((type) => type === "acknowledgeFrame")).toHaveLength(3);
    expect(store.getState().shownStep).toBeNull();
    store.getState().showStep(5);
    listener.onEvent(frameEvent(12, ["fc1"]));
    expect(store.getState().shownStep).toBe(5);
    store.getState().showStep(-3);
    expect(store.getState().shownStep).toBe(1);
    store.getState().showStep(12);
    expect(store.getState().shownStep).toBeNull();
  });

  it("fails with the reason when the trainer dies, keeps what was measured, and trains again", () => {
    store.getState().train();
    trainer().listener.onEvent(startedEvent(["fc1"]));
    trainer().listener.onEvent(frameEvent(1, ["fc1"]));
    trainer().listener.onExit({ reason: "killed", message: "It was killed (SIGKILL)." });
    expect(store.getState().state).toMatchObject({ phase: "failed", failure: { message: "It was killed (SIGKILL)." } });
    expect(store.getState().history?.numSteps).toBe(1);
    expect(store.getState().canExport).toBe(false);
    store.getState().train();
    expect(requests(1)).toEqual(["start"]);
    expect(store.getState().state).toMatchObject({ phase: "starting", number: 2 });
  });

  it("fails when a frame cannot be read instead of drawing half of it", () => {
    store.getState().train();
    trainer().listener.onEvent(startedEvent(["fc1"]));
    const frame = frameEvent(1, ["fc1"]);
    trainer().listener.onEvent({ ...frame, frame: frame.frame.slice(0, 30) });
    expect(store.getState().state.phase).toBe("failed");
    expect(trainer().killed).toBe(true);
  });

  it("no longer listens to a trainer that was replaced", () => {
    store.getState().train();
    const first = trainer().listener;
    first.onEvent(startedEvent(["fc1"]));
    first.onEvent({ type: "finished", ...hashes, step: 3, stopped: false, elapsedMs: 10 });
    store.getState().train();
    expect(trainer(0).killed).toBe(false);
    trainer(1).listener.onEvent(startedEvent(["fc1"]));
    expect([trainer(0).killed, trainer(1).killed]).toEqual([true, false]);
    first.onExit({ reason: "crashed", message: "late" });
    expect(store.getState().state.phase).toBe("running");
  });

  it("ends the trainer of a run that is stopped before it began", () => {
    store.getState().train();
    store.getState().stop();
    expect(trainer().killed).toBe(true);
    expect(store.getState().state.phase).toBe("idle");
  });

  describe("a run that cannot begin", () => {
    const unavailable = {
      type: "failed",
      failure: { reason: "datasetUnavailable", message: "The dataset folder /gone does not exist." },
    } as const;

    /** A run of three steps that has finished, whose step 2 is shown. */
    const trainOne = () => {
      store.getState().train();
      const { listener } = trainer();
      listener.onEvent(startedEvent(["fc1"]));
      for (const step of [1, 2, 3]) listener.onEvent(frameEvent(step, ["fc1"]));
      listener.onEvent({ type: "finished", ...hashes, step: 3, stopped: false, elapsedMs: 10 });
      store.getState().showStep(2);
      const { state, ...shown } = store.getState();
      return { state, shown };
    };
    const chooseDataset = (directory: string) =>
      documentStore.getState().apply([{ type: "setDataset", dataset: { source: "idx", directory } }], "set dataset");

    it("leaves the run before on screen, with its step and its net", async () => {
      const { state, shown } = trainOne();
      chooseDataset("/gone");
      store.getState().train();
      trainer(1).listener.onEvent(unavailable);
      expect(store.getState()).toMatchObject(shown);
      expect(store.getState().history?.numSteps).toBe(3);
      expect(runOf(store.getState().state)).toBe(runOf(state));
      expect(store.getState().state).toMatchObject({ phase: "failed", run: null, failure: unavailable.failure });
      expect([trainer(0).killed, trainer(1).killed]).toEqual([false, true]);
      const exported = store.getState().exportModel();
      trainer(0).listener.onEvent({ type: "modelExported", requestId: 1, text: "{}", problem: null });
      expect(await exported).toEqual({ text: "{}" });
      // Another dataset is the answer: nothing is left of the question.
      chooseDataset("/there");
      expect(store.getState().state).toBe(state);
    });

    it("leaves it when the trainer dies while it starts, and when it is stopped then", () => {
      const { state, shown } = trainOne();
      store.getState().train();
      trainer(1).listener.onExit({ reason: "crashed", message: "It crashed." });
      expect(store.getState()).toMatchObject(shown);
      expect(store.getState().state).toMatchObject({ phase: "failed", run: null, failure: { reason: "crashed" } });
      store.getState().train();
      expect(store.getState().history).toBeNull();
      store.getState().stop();
      expect(store.getState()).toMatchObject(shown);
      expect(store.getState().state).toBe(state);
    });

    it("has nothing to ask once the trainer of the run before has died meanwhile", async () => {
      trainOne();
      store.getState().train();
      trainer(0).listener.onExit({ reason: "killed", message: "It was killed." });
      trainer(1).listener.onEvent(unavailable);
      expect(store.getState().history?.numSteps).toBe(3);
      expect(await store.getState().exportModel()).toMatchObject({ problem: expect.any(String) });
    });
  });

  it("says that a run that failed left no net, rather than to train first", async () => {
    store.getState().train();
    trainer().listener.onEvent(startedEvent(["fc1"]));
    trainer().listener.onEvent({
      type: "failed",
      failure: { reason: "diverged", message: "Loss is not finite since step 2.", step: 2, nodeId: "fc1" },
    });
    expect(await store.getState().exportModel()).toEqual({
      problem: "Run 1 failed and left no net to export. Train again.",
    });
  });

  it("exports the weights of the run, or says why not", async () => {
    expect(await store.getState().exportModel()).toEqual({
      problem: "There is no trained net to export. Train first.",
    });
    store.getState().train();
    trainer().listener.onEvent(startedEvent(["fc1"]));
    const first = store.getState().exportModel();
    const second = store.getState().exportModel();
    trainer().listener.onEvent({ type: "modelExported", requestId: 2, text: null, problem: "Not now." });
    trainer().listener.onEvent({ type: "modelExported", requestId: 1, text: "{}", problem: null });
    expect(await first).toEqual({ text: "{}" });
    expect(await second).toEqual({ problem: "Not now." });
    const third = store.getState().exportModel();
    trainer().listener.onExit({ reason: "crashed", message: "It crashed." });
    expect(await third).toEqual({ problem: "The trainer has ended: It crashed." });
  });

  it("steps once from rest: starts a run that trains one batch", () => {
    store.getState().stepOnce();
    expect(requests()).toEqual(["start", "stepOnce"]);
  });

  it("trains with the trainer that was prepared, and prepares one at a time", () => {
    const { document } = documentStore.getState();
    store.getState().prepare();
    store.getState().prepare();
    expect(shell.trainers).toHaveLength(1);
    expect(trainer().requests).toEqual([{ type: "prepare", protocol: 1, document, threads: null, rehearse: true }]);
    documentStore.getState().apply([{ type: "setTraining", training: { seed: 9 } }], "set seed");
    store.getState().prepare();
    expect(trainer().requests.at(-1)).toMatchObject({ type: "prepare", document: { training: { seed: 9 } } });
    expect(store.getState().state.phase).toBe("idle");
    store.getState().train();
    store.getState().prepare();
    expect(shell.trainers).toHaveLength(1);
    expect(requests()).toEqual(["prepare", "prepare", "start"]);
    trainer().listener.onEvent(startedEvent(["fc1"]));
    expect(store.getState().state.phase).toBe("running");
  });

  it("trains all the same when the prepared trainer has died", () => {
    store.getState().prepare();
    trainer().listener.onExit({ reason: "killed", message: "It was killed (SIGKILL)." });
    expect(store.getState().state.phase).toBe("idle");
    store.getState().train();
    expect(requests(1)).toEqual(["start"]);
  });

  it("does not prepare a graph with an error", () => {
    documentStore.getState().apply([{ type: "deleteNodes", nodeIds: ["input"] }], "delete input");
    store.getState().prepare();
    expect(shell.trainers).toHaveLength(0);
  });
});
