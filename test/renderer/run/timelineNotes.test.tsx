/** What the timeline and the run bar say of validation and of a run that stopped early. */
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TrainEvent } from "../../../engine/protocol.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import { openExample } from "../../../renderer/document/fileActions.ts";
import { RunBar } from "../../../renderer/run/RunBar.tsx";
import { runStore } from "../../../renderer/run/runStore.ts";
import { Timeline } from "../../../renderer/run/Timeline.tsx";
import { timelineNotes } from "../../../renderer/run/timelineNotes.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { frameEvent, hashes, startedEvent } from "./events.ts";

let shell: FakeShell;

beforeEach(async () => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  documentStore.getState().markSaved(documentStore.getState().document, documentStore.getState().file);
  await openExample("mlp-bn");
});
afterEach(cleanup);

const epochEvent = (epoch: number, validationLoss: number | null): TrainEvent => ({
  ...{ type: "epoch", epoch, step: 469 * epoch, loss: 0.1, trainAccuracy: 0.97, testLoss: 0.09, testAccuracy: 0.9743 },
  ...{ elapsedMs: 1000 * epoch, samplesPerSecond: 6000 },
  ...(validationLoss === null ? {} : { validationLoss, validationAccuracy: 0.9712 }),
});

/** Five epochs were asked for; the run ends after the second of `epochs`, or when all are over. */
const train = (withValidation: boolean, numEpochs: number, restored: boolean) => {
  const { apply } = documentStore.getState();
  const validation = withValidation ? { share: 0.1 } : null;
  act(() => void apply([{ type: "setTraining", training: { validation } }], "set validation"));
  act(() => runStore.getState().train());
  const listener = shell.trainers.at(-1)?.listener;
  const send = (event: TrainEvent) => act(() => listener?.onEvent(event));
  send(startedEvent(["fc1"]));
  for (let epoch = 1; epoch <= numEpochs; epoch += 1) {
    send(frameEvent(469 * epoch, ["fc1"]));
    send(epochEvent(epoch, withValidation ? 0.2 + 0.01 * epoch : null));
  }
  const earlyStop = { metric: "testLoss", bestEpoch: 1, restored } as const;
  send({ type: "finished", ...hashes, step: 469 * numEpochs, stopped: false, elapsedMs: 9000, earlyStop });
};

const barText = () => document.querySelector(".run-bar-details")?.textContent;
const nextFrame = () => act(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));

it("says where the best epoch was and where the run stopped, by the validation samples that it was judged by", () => {
  render(<RunBar />);
  train(true, 2, true);
  expect(barText()).toBe(
    "938 steps of 2,345 in 0:09, stopped early: best validation loss in epoch 1, whose weights are restored",
  );
  expect(screen.getByRole("status").textContent).toMatch(
    /has finished early, for lack of improvement, after 938 steps/,
  );
  expect(timelineNotes(runStore.getState())).toEqual([
    { step: 469, text: "best validation loss, weights restored", side: "left" },
    { step: 938, text: "stopped early", side: "right" },
  ]);
});

it("does not call a run early that came to its last epoch", () => {
  render(<RunBar />);
  train(false, 5, true);
  expect(barText()).toContain("in 0:09, best test loss in epoch 1, whose weights are restored");
  expect(timelineNotes(runStore.getState()).map(({ text }) => text)).toEqual(["best test loss, weights restored"]);
});

it("shows what was measured on validation samples, where there are some", async () => {
  render(<Timeline />);
  train(true, 2, false);
  await nextFrame();
  const values = () => [...document.querySelectorAll(".timeline-test")].map(({ textContent }) => textContent);
  expect(values().map((text) => text?.replaceAll("\u00a0", " "))).toEqual([
    ...["validation 0.2200", "test 0.0900"],
    ...["validation 97.12 %", "test 97.43 %"],
  ]);
  act(() => runStore.getState().showStep(500));
  await nextFrame();
  expect(values()[0]).toBe("validation 0.2100");
  act(() => runStore.getState().reset());
  train(false, 2, false);
  await nextFrame();
  expect(values()[0]).toBe("test 0.0900");
});
