/** What is asked before a window closes, or another document takes the place of a run. */
import { beforeEach, describe, expect, it } from "vitest";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { exportModel, mayClose, openExample, startNew } from "../../../renderer/document/fileActions.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { hashes, startedEvent } from "../run/events.ts";

import { answer, deliver, edit, keep } from "./leavingSteps.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  viewStore.setState({ view: "start", notices: [], question: null });
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await startNew();
});

describe("closing the window", () => {
  it("asks before it ends a run", async () => {
    await openExample("mlp-bn");
    expect(await mayClose()).toBe(true);
    runStore.getState().train();
    shell.trainers.at(-1)?.listener.onEvent(startedEvent([]));
    const refused = mayClose();
    expect(await answer(null)).toBe("Stop the run?");
    expect(await refused).toBe(false);
    const closing = mayClose();
    await answer("stop");
    expect(await closing).toBe(true);
  });

  it("asks one question about unsaved changes and a run under way, which says what becomes of both", async () => {
    await openExample("mlp-bn");
    edit();
    runStore.getState().train();
    shell.trainers.at(-1)?.listener.onEvent({ ...startedEvent([]), runId: "r" });
    const refused = mayClose();
    await expect.poll(() => viewStore.getState().question).not.toBeNull();
    expect(viewStore.getState().question).toMatchObject({
      title: "Save the changes to mlp-bn and stop the run?",
      text: "They are not in a file yet and are lost without saving. Closing the window ends the run under way. It is kept as it is then, and can be resumed on the start page.",
      answers: [{ label: "Save and stop" }, { label: "Stop without saving" }],
    });
    await answer(null);
    expect(await refused).toBe(false);
    expect(shell.saved.size).toBe(0);
    expect(runStore.getState().state.phase).toBe("running");
    // No second question after either answer.
    const discarding = mayClose();
    await answer("discard");
    await keep(shell);
    expect(await discarding).toBe(true);
    expect(shell.saved.size).toBe(0);
    const saving = mayClose();
    await answer("save");
    await expect.poll(() => shell.saved.size).toBe(1);
    await keep(shell);
    expect(await saving).toBe(true);
  });

  it("ends a run that is kept only once its checkpoint is written, and asks where it can’t be", async () => {
    await openExample("mlp-bn");
    runStore.getState().train();
    shell.trainers.at(-1)?.listener.onEvent({ ...startedEvent([]), runId: "r" });
    const closing = mayClose();
    expect(await answer("stop")).toBe("Stop the run?");
    let isOver = false;
    void closing.then(() => {
      isOver = true;
    });
    await expect.poll(() => shell.trainers.at(-1)?.requests.at(-1)?.type).toBe("keepRun");
    expect(isOver).toBe(false);
    await keep(shell);
    expect(await closing).toBe(true);

    const failing = mayClose();
    await answer("stop");
    await keep(shell, "The disk is full.");
    await expect.poll(() => viewStore.getState().question?.title).toBe("End the run all the same?");
    expect(viewStore.getState().question?.text).toMatch(/^It can’t be kept as it is now\. The disk is full\. /);
    await answer(null);
    expect(await failing).toBe(false);
    expect(runStore.getState().state.phase).toBe("running");
    const ending = mayClose();
    await answer("stop");
    await keep(shell, "The disk is full.");
    await expect.poll(() => viewStore.getState().question?.title).toBe("End the run all the same?");
    await answer("end");
    expect(await ending).toBe(true);
  });

  it("does not wait for a trainer that ends meanwhile", async () => {
    await openExample("mlp-bn");
    runStore.getState().train();
    shell.trainers.at(-1)?.listener.onEvent({ ...startedEvent([]), runId: "r" });
    const closing = mayClose();
    await answer("stop");
    await expect.poll(() => shell.trainers.at(-1)?.requests.at(-1)?.type).toBe("keepRun");
    shell.trainers.at(-1)?.listener.onExit({ reason: "crashed", message: "out of memory" });
    expect(await closing).toBe(true);
  });

  it("asks about the net, too, where the run has finished while the question was open", async () => {
    await openExample("mlp-bn");
    edit();
    runStore.getState().train();
    const listener = shell.trainers.at(-1)?.listener;
    listener?.onEvent(startedEvent([]));
    const closing = mayClose();
    await expect.poll(() => viewStore.getState().question).not.toBeNull();
    listener?.onEvent({ type: "finished", ...hashes, step: 1250, stopped: false, elapsedMs: 9000 });
    expect(await answer("discard")).toBe("Save the changes to mlp-bn and stop the run?");
    expect(await answer(null)).toBe("Export the trained net?");
    expect(await closing).toBe(false);
  });
});

describe("a finished net that is in no file", () => {
  const finish = async (): Promise<void> => {
    await openExample("mlp-bn");
    runStore.getState().train();
    const listener = shell.trainers.at(-1)?.listener;
    listener?.onEvent(startedEvent([]));
    listener?.onEvent({ type: "finished", ...hashes, step: 1250, stopped: false, elapsedMs: 9000 });
  };
  it("is not lost to another document without a question", async () => {
    await finish();
    const opening = openExample("mlp-plain");
    for (let tries = 0; tries < 20 && !viewStore.getState().question; tries += 1) await Promise.resolve();
    expect(viewStore.getState().question?.text).toMatch(
      /^What run \d+ learnt in 1,250 steps is not in a file yet\. Another document loses it\.$/,
    );
    expect(await answer(null)).toBe("Export the trained net?");
    await opening;
    expect(documentStore.getState().file.fileName).toBe("mlp-bn.layerscope");
    expect(runStore.getState().state.phase).toBe("finished");
  });

  it("is given up when told so", async () => {
    await finish();
    const opening = openExample("mlp-plain");
    await answer("discard");
    await opening;
    expect(documentStore.getState().file.fileName).toBe("mlp-plain.layerscope");
    expect(shell.exports).toEqual([]);
  });

  it("is exported first when told so, and then the document opens", async () => {
    await finish();
    const opening = openExample("mlp-plain");
    await answer("export");
    await deliver(shell, "{}");
    await opening;
    expect(shell.exports).toEqual([{ suggestedName: "mlp-bn.model.json", content: "{}" }]);
    expect(documentStore.getState().file.fileName).toBe("mlp-plain.layerscope");
  });

  it("stays when its export is cancelled", async () => {
    await finish();
    setShell({ ...shell, saveExport: async () => ({ status: "cancelled" }) });
    const closing = mayClose();
    await answer("export");
    await deliver(shell, "{}");
    expect(await closing).toBe(false);
  });

  it("is not asked about once it is exported", async () => {
    await finish();
    const exported = exportModel();
    await deliver(shell, "{}");
    expect(await exported).toBe(true);
    await openExample("mlp-plain");
    expect(documentStore.getState().file.fileName).toBe("mlp-plain.layerscope");
  });

  it("is not asked about where it stays with its run, unless its statistics were recomputed since", async () => {
    await finish();
    const listener = shell.trainers.at(-1)?.listener;
    listener?.onEvent({ type: "finished", ...hashes, step: 1250, stopped: false, elapsedMs: 9000, isNetKept: true });
    expect(await mayClose()).toBe(true);
    const scores = { loss: 1, accuracy: 0.5, r2: null };
    const found = { step: 1250, samples: 100, before: scores, training: scores, after: scores, norms: [] };
    listener?.onEvent({ type: "statisticsRecomputed", requestId: 1, problem: null, found });
    expect(runStore.getState().isNetKept).toBe(true);
    const closing = mayClose();
    expect(await answer(null)).toBe("Export the trained net?");
    expect(await closing).toBe(false);
  });

  it("is asked about when the run went on after an export", async () => {
    await openExample("mlp-bn");
    runStore.getState().train();
    const listener = shell.trainers.at(-1)?.listener;
    listener?.onEvent(startedEvent([]));
    listener?.onEvent({ type: "paused", step: 10 });
    const exported = exportModel();
    await deliver(shell, "{}");
    await exported;
    listener?.onEvent({ type: "resumed", step: 10 });
    listener?.onEvent({ type: "finished", ...hashes, step: 20, stopped: true, elapsedMs: 100 });
    const opening = openExample("mlp-plain");
    expect(await answer("discard")).toBe("Export the trained net?");
    await opening;
  });
});
