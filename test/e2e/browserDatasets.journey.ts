import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { test } from "../support/browserPage.ts";
import { greyPng } from "../support/datasetFixtures.ts";
import { editorOf } from "../support/editorPage.ts";
import { projectFolder } from "../support/electronApp.ts";

let folder = "";
test.beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "layerscope-upload-"));
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

/** Chooses in the inspector what the browser then asks for. */
const choose = async (page: Page, option: "Folder…" | "File…", files: string | string[]): Promise<void> => {
  const chooser = page.waitForEvent("filechooser");
  await editorOf(page).inspector.getByLabel("Dataset").selectOption({ label: option });
  await (await chooser).setFiles(files);
};

test("a folder of pictures that is chosen in a browser is copied, checked against the net, browsed and trained on", async ({
  servedPage: page,
}) => {
  const pets = path.join(folder, "pets");
  for (const [name, value] of [
    ["cat", 40],
    ["dog", 200],
  ] as const) {
    await mkdir(path.join(pets, name), { recursive: true });
    for (let number = 0; number < 20; number++) {
      await writeFile(path.join(pets, name, `${number}.png`), greyPng(28, 28, value + number));
    }
  }
  await page.getByRole("button", { name: /^Six dense layers with BatchNorm/ }).click();
  const editor = editorOf(page);
  await choose(page, "Folder…", pets);
  await expect(editor.node("input")).toContainText(/pets, 32\simages/);
  // Ten logits, two classes: found before anybody trains, and mended by the fix.
  await expect(editor.node("fc6")).toContainText("10");
  await page.getByRole("button", { name: /^1 error/ }).click();
  await page
    .getByRole("button", { name: /^Set units of fc6 to 2/ })
    .first()
    .click();
  await expect(editor.node("fc6")).toContainText("2");

  await page.getByRole("button", { name: "Browse samples" }).click();
  const dialog = page.getByRole("dialog", { name: "pets" });
  await expect(dialog.getByRole("button", { name: /^All classes/ })).toContainText("32");
  await expect(dialog.getByRole("button", { name: /^dog/ })).toBeVisible();
  await dialog.getByRole("button", { name: "Close" }).click();

  await editor.button("Train").click();
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible();
});

test("JPEG files are read by the worker", async ({ servedPage: page }) => {
  const photos = path.join(folder, "photos");
  for (const [name, picture] of [
    ["first", "progressive.jpg"],
    ["second", "subsampled420.jpg"],
  ] as const) {
    await mkdir(path.join(photos, name), { recursive: true });
    const file = path.join(projectFolder, "test/support/pictures", picture);
    for (let number = 0; number < 5; number++) await copyFile(file, path.join(photos, name, `${number}.jpg`));
  }
  await page.getByRole("button", { name: /^Six dense layers with BatchNorm/ }).click();
  await choose(page, "Folder…", photos);
  await expect(editorOf(page).node("input")).toContainText(/photos, 8\simages/);
});

test("a table, and images chosen together with their labels", async ({ servedPage: page }) => {
  const table = path.join(folder, "points.csv");
  const rows = Array.from({ length: 40 }, (_, row) => `${row / 10},${row % 7},${row % 2 === 0 ? "even" : "odd"}`);
  await writeFile(table, `x,y,label\n${rows.join("\n")}\n`);
  await page.getByRole("button", { name: /^Six dense layers with BatchNorm/ }).click();
  const editor = editorOf(page);
  await choose(page, "File…", table);
  await expect(editor.node("input")).toContainText(/points\.csv, 32\srows/);

  const images = path.join(folder, "small-images-idx3-ubyte");
  const labels = path.join(folder, "small-labels-idx1-ubyte");
  const head = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [0, 0, value >> 8, value & 255]));
  await writeFile(images, Buffer.concat([Buffer.from([0, 0, 8, 3]), head(20, 28, 28), Buffer.alloc(20 * 784, 7)]));
  await writeFile(
    labels,
    Buffer.concat([Buffer.from([0, 0, 8, 1]), head(20), Buffer.alloc(20).map((_, at) => at % 10)]),
  );
  await choose(page, "File…", [labels, images]);
  await expect(editor.node("input")).toContainText(/small-images-idx3-ubyte, 16\simages/);
});

test("a published dataset that is not there says what to do instead of a download", async ({ servedPage: page }) => {
  await page.getByRole("button", { name: /^Six dense layers with BatchNorm/ }).click();
  const editor = editorOf(page);
  await editor.inspector.getByLabel("Dataset").selectOption({ label: "Fashion-MNIST" });
  await page.getByRole("button", { name: /^How to get it/ }).click();
  await expect(page.getByRole("dialog")).toContainText("npx layerscope download fashion-mnist");
});
