/** A new run asks before it takes the place of a trained net that is in no file, but only where something is lost. */
import { beforeEach, describe, expect, it } from "vitest";
import type { TrainingSettings } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { runCommand } from "../../../renderer/commands/commandTable.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { hashes, startedEvent } from "../run/events.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  viewStore.setState({ notices: [], question: null });
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});

const settle = async (): Promise<void> => {
  for (let tries = 0; tries < 20; tries += 1) await Promise.resolve();
};
const listener = () => shell.trainers.at(-1)?.listener;
const finish = (elapsedMs: number): void => {
  runCommand("run.train");
  listener()?.onEvent(startedEvent([]));
  listener()?.onEvent({ type: "finished", ...hashes, step: 1250, stopped: false, elapsedMs });
  expect(runStore.getState().state.phase).toBe("finished");
};
const change = (training: Partial<TrainingSettings>) =>
  documentStore.getState().apply([{ type: "setTraining", training }], "set training");
const question = () => viewStore.getState().question;
const answer = async (id: string | null): Promise<void> => {
  question()?.resolve(id);
  await settle();
};
const phase = () => runStore.getState().state.phase;

describe.each(["run.train", "run.step"])("%s", (command) => {
  it("asks where the document has changed, and leaves the net when the question is dismissed", async () => {
    finish(9000);
    change({ learningRate: 0.02 });
    runCommand(command);
    expect(question()?.title).toBe("Export the trained net?");
    expect(question()?.text).toMatch(
      /^What run \d+ learnt in 1,250 steps is not in a file yet\. Training anew loses it\.$/,
    );
    await answer(null);
    expect(phase()).toBe("finished");
    runCommand(command);
    await answer("discard");
    expect(phase()).toBe("starting");
    expect(shell.exports).toEqual([]);
  });

  it("exports first when told so", async () => {
    finish(9000);
    change({ learningRate: 0.02 });
    runCommand(command);
    await answer("export");
    const request = shell.trainers.at(-1)?.requests.at(-1);
    if (request?.type !== "exportModel") throw new Error("No weights were asked for.");
    listener()?.onEvent({ type: "modelExported", requestId: request.requestId, text: "{}", problem: null });
    await settle();
    expect(shell.exports.map(({ suggestedName }) => suggestedName)).toEqual(["mlp-bn.model.json"]);
    expect(phase()).toBe("starting");
  });
});

it("begins at once where the new run learns the same again in a moment", () => {
  finish(9000);
  runCommand("run.train");
  expect(question()).toBeNull();
  expect(phase()).toBe("starting");
});

it("asks before an hour of training is done again, too", () => {
  finish(3_600_000);
  runCommand("run.train");
  expect(question()?.title).toBe("Export the trained net?");
});

it("asks where the run took over settings on its way: no document repeats it", () => {
  runCommand("run.train");
  listener()?.onEvent(startedEvent([]));
  const settings = { ...documentStore.getState().document.training, learningRate: 0.02 };
  listener()?.onEvent({
    ...{ type: "trainingChanged", step: 40, training: { learningRate: 0.02 } },
    ...{ settings, totalSteps: 2345 },
  });
  change({ learningRate: 0.02 });
  listener()?.onEvent({ type: "finished", ...hashes, step: 1250, stopped: false, elapsedMs: 9000 });
  runCommand("run.train");
  expect(question()).not.toBeNull();
});

it("asks no more for a document when told so, and again for the next one", async () => {
  finish(9000);
  change({ learningRate: 0.02 });
  runCommand("run.train");
  expect(question()?.answers.map(({ label }) => label)).toEqual(["Export", "Don’t export", "Don’t ask again"]);
  await answer("silence");
  expect(phase()).toBe("starting");
  listener()?.onEvent(startedEvent([]));
  listener()?.onEvent({ type: "finished", ...hashes, step: 1250, stopped: false, elapsedMs: 9000 });
  change({ learningRate: 0.03 });
  runCommand("run.train");
  expect(question()).toBeNull();
  expect(phase()).toBe("starting");

  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-plain");
  finish(9000);
  change({ learningRate: 0.02 });
  runCommand("run.train");
  expect(question()).not.toBeNull();
});

it("asks nothing once the net is in a file, or where none is left", () => {
  finish(9000);
  runStore.getState().markExported();
  change({ learningRate: 0.02 });
  runCommand("run.train");
  expect(question()).toBeNull();
  listener()?.onEvent(startedEvent([]));
  listener()?.onExit({ reason: "crashed", message: "out of memory" });
  runCommand("run.train");
  expect(question()).toBeNull();
  expect(phase()).toBe("starting");
});
