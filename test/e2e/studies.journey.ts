import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { ElectronApplication, Page } from "@playwright/test";
import type { ShellBridge } from "../../electron/ipcContract.ts";
import type { StudyDetail, StudyStatus } from "../../engine/protocol.ts";
import { editorOf } from "../support/editorPage.ts";
import { expect, projectFolder, test } from "../support/electronApp.ts";
import { writeMnistSlice } from "../support/mnistSlice.ts";

declare global {
  interface Window {
    readonly layerscopeShell?: ShellBridge;
  }
}

/** Eight runs: four initial scales, with and without BatchNorm; the largest diverges without. */
const studyText = (digits: string, epochs: number): string => {
  const document = JSON.parse(readFileSync(path.join(projectFolder, "examples/mlp-bn.layerscope"), "utf8"));
  return JSON.stringify({
    ...{ format: "layerscope-study", version: 1, title: "Scales", document },
    dataset: { source: "idx", directory: digits },
    ...{ trainSamples: 200, testSamples: 100, training: { epochs, batchSize: 50, learningRate: 0.1 } },
    search: { by: "grid" },
    axes: [
      { vary: "initializerScale", values: [100, 0.1, 0.05, 0.03] },
      { vary: "normalization", values: ["batch", "none"] },
    ],
  });
};

const start = (page: Page, text: string): Promise<string> =>
  page.evaluate(async (study) => {
    const started = await window.layerscopeShell?.invoke("startStudy", study, null);
    if (started?.status !== "done") throw new Error(JSON.stringify(started));
    return started.value.studyId;
  }, text);

const open = (page: Page, studyId: string): Promise<StudyDetail> =>
  page.evaluate(async (id) => {
    const opened = await window.layerscopeShell?.invoke("openStudy", id);
    if (opened?.status !== "done") throw new Error(JSON.stringify(opened));
    return opened.value;
  }, studyId);

const numEnded = async (page: Page, studyId: string): Promise<number> => (await open(page, studyId)).numEnded;

const studyWorkers = (app: ElectronApplication): Promise<number[]> =>
  app.evaluate(({ app: electronApp }) =>
    electronApp
      .getAppMetrics()
      .filter((metric) => metric.name?.startsWith("Layerscope study"))
      .map((metric) => metric.pid),
  );

const isAlive = (processId: number): boolean => {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
};

test("a study goes on by itself after the whole app was killed, and trains no finished run twice", async ({
  launcher,
}) => {
  const digits = path.join(launcher.folder, "digits");
  writeMnistSlice(digits, 400, 200);
  const first = await launcher.start();
  const studyId = await start(first.page, studyText(digits, 40));
  const runs = path.join(launcher.userDataFolder, "studies", studyId, "runs");
  await expect.poll(() => numEnded(first.page, studyId), { intervals: [50] }).toBeGreaterThanOrEqual(2);
  const recordFile = (id: string): string => path.join(runs, id, "run.json");
  const finishedRuns = (): string[] =>
    readdirSync(runs).filter((id) => {
      // The kill may come between the folder of a run and its record.
      if (!existsSync(recordFile(id))) return false;
      const { outcome, failure } = JSON.parse(readFileSync(recordFile(id), "utf8"));
      return outcome === "finished" || failure?.reason === "diverged";
    });
  const workers = await studyWorkers(first.app);
  first.childProcess.kill("SIGKILL");
  await first.app.waitForEvent("close");
  // Nobody writes on where the next start takes the runs up.
  await expect.poll(() => workers.filter(isAlive)).toEqual([]);
  const before = new Map(finishedRuns().map((id) => [id, statSync(recordFile(id)).mtimeMs]));
  expect(before.size).toBeGreaterThanOrEqual(2);
  expect(before.size).toBeLessThan(8);

  const second = await launcher.start();
  await expect.poll(() => numEnded(second.page, studyId)).toBe(8);
  const study = await open(second.page, studyId);
  expect(study).toMatchObject({ title: "Scales", state: "finished", numRunning: 0, numFailed: 0, problem: null });
  expect(study.runs.map(({ id, state }) => `${id} ${state}`)).toEqual([
    ...["run-001 finished", "run-002 diverged", "run-003 finished", "run-004 finished"],
    ...["run-005 finished", "run-006 finished", "run-007 finished", "run-008 finished"],
  ]);
  expect(study.runs[1]).toMatchObject({ failure: expect.stringContaining("Loss is not finite since step") });
  expect(study.runs.map(({ epochs }) => epochs.length)).toEqual([40, 0, 40, 40, 40, 40, 40, 40]);
  for (const [id, mtimeMs] of before) expect(statSync(recordFile(id)).mtimeMs, id).toBe(mtimeMs);

  // Its runs are shown as any finished one: with few frames, the first and the last step among them.
  const run = await second.page.evaluate(async (id) => {
    const read = await window.layerscopeShell?.invoke("readStudyRun", id, "run-003");
    if (read?.status !== "done") throw new Error(JSON.stringify(read));
    const { text, steps, epochs, frames, ended } = read.value;
    return {
      format: JSON.parse(text).format,
      steps: steps.byteLength / 24,
      epochs: epochs.length,
      frames: frames?.length,
      ended: ended.type,
    };
  }, studyId);
  expect(run).toMatchObject({ format: "layerscope", steps: 160, epochs: 40, ended: "finished" });
  expect(run.frames).toBeGreaterThan(1000);
});

const act = (
  page: Page,
  name: "pauseStudy" | "resumeStudy" | "cancelStudy" | "removeStudy" | "restoreStudy",
  id: string,
) => page.evaluate(([call, study]) => window.layerscopeShell?.invoke(call, study), [name, id] as const);

const statesOf = async (page: Page, studyId: string): Promise<readonly string[]> =>
  (await open(page, studyId)).runs.map(({ state }) => state);

const statusOf = (page: Page, studyId: string): Promise<StudyStatus | null> =>
  page.evaluate(async (id) => {
    const all = await window.layerscopeShell?.invoke("listStudies");
    return all?.find((study) => study.studyId === id) ?? null;
  }, studyId);

test("a study can be paused, cancelled, retried, labelled, put away and brought back, and gives way to a run", async ({
  launcher,
}) => {
  const digits = path.join(launcher.folder, "digits");
  writeMnistSlice(digits, 400, 200);
  const { app, page } = await launcher.start();
  // Long enough that a fast machine has not trained all of them before it is told to pause.
  const numEpochs = 160;
  const studyId = await start(page, studyText(digits, numEpochs));

  // A worker that dies is replaced, and nothing is lost.
  await expect.poll(() => studyWorkers(app)).not.toEqual([]);
  const [worker] = await studyWorkers(app);
  process.kill(worker ?? 0, "SIGKILL");
  await expect.poll(async () => (await open(page, studyId)).numEnded, { intervals: [50] }).toBeGreaterThanOrEqual(1);

  await act(page, "pauseStudy", studyId);
  await expect.poll(async () => (await statusOf(page, studyId))?.numRunning).toBe(0);
  const paused = await statusOf(page, studyId);
  expect(paused).toMatchObject({ state: "paused", numFailed: 0 });
  expect(paused?.numEnded).toBeLessThan(8);
  // Nobody is needed for nothing.
  await expect.poll(() => studyWorkers(app)).toEqual([]);

  // A run in a window comes first.
  await page.getByRole("button", { name: /^Six dense layers with BatchNorm/ }).click();
  const editor = editorOf(page);
  await editor.button("Train").click();
  await expect(editor.run.getByText("Training", { exact: true })).toBeVisible();
  // The page says so before the trainer does, whom the studies go by; runs that begin in between would be held where they are.
  await expect(editor.run).toContainText(/step\s*\d{2,}/);
  await act(page, "resumeStudy", studyId);
  await expect
    .poll(() => statusOf(page, studyId))
    .toMatchObject({ state: "running", numRunning: 0, isHeld: true, problem: null });
  await editor.button("Stop").click();
  await expect.poll(async () => (await statusOf(page, studyId))?.numRunning).toBeGreaterThan(0);
  await act(page, "cancelStudy", studyId);
  const cancelled = await statesOf(page, studyId);
  expect(cancelled).toContain("cancelled");
  expect(await statusOf(page, studyId)).toMatchObject({ state: "cancelled", numRunning: 0, numEnded: 8 });

  const again = (await open(page, studyId)).runs.flatMap(({ id, state }) => (state === "cancelled" ? [id] : []));
  await page.evaluate(([id, runIds]) => window.layerscopeShell?.invoke("retryStudyRuns", id, [...runIds]), [
    studyId,
    again,
  ] as const);
  await page.evaluate(
    ([id, runId]) =>
      window.layerscopeShell?.invoke("labelStudyRun", id, runId ?? "", {
        ...{ name: "the good one", tags: [], notes: "", isPinned: true },
      }),
    [studyId, again.at(-1)] as const,
  );

  await expect.poll(async () => (await statusOf(page, studyId))?.state, { timeout: 90_000 }).toBe("finished");
  expect(await statesOf(page, studyId)).not.toContain("cancelled");

  await act(page, "removeStudy", studyId);
  expect(await statusOf(page, studyId)).toBeNull();
  await act(page, "restoreStudy", studyId);
  const restored = await open(page, studyId);
  expect(restored).toMatchObject({ state: "finished", numEnded: 8 });
  expect(restored.runs.find(({ name }) => name === "the good one")).toMatchObject({ id: again.at(-1), isPinned: true });
  expect(restored.runs.map(({ epochs }) => epochs.length)).toEqual(
    [1, 0, 1, 1, 1, 1, 1, 1].map((share) => share * numEpochs),
  );
});
