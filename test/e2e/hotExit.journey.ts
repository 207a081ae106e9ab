import { spawn } from "node:child_process";
import { copyFile, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "@playwright/test";
import { editorOf, startNewDocument } from "../support/editorPage.ts";
import { answerDialogs, clickMenu, expect, projectFolder, type RunningApp, test } from "../support/electronApp.ts";

const epochs = (page: Page) => editorOf(page).inspector.getByRole("textbox", { name: "Epochs" });

const setEpochs = async (page: Page, value: string): Promise<void> => {
  await epochs(page).fill(value);
  await page.keyboard.press("Enter");
};

/** Ends the app as no program can notice. */
const killHard = async ({ childProcess }: RunningApp): Promise<void> => {
  const ended = new Promise((resolve) => childProcess.on("exit", resolve));
  childProcess.kill("SIGKILL");
  await ended;
};

const restored = (page: Page) => page.getByRole("status").filter({ hasText: "Restored unsaved changes" });

test("after a kill every window with unsaved changes comes back, and no file was touched", async ({ launcher }) => {
  const file = path.join(launcher.folder, "net.layerscope");
  await copyFile(path.join(projectFolder, "examples/mlp-bn.layerscope"), file);
  const before = await readFile(file, "utf8");
  const backups = path.join(launcher.userDataFolder, "backups");

  const first = await launcher.start({ args: [file] });
  await expect(editorOf(first.page).fileMenu()).toHaveAccessibleName("File menu of net");
  await setEpochs(first.page, "41");
  const [second] = await Promise.all([first.app.waitForEvent("window"), first.page.keyboard.press("Control+Shift+N")]);
  await startNewDocument(second);
  await editorOf(second).layer("Input").click();
  await expect.poll(async () => (await readdir(backups)).length).toBe(2);
  await killHard(first);
  expect(await readFile(file, "utf8")).toBe(before);

  const next = await launcher.start();
  await expect.poll(() => next.app.windows().length).toBe(2);
  const pages = next.app.windows();
  const names = await Promise.all(
    pages.map(async (page) => {
      await expect(restored(page)).toBeVisible();
      return editorOf(page).fileMenu().getAttribute("aria-label");
    }),
  );
  expect([...names].sort()).toEqual(["File menu of Untitled, unsaved changes", "File menu of net, unsaved changes"]);
  const net = pages[names.indexOf("File menu of net, unsaved changes")] ?? next.page;
  const untitled = pages.find((page) => page !== net) ?? next.page;
  await expect(epochs(net)).toHaveValue("41");
  await expect(editorOf(untitled).node("input")).toBeVisible();

  // Still the document of its file: Save asks nothing and writes there.
  await answerDialogs(next.app, { save: null });
  await net.bringToFront();
  await net.keyboard.press("Control+S");
  await expect(editorOf(net).fileMenu()).toHaveAccessibleName("File menu of net");
  expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ training: { epochs: 41 } });
  await expect.poll(async () => (await readdir(backups)).length).toBe(1);
});

test("a page whose process crashes comes back with its document", async ({ launcher }) => {
  const { app, page } = await launcher.start();
  await startNewDocument(page);
  await editorOf(page).layer("Input").click();
  await expect.poll(() => readdir(path.join(launcher.userDataFolder, "backups")).catch(() => [])).toHaveLength(1);
  await app.evaluate(async ({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    const loaded = new Promise<void>((resolve) => contents?.once("did-finish-load", () => resolve()));
    contents?.forcefullyCrashRenderer();
    await loaded;
  });
  // Playwright has lost this page for good.
  const shown = () =>
    app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript("document.body.innerText"),
    );
  await expect.poll(shown).toContain("Restored unsaved changes");
});

test("a document that was given up does not come back", async ({ launcher }) => {
  const first = await launcher.start();
  await startNewDocument(first.page);
  await editorOf(first.page).layer("Input").click();
  const backups = path.join(launcher.userDataFolder, "backups");
  await expect.poll(() => readdir(backups).catch(() => [])).toHaveLength(1);
  const ended = new Promise((resolve) => first.childProcess.on("exit", resolve));
  await clickMenu(first.app, "File", "Quit");
  await first.page.getByRole("dialog").getByRole("button", { name: "Don’t save" }).click({ noWaitAfter: true });
  await ended;
  expect(await readdir(backups)).toEqual([]);

  const next = await launcher.start();
  await expect(next.page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  expect(next.app.windows()).toHaveLength(1);
});

test("kills at random moments of editing and saving lose no file and little editing", async () => {
  const script = spawn(process.execPath, ["test/killHard.mjs", "--kills", "2"], { cwd: projectFolder });
  let output = "";
  for (const stream of [script.stdout, script.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exitCode = await new Promise((resolve) => script.on("exit", resolve));
  expect(output).toContain("2 kills: 0 files lost");
  expect(exitCode, output).toBe(0);
});
