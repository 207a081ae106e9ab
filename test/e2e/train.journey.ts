import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Locator, Page } from "@playwright/test";
import { type EditorPage, editorOf } from "../support/editorPage.ts";
import { answerDialogs, clickMenu, expect, projectFolder, test, trainerProcesses } from "../support/electronApp.ts";

const execute = promisify(execFile);

/** The first step number in the run bar: `step 1,312 of 2,345` or `1,312 steps`. */
const shownStep = async (editor: EditorPage): Promise<number> => {
  const text = (await editor.run.textContent()) ?? "";
  const found = /step\s*([\d,]+)/.exec(text)?.[1] ?? /([\d,]+) steps?/.exec(text)?.[1];
  return Number((found ?? "0").replaceAll(",", ""));
};

const status = (editor: EditorPage, word: string) => editor.run.getByText(word, { exact: true });

const isRunning = (processId: number): boolean => {
  try {
    // Signal 0 only asks whether there is such a process.
    return process.kill(processId, 0);
  } catch {
    return false;
  }
};

/** Opens an example through the menu, as the popup below the logo does. */
const openExample = async (app: Parameters<typeof clickMenu>[0], page: Page, name: string): Promise<EditorPage> => {
  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await clickMenu(app, "File", "Open example", name);
  await expect(page.getByRole("button", { name: `File menu of ${name}` })).toBeVisible();
  return editorOf(page);
};

/** A node as it is painted. */
const picture = async (node: Locator): Promise<string> => (await node.screenshot()).toString("base64");

test("a run on MNIST: statistics move on the nodes; pause, step, resume and stop do what they say", async ({
  launcher,
}) => {
  const { app, page } = await launcher.start();
  const editor = await openExample(app, page, "lenet-bn-avg");
  await expect(editor.node("bn1")).toContainText("– ± –");
  const blank = await picture(editor.node("bn1"));

  await editor.button("Train").click();
  await expect(status(editor, "Training")).toBeVisible();
  await expect.poll(() => shownStep(editor)).toBeGreaterThan(20);
  await expect(editor.node("bn1")).toContainText(/[−\d.]+\s*±\s*\d/);
  const early = await picture(editor.node("bn1"));
  expect(early).not.toBe(blank);
  await expect.poll(() => picture(editor.node("bn1"))).not.toBe(early);

  await editor.button("Pause").click();
  await expect(status(editor, "Paused")).toBeVisible();
  const pausedAt = await shownStep(editor);
  const paused = await picture(editor.node("bn1"));
  await page.waitForTimeout(500);
  expect(await shownStep(editor)).toBe(pausedAt);
  expect(await picture(editor.node("bn1"))).toBe(paused);

  await editor.button("Step").click();
  await expect.poll(() => shownStep(editor)).toBe(pausedAt + 1);
  await expect(status(editor, "Paused")).toBeVisible();

  await editor.button("Resume").click();
  await expect.poll(() => shownStep(editor)).toBeGreaterThan(pausedAt + 20);
  await editor.button("Stop").click();
  await expect(status(editor, "Stopped")).toBeVisible();
  const stoppedAt = await shownStep(editor);
  expect(stoppedAt).toBeGreaterThan(pausedAt + 20);
  await page.waitForTimeout(300);
  expect(await shownStep(editor)).toBe(stoppedAt);
});

test("the trained net is exported and evaluates to the same accuracy on the command line", async ({ launcher }) => {
  const { app, page } = await launcher.start();
  const editor = await openExample(app, page, "mlp-bn");
  await expect(editor.button("Export")).toBeDisabled();
  await editor.inspector.getByRole("textbox", { name: "Epochs" }).fill("1");
  await page.keyboard.press("Enter");
  await expect(editor.run).toContainText("MNIST, 1 epoch, ");
  await editor.button("Train").click();
  await expect(status(editor, "Finished")).toBeVisible({ timeout: 90_000 });
  const shown = /test\s*([\d.]+)\s*%/.exec((await editor.timeline.textContent()) ?? "")?.[1];
  expect(Number(shown)).toBeGreaterThan(90);

  const file = path.join(launcher.folder, "mlp-bn.model.json");
  await answerDialogs(app, { save: file });
  await editor.button("Export").click();
  await expect(page.getByText("The trained net is exported")).toBeVisible();
  const exported = JSON.parse(await readFile(file, "utf8"));
  expect(exported).toMatchObject({ format: "layerscope-model", version: 2 });

  const cli = path.join(projectFolder, "bin/layerscope.mjs");
  const { stdout } = await execute(process.execPath, [cli, "eval", file, "--dataset", "mnist", "--json"]);
  const evaluated = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  expect((100 * evaluated.testAccuracy).toFixed(2)).toBe(shown);

  const onnx = path.join(launcher.folder, "mlp-bn.onnx");
  await answerDialogs(app, { save: onnx });
  await editor.button("All exports").click();
  await page.getByRole("menuitem", { name: "Export as ONNX…" }).click();
  await expect(page.getByText("The ONNX file is exported")).toBeVisible();
  const fromFile = path.join(launcher.folder, "again.onnx");
  await execute(process.execPath, [cli, "export", file, "--format", "onnx", "--out", fromFile]);
  // All but the time of the export, which ends the record of the training.
  const untilTime = (bytes: Buffer) => bytes.subarray(0, bytes.indexOf('"savedAt"')).toString("hex");
  expect(untilTime(await readFile(onnx))).toBe(untilTime(await readFile(fromFile)));
});

test("a trainer killed in the middle of a run is a failed run with its reason, and nothing else", async ({
  launcher,
}) => {
  const { app, page } = await launcher.start();
  const editor = await openExample(app, page, "mlp-plain");
  const saved = path.join(launcher.folder, "before.layerscope");
  await answerDialogs(app, { save: saved });
  await page.keyboard.press("Control+Shift+S");
  await expect.poll(() => existsSync(saved)).toBe(true);

  await editor.button("Train").click();
  await expect.poll(() => shownStep(editor)).toBeGreaterThan(5);
  const [trainer, ...others] = await trainerProcesses(app);
  expect(others).toEqual([]);
  process.kill(trainer ?? 0, "SIGKILL");
  await expect(status(editor, "Failed")).toBeVisible();
  await expect(editor.run).toContainText(
    "The trainer stopped: killed by the system or another program (SIGKILL). Your document is untouched.",
  );

  const again = path.join(launcher.folder, "after.layerscope");
  await answerDialogs(app, { save: again });
  await page.keyboard.press("Control+Shift+S");
  await expect.poll(() => existsSync(again)).toBe(true);
  expect(await readFile(again, "utf8")).toBe(await readFile(saved, "utf8"));

  await editor.button("Train again").click();
  await expect(status(editor, "Training")).toBeVisible();
  await expect.poll(() => shownStep(editor)).toBeGreaterThan(5);
  await editor.button("Stop").click();
  await expect(status(editor, "Stopped")).toBeVisible();
});

test("a trainer that stands still is ended after it has not answered; what it measured stays, and the run goes on", async ({
  launcher,
}) => {
  const { app, page } = await launcher.start();
  const editor = await openExample(app, page, "spiral-bn");
  await editor.button("Train").click();
  // Some epochs: each leaves a checkpoint.
  await expect.poll(() => shownStep(editor)).toBeGreaterThan(100);
  const [trainer = 0] = await trainerProcesses(app);
  process.kill(trainer, "SIGSTOP");
  await editor.button("Stop").click();
  await expect(status(editor, "Stopping")).toBeVisible();
  await expect(editor.run).toContainText(
    /The trainer has not answered for 10\ss\. End it to train again: what it measured/,
  );
  const measured = await page.getByRole("slider", { name: "Step shown" }).getAttribute("aria-valuemax");
  await editor.button("End").click();
  await expect(status(editor, "Failed")).toBeVisible();
  await expect(editor.run).toContainText(
    /The trainer stopped: it did not answer for 10\ss and was ended\. Your document is untouched\./,
  );
  expect(Number(measured)).toBeGreaterThan(100);
  await expect(page.getByRole("slider", { name: "Step shown" })).toHaveAttribute("aria-valuemax", /^\d{3,}$/);
  await expect.poll(() => isRunning(trainer)).toBe(false);
  await editor.button(/^Resume after step/).click();
  await expect(status(editor, "Training")).toBeVisible();
  await expect.poll(() => shownStep(editor)).toBeGreaterThan(Number(measured));
});

test("closing the window ends its trainer", async ({ launcher }) => {
  const { app, childProcess, page } = await launcher.start();
  const exitCode = new Promise((resolve) => childProcess.on("exit", resolve));
  const editor = await openExample(app, page, "mlp-plain");
  await editor.button("Train").click();
  await expect(status(editor, "Training")).toBeVisible();
  const [trainer] = await trainerProcesses(app);
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.destroy());
  expect(await exitCode).toBe(0);
  await expect.poll(() => isRunning(trainer ?? 0)).toBe(false);
});
