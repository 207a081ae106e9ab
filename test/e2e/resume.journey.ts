import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { editorOf } from "../support/editorPage.ts";
import { answerDialogs, expect, projectFolder, test, trainerProcesses } from "../support/electronApp.ts";
import { writeMnistSlice } from "../support/mnistSlice.ts";
import { readoutsAt } from "../support/readouts.ts";

const execute = promisify(execFile);

/** The step of the newest checkpoint in the app's only run folder. */
const checkpointStep = (userDataFolder: string): number => {
  try {
    const runs = path.join(userDataFolder, "runs");
    const [runId = ""] = readdirSync(runs);
    const names = readdirSync(path.join(runs, runId, "checkpoints"));
    return Math.max(0, ...names.map((name) => Number(/^step-(\d+)\./.exec(name)?.[1] ?? 0)));
  } catch {
    // There is no run yet.
    return 0;
  }
};

test("a run goes on after its trainer and after the whole app was killed, to the bits of an uninterrupted one", async ({
  launcher,
}) => {
  const digits = path.join(launcher.folder, "digits");
  writeMnistSlice(digits, 2000, 200);
  const example = JSON.parse(await readFile(path.join(projectFolder, "examples/mlp-bn.layerscope"), "utf8"));
  const file = path.join(launcher.folder, "mine.layerscope");
  const training = { ...example.training, epochs: 40, seed: 5 };
  const dataset = { source: "idx", directory: digits };
  await writeFile(file, JSON.stringify({ ...example, dataset, training }));

  // Looked at often: the run must not have come to its end when it is killed.
  const reached = (step: number): Promise<void> =>
    expect.poll(() => checkpointStep(launcher.userDataFolder), { intervals: [20] }).toBeGreaterThan(step);

  const first = await launcher.start({ args: [file] });
  const editor = editorOf(first.page);
  await editor.button("Train").click();
  await reached(60);
  const [trainer] = await trainerProcesses(first.app);
  process.kill(trainer ?? 0, "SIGKILL");
  await expect(editor.run.getByText("Failed", { exact: true })).toBeVisible();
  const resume = editor.run.getByRole("button", { name: /^Resume after step / });
  await expect(resume).toBeVisible();
  const before = checkpointStep(launcher.userDataFolder);
  await expect(resume).toHaveText(`Resume after step ${before.toLocaleString("en")}`);
  await resume.click();
  await expect(editor.run.getByText("Training", { exact: true })).toBeVisible();
  await reached(before + 60);
  await editor.button("Pause").click();
  await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();
  const live = await readoutsAt(first.page, 12);
  expect(live.join(" ")).toMatch(/±\s*\d/);
  first.childProcess.kill("SIGKILL");
  await first.app.waitForEvent("close");

  const second = await launcher.start();
  const unfinished = second.page.getByRole("navigation", { name: "Unfinished runs" });
  await expect(unfinished).toContainText(/step [\d,]+ of/);
  await unfinished.getByRole("button", { name: /^Resume mine/ }).click();
  const again = editorOf(second.page);
  await again.button("Pause").click();
  await expect(again.run.getByText("Paused", { exact: true })).toBeVisible();
  // The steps before the restart look as they did.
  expect(await readoutsAt(second.page, 12)).toEqual(live);
  await again.button("Resume").click();
  await expect(again.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 90_000 });

  const model = path.join(launcher.folder, "mine.model.json");
  await answerDialogs(second.app, { save: model });
  await again.button("Export").click();
  await expect(second.page.getByText("The trained net is exported")).toBeVisible();
  const cli = path.join(projectFolder, "bin/layerscope.mjs");
  const whole = path.join(launcher.folder, "whole");
  await execute(process.execPath, [cli, "train", file, "--out", whole]);
  const { weights, state } = JSON.parse(await readFile(model, "utf8"));
  const expected = JSON.parse(await readFile(path.join(whole, "model.model.json"), "utf8"));
  expect(weights).toEqual(expected.weights);
  expect(state).toEqual(expected.state);
  // A run that has come to its end cannot go on: its checkpoints are gone.
  const runs = path.join(launcher.userDataFolder, "runs");
  expect(readdirSync(runs).map((runId) => readdirSync(path.join(runs, runId)).includes("checkpoints"))).toEqual([
    false,
  ]);
});

test("a run that a closed window ends in its first epoch is kept as it was, and goes on from there", async ({
  launcher,
}) => {
  const digits = path.join(launcher.folder, "digits");
  writeMnistSlice(digits, 2000, 200);
  const example = JSON.parse(await readFile(path.join(projectFolder, "examples/mlp-bn.layerscope"), "utf8"));
  const file = path.join(launcher.folder, "mine.layerscope");
  const dataset = { source: "idx", directory: digits };
  const training = { ...example.training, batchSize: 10, epochs: 2 };
  await writeFile(file, JSON.stringify({ ...example, dataset, training }));
  const first = await launcher.start({ args: [file] });
  const editor = editorOf(first.page);
  // Three batches of 200: far from the first epoch's end, and from the 30 s of a checkpoint.
  for (const step of [1, 2, 3]) {
    await first.page.keyboard.press("F10");
    await expect(editor.run).toContainText(`step ${step} of 400`);
  }
  await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();
  expect(checkpointStep(launcher.userDataFolder)).toBe(0);
  await first.page.getByRole("button", { name: "Close the window" }).click();
  const question = first.page.getByRole("dialog", { name: "Stop the run?" });
  await expect(question).toContainText("It is kept as it is then, and can be resumed on the start page.");
  const closed = first.app.waitForEvent("close");
  await question.getByRole("button", { name: "Stop the run" }).click();
  await closed;
  expect(checkpointStep(launcher.userDataFolder)).toBe(3);

  const second = await launcher.start();
  const unfinished = second.page.getByRole("navigation", { name: "Unfinished runs" });
  await expect(unfinished).toContainText("step 3 of 400");
  await unfinished.getByRole("button", { name: /^Resume mine/ }).click();
  await expect(editorOf(second.page).run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 30_000 });
});
