import { spawn } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type { ElectronApplication, Page } from "@playwright/test";
import { editorOf, startNewDocument } from "../support/editorPage.ts";
import { answerDialogs, clickLast, clickMenu, expect, projectFolder, test } from "../support/electronApp.ts";

const example = (name: string): string => path.join(projectFolder, "examples", `${name}.layerscope`);

const fileMenu = (page: Page, title: string) => page.getByRole("button", { name: `File menu of ${title}` });

/** Starts the app once more with a file, as a double click on it does; ends when the file was handed to the first. */
const startAgain = async (userDataFolder: string, file: string): Promise<void> => {
  const executable: string = createRequire(import.meta.url)("electron");
  const flags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const second = spawn(executable, [...flags, `--user-data-dir=${userDataFolder}`, projectFolder, file], {
    stdio: "ignore",
  });
  expect(await new Promise((resolve) => second.on("exit", resolve))).toBe(0);
};

const newWindow = async (app: ElectronApplication, act: () => Promise<unknown>): Promise<Page> => {
  const [page] = await Promise.all([app.waitForEvent("window"), act()]);
  return page;
};

test("a second start hands its document to the first app: to an empty window, to a new one, or to the one that shows it", async ({
  launcher,
}) => {
  const { app, page } = await launcher.start();
  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await startAgain(launcher.userDataFolder, example("mlp-bn"));
  await expect(fileMenu(page, "mlp-bn")).toBeVisible();

  const second = await newWindow(app, () => startAgain(launcher.userDataFolder, example("mlp-plain")));
  await expect(fileMenu(second, "mlp-plain")).toBeVisible();
  await expect(fileMenu(page, "mlp-bn")).toBeVisible();

  await startAgain(launcher.userDataFolder, example("mlp-bn"));
  await answerDialogs(app, { open: example("mlp-plain") });
  await clickMenu(app, "File", "Open…");
  await expect(fileMenu(second, "mlp-plain")).toBeVisible();
  expect(app.windows()).toHaveLength(2);
  const titles = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.title));
  await expect.poll(async () => (await titles()).sort()).toEqual(["mlp-bn – Layerscope", "mlp-plain – Layerscope"]);
});

test("files dropped together open in a window each, beside one another", async ({ launcher }) => {
  const { app, page } = await launcher.start();
  const files = ["one", "two"].map((name) => path.join(launcher.folder, `${name}.layerscope`));
  for (const file of files) await copyFile(example("mlp-bn"), file);
  await page.evaluate(() => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.setAttribute("aria-label", "Dropped files");
    document.body.append(input);
  });
  // Files that are chosen have their paths, as dropped ones have; those that a script makes have none.
  await page.getByLabel("Dropped files").setInputFiles(files);
  const second = await newWindow(app, () =>
    page.getByLabel("Dropped files").evaluate((input: HTMLInputElement) => {
      const dataTransfer = new DataTransfer();
      for (const chosen of input.files ?? []) dataTransfer.items.add(chosen);
      input.remove();
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }),
  );
  await expect(fileMenu(page, "one")).toBeVisible();
  await expect(fileMenu(second, "two")).toBeVisible();
  const corners = await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window) => window.getBounds().x),
  );
  expect(new Set(corners).size).toBe(2);
});

test("a preference that is set in one window holds in all", async ({ launcher }) => {
  const { app, page } = await launcher.start();
  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  const second = await newWindow(app, () => page.keyboard.press("Control+Shift+N"));
  await expect(second.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await second.keyboard.press("Control+,");
  await second.getByRole("combobox", { name: "Theme" }).selectOption("Dark");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("Quit asks every window with unsaved changes, and Cancel keeps them all", async ({ launcher }) => {
  const { app, childProcess, page } = await launcher.start();
  const exitCode = new Promise((resolve) => childProcess.on("exit", resolve));
  await startNewDocument(page);
  await editorOf(page).layer("Input").click();
  await expect(fileMenu(page, "Untitled, unsaved changes")).toBeVisible();

  const second = await newWindow(app, () => page.keyboard.press("Control+Shift+N"));
  await startNewDocument(second);
  await editorOf(second).layer("Dense").click();
  await expect(fileMenu(second, "Untitled, unsaved changes")).toBeVisible();

  const question = (of: Page) => of.getByRole("dialog", { name: "Save the changes to Untitled?" });
  const discard = (of: Page) => question(of).getByRole("button", { name: "Don’t save" });
  await clickMenu(app, "File", "Quit");
  await discard(second).click();
  await question(page).getByRole("button", { name: "Cancel" }).click();
  await expect(editorOf(page).node("input")).toBeVisible();
  await expect(editorOf(second).node("fc1")).toBeVisible();
  expect(app.windows()).toHaveLength(2);

  // The window that was asked last is in front.
  await clickMenu(app, "File", "Quit");
  await discard(page).click();
  await clickLast(discard(second));
  expect(await exitCode).toBe(0);
});

test("the documents of the last time open again, each where it was, where the preferences say so", async ({
  launcher,
}) => {
  const first = await launcher.start({ args: [example("mlp-bn")] });
  await expect(fileMenu(first.page, "mlp-bn")).toBeVisible();
  await first.page.keyboard.press("Control+,");
  const reopen = first.page.getByRole("switch", { name: "Reopen the documents of the last time" });
  await reopen.click();
  await expect(reopen).toBeChecked();
  await first.page.keyboard.press("Escape");
  const second = await newWindow(first.app, () => startAgain(launcher.userDataFolder, example("mlp-plain")));
  await expect(fileMenu(second, "mlp-plain")).toBeVisible();
  const places = (app: ElectronApplication) =>
    app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((window) => ({ title: window.title, bounds: window.getBounds() })),
    );
  await first.app.evaluate(({ BrowserWindow }) => {
    for (const [index, window] of BrowserWindow.getAllWindows().entries()) {
      window.setBounds({ x: 40 + 100 * index, y: 60, width: 1100 + 40 * index, height: 700 });
    }
  });
  const byTitle = (a: { title: string }, b: { title: string }): number => a.title.localeCompare(b.title);
  await expect
    .poll(async () => (await places(first.app)).map(({ bounds }) => bounds.width).sort())
    .toEqual([1100, 1140]);
  const before = (await places(first.app)).sort(byTitle);
  const ended = new Promise((resolve) => first.childProcess.on("exit", resolve));
  await clickMenu(first.app, "File", "Quit");
  await ended;

  const next = await launcher.start();
  await expect.poll(() => next.app.windows().length).toBe(2);
  await expect.poll(async () => (await places(next.app)).sort(byTitle)).toEqual(before);
});
