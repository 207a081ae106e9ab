import { beforeEach, describe, expect, it } from "vitest";
import { newDocument, parse } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { runStore } from "../../../renderer/run/runStore.ts";
import {
  followDocumentStatistics,
  restoreStatistics,
  setFramesPerSecond,
  setMaxShare,
  setMeasured,
  statisticsStore,
} from "../../../renderer/run/statisticsSetting.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";
import { startedEvent } from "./events.ts";

const runId = "0b5f2a4e-1111-4222-8333-444455556666";
const file = (fileName: string) => ({ handle: null, fileName, folder: "/nets" });
const skipped = (): readonly string[] => [...statisticsStore.getState().skippedNodes];

let shell: FakeShell;
beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
  runStore.getState().reset();
  statisticsStore.setState({ framesPerSecond: 10, maxShare: 0.03, skippedNodes: new Set() });
});

const openExample = (): void => {
  const parsed = parse(exampleNamed("mlp-bn")?.text ?? "");
  if (!parsed.ok) throw new Error("The example does not open.");
  documentStore.getState().open(parsed.value, UNTITLED);
};

describe("how often layers are measured, and which", () => {
  it("is told to the trainer before a start, after a run is taken up, and while it trains", () => {
    openExample();
    setFramesPerSecond(2);
    setMeasured("fc1", false);
    runStore.getState().train();
    const [trainer] = shell.trainers;
    const told = { type: "changeStatistics", framesPerSecond: 2, maxShare: 0.03, skippedNodes: ["fc1"] };
    expect(trainer?.requests[0]).toEqual(told);
    expect(trainer?.requests[1]?.type).toBe("start");
    trainer?.listener.onEvent(startedEvent(["fc1"]));
    setMeasured("fc1", true);
    expect(trainer?.requests.at(-1)).toEqual({ ...told, skippedNodes: [] });
    setMaxShare(null);
    expect(trainer?.requests.at(-1)).toEqual({ ...told, maxShare: null, skippedNodes: [] });
    runStore.getState().reset();
    runStore.getState().resumeRun(runId);
    expect(shell.trainers.at(-1)?.requests.map(({ type }) => type)).toEqual(["resumeRun", "changeStatistics"]);
  });

  it("is not told where it is as usual", () => {
    openExample();
    runStore.getState().train();
    expect(shell.trainers[0]?.requests.map(({ type }) => type)).toEqual(["start"]);
  });

  it("is kept: the rate for this machine, the layers for the document's file, also under a new name", async () => {
    const stop = followDocumentStatistics();
    documentStore.getState().open(newDocument(), file("a.layerscope"));
    setFramesPerSecond(0);
    setMeasured("conv1", false);
    documentStore.getState().open(newDocument(), file("b.layerscope"));
    expect(skipped()).toEqual([]);
    documentStore.getState().open(newDocument(), file("a.layerscope"));
    expect(skipped()).toEqual(["conv1"]);
    documentStore.getState().markSaved(documentStore.getState().document, file("c.layerscope"));
    documentStore.getState().open(newDocument(), UNTITLED);
    expect(skipped()).toEqual([]);
    for (const share of [0.1, null]) {
      setMaxShare(share);
      statisticsStore.setState({ framesPerSecond: 10, maxShare: 0.03 });
      await restoreStatistics();
      expect(statisticsStore.getState()).toMatchObject({ framesPerSecond: 0, maxShare: share });
    }
    documentStore.getState().open(newDocument(), file("c.layerscope"));
    expect(skipped()).toEqual(["conv1"]);
    stop();
  });

  it("does not break on a damaged setting", async () => {
    shell.settings.set("framesPerSecond", "7");
    shell.settings.set("skippedNodes", "[3");
    for (const share of ["null", "0.5", '"all"', "["]) {
      shell.settings.set("statisticsShare", share);
      await restoreStatistics();
      expect(statisticsStore.getState()).toMatchObject({ framesPerSecond: 10, maxShare: 0.03 });
    }
  });
});
