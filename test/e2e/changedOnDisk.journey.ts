import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "@playwright/test";
import { editorOf } from "../support/editorPage.ts";
import { expect, projectFolder, test } from "../support/electronApp.ts";

const epochs = (page: Page) => editorOf(page).inspector.getByRole("textbox", { name: "Epochs" });

test("what another program does to the open file is noticed, and nothing is lost by it", async ({ launcher }) => {
  const text = await readFile(path.join(projectFolder, "examples/mlp-bn.layerscope"), "utf8");
  const file = path.join(launcher.folder, "net.layerscope");
  const withEpochs = (count: number): string => {
    const document = JSON.parse(text);
    return `${JSON.stringify({ ...document, training: { ...document.training, epochs: count } }, null, 2)}\n`;
  };
  await writeFile(file, withEpochs(11));
  const { page } = await launcher.start({ args: [file] });
  const editor = editorOf(page);
  const question = page.getByRole("dialog", { name: "net.layerscope was changed by another program" });
  await expect(epochs(page)).toHaveValue("11");

  // Without changes here it is loaded anew, which Undo takes back.
  await writeFile(file, withEpochs(12));
  await expect(page.getByText("net.layerscope was reloaded")).toBeVisible();
  await expect(epochs(page)).toHaveValue("12");
  await expect(editor.fileMenu()).toHaveAccessibleName("File menu of net");
  await editor.button(/^Undo reload/).click();
  await expect(epochs(page)).toHaveValue("11");
  await expect(editor.fileMenu()).toHaveAccessibleName("File menu of net, unsaved changes");

  // With changes here the user chooses.
  await writeFile(file, withEpochs(13));
  const notice = page.getByRole("status").filter({ hasText: "net.layerscope was changed by another program" });
  await notice.getByRole("button", { name: "Reload" }).click();
  await expect(epochs(page)).toHaveValue("13");
  await epochs(page).fill("77");
  await page.keyboard.press("Enter");
  await writeFile(file, withEpochs(14));
  await notice.getByRole("button", { name: "Dismiss" }).click();

  // Nothing was decided: Save asks.
  await page.keyboard.press("Control+S");
  await question.getByRole("button", { name: "Cancel" }).click();
  expect(await readFile(file, "utf8")).toBe(withEpochs(14));
  await page.keyboard.press("Control+S");
  await question.getByRole("button", { name: "Replace it" }).click();
  await expect(editor.fileMenu()).toHaveAccessibleName("File menu of net");
  expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ training: { epochs: 77 } });

  await rm(file);
  await expect(page.getByText("net.layerscope is gone")).toBeVisible();
  await expect(editor.fileMenu()).toHaveAccessibleName("File menu of net, unsaved changes");
  await page.keyboard.press("Control+S");
  await expect(editor.fileMenu()).toHaveAccessibleName("File menu of net");
  expect(existsSync(file)).toBe(true);
});
