import { existsSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "@playwright/test";
import { editorOf, settle, startNewDocument } from "../support/editorPage.ts";
import { answerDialogs, clickLast, clickMenu, type Desk, expect, projectFolder, test } from "../support/electronApp.ts";

/** input → conv1 → flatten → fc1 → relu1 → fc2 → output, in every way a node can be added and connected. */
const wireNet = async (page: Page): Promise<void> => {
  const editor = await startNewDocument(page);
  await editor.layer("Input").dragTo(editor.graph, { targetPosition: { x: 320, y: 40 } });
  await expect(editor.node("input")).toContainText("1×28×28");

  // A click in the palette adds after the selected node and connects.
  await editor.layer("Conv2D").click();
  await expect(editor.edge("input", "conv1")).toHaveCount(1);
  await editor.layer("Dense").click();
  const finding = 'Dense "fc1" expects a flat input but receives 16×26×26.';
  await expect(editor.inspector.getByText(finding)).toBeVisible();
  await editor.inspector.getByRole("button", { name: "Insert Flatten" }).click();
  await expect(editor.node("fc1")).toContainText("1.38 M weights");
  await expect(editor.edge("flatten", "fc1")).toHaveCount(1);

  // The search that Tab opens, then the mouse from port to port.
  await editor.node("fc1").click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await page.getByRole("combobox", { name: "Find a layer" }).fill("relu");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+0");
  await settle(editor.node("relu1"));
  await editor.connect("fc1", "relu1");
  await expect(editor.edge("fc1", "relu1")).toHaveCount(1);

  await editor.node("relu1").click();
  await editor.layer("Dense").click();
  await editor.inspector.getByRole("textbox", { name: "Units" }).fill("10");
  await page.keyboard.press("Enter");
  await expect(editor.node("fc2")).toContainText("1,290 weights");
  await editor.layer("Output").click();
  await expect(editor.button("Train")).toBeEnabled();
};

const documentIn = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));

const saveAs = async ({ app, folder }: Desk, name: string): Promise<string> => {
  const file = path.join(folder, name);
  await answerDialogs(app, { save: file });
  await clickMenu(app, "File", "Save as…");
  await expect.poll(() => existsSync(file)).toBe(true);
  return file;
};

test("a net is wired from an empty canvas, undone to nothing, redone, saved and reopened", async ({ desk }) => {
  const { app, page, folder } = desk;
  await wireNet(page);
  const editor = editorOf(page);
  const before = await documentIn(await saveAs(desk, "first.layerscope"));

  let numSteps = 0;
  while (await editor.button(/^Undo/).isEnabled()) {
    await page.keyboard.press("Control+Z");
    numSteps += 1;
    expect(numSteps, "undo steps").toBeLessThan(30);
  }
  await expect(page.getByText("Drop a layer here, or press Tab to search.")).toBeVisible();
  expect(numSteps).toBe(9);
  for (let step = 0; step < numSteps; step += 1) await page.keyboard.press("Control+Shift+Z");
  await expect(editor.button(/^Redo/)).toBeDisabled();
  expect(await documentIn(await saveAs(desk, "second.layerscope"))).toEqual(before);

  await clickMenu(app, "File", "New");
  await expect(page.getByText("Drop a layer here, or press Tab to search.")).toBeVisible();
  await answerDialogs(app, { open: path.join(folder, "first.layerscope") });
  await clickMenu(app, "File", "Open…");
  await expect(page.getByRole("button", { name: "File menu of first" })).toBeVisible();
  await expect(editor.node("fc2")).toContainText("1,290 weights");
  await expect(editor.button("Train")).toBeEnabled();
});

test("a file that can't be opened says why and leaves the document alone", async ({ desk }) => {
  const { app, page, folder } = desk;
  const editor = await startNewDocument(page);
  await editor.layer("Input").click();
  await answerDialogs(app, { save: path.join(folder, "kept.layerscope") });
  await page.keyboard.press("Control+S");
  await expect(page.getByRole("button", { name: "File menu of kept" })).toBeVisible();

  await answerDialogs(app, { open: path.join(folder, "missing.layerscope") });
  await page.keyboard.press("Control+O");
  await expect(page.getByText("there is no such file")).toBeVisible();
  await expect(page.getByRole("button", { name: "File menu of kept" })).toBeVisible();
  await expect(editor.node("input")).toBeVisible();
});

test("a file dropped on the window opens and is saved where it was", async ({ desk }) => {
  const { app, page, folder } = desk;
  const editor = await startNewDocument(page);
  const file = path.join(folder, "dropped.layerscope");
  await copyFile(path.join(projectFolder, "examples/mlp-bn.layerscope"), file);
  await page.evaluate(() => {
    const input = document.createElement("input");
    input.type = "file";
    input.setAttribute("aria-label", "Dropped file");
    document.body.append(input);
  });
  // A file that is chosen has its path, as a dropped one has; one that a script makes has none.
  await page.getByLabel("Dropped file").setInputFiles(file);
  await page.getByLabel("Dropped file").evaluate((input: HTMLInputElement) => {
    const dataTransfer = new DataTransfer();
    for (const chosen of input.files ?? []) dataTransfer.items.add(chosen);
    input.remove();
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  });
  await expect(page.getByRole("button", { name: "File menu of dropped" })).toBeVisible();

  await editor.inspector.getByRole("textbox", { name: "Epochs" }).fill("7");
  await page.keyboard.press("Enter");
  await expect(editor.fileMenu()).toHaveAccessibleName("File menu of dropped, unsaved changes");
  await answerDialogs(app, { save: null });
  await clickMenu(app, "File", "Save");
  await expect(editor.fileMenu()).toHaveAccessibleName("File menu of dropped");
  expect(await documentIn(file)).toMatchObject({ training: { epochs: 7 } });
});

test("closing with unsaved changes asks, and does what was answered", async ({ launcher }) => {
  const { app, childProcess, page } = await launcher.start();
  const exitCode = new Promise((resolve) => childProcess.on("exit", resolve));
  const editor = await startNewDocument(page);
  await editor.layer("Input").click();
  await expect(page.getByRole("button", { name: "File menu of Untitled, unsaved changes" })).toBeVisible();

  const question = page.getByRole("dialog", { name: "Save the changes to Untitled?" });
  await page.getByRole("button", { name: "Close the window" }).click();
  await question.getByRole("button", { name: "Cancel" }).click();
  await expect(question).toBeHidden();
  await expect(editor.node("input")).toBeVisible();

  const file = path.join(launcher.folder, "saved.layerscope");
  await answerDialogs(app, { save: file });
  await page.getByRole("button", { name: "Close the window" }).click();
  await clickLast(question.getByRole("button", { name: "Save", exact: true }));
  expect(await exitCode).toBe(0);
  expect(await documentIn(file)).toMatchObject({ format: "layerscope", nodes: [{ kind: "input" }] });
});

test("closing can give the changes up", async ({ launcher }) => {
  const { childProcess, page } = await launcher.start();
  const exitCode = new Promise((resolve) => childProcess.on("exit", resolve));
  const editor = await startNewDocument(page);
  await editor.layer("Input").click();
  await page.getByRole("button", { name: "Close the window" }).click();
  await clickLast(page.getByRole("dialog").getByRole("button", { name: "Don’t save" }));
  expect(await exitCode).toBe(0);
});
