import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, type Page } from "@playwright/test";
import { test } from "../support/browserPage.ts";
import { projectFolder } from "../support/electronApp.ts";

let folder = "";
test.beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "layerscope-browser-study-"));
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

const writeStudy = async (): Promise<string> => {
  const document = JSON.parse(readFileSync(path.join(projectFolder, "examples/spiral-bn.layerscope"), "utf8"));
  const file = path.join(folder, "rates.study.json");
  const study = {
    ...{ format: "layerscope-study", version: 1, title: "Rates", document },
    ...{ trainSamples: 200, training: { epochs: 12 }, search: { by: "grid" } },
    axes: [{ vary: "learningRate", values: { from: 0.001, to: 1, count: 8, scale: "log" } }],
  };
  await writeFile(file, JSON.stringify(study));
  return file;
};

const openFile = async (page: Page, file: string): Promise<void> => {
  // As in a browser without file pickers, which no test can click.
  await page.evaluate(() => Reflect.deleteProperty(window, "showOpenFilePicker"));
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: /^Open…/ }).click();
  await (await chooser).setFiles(file);
};

test("a study trains in a browser, and a page that is loaded anew goes on with it", async ({ servedPage: page }) => {
  test.slow();
  await openFile(page, await writeStudy());
  await page.getByRole("button", { name: "Start 8 runs" }).click();
  const ended = page.getByRole("progressbar", { name: "Runs that have ended" });
  const numEnded = async (): Promise<number> => Number(await ended.getAttribute("aria-valuenow"));
  await expect.poll(numEnded, { intervals: [50] }).toBeGreaterThan(1);
  page.on("dialog", (dialog) => void dialog.accept());
  const before = await numEnded();
  await page.reload();
  await page.getByRole("button", { name: /^Experiments/ }).click();
  await expect(page.getByRole("heading", { name: "Rates" })).toBeVisible();
  expect(await numEnded()).toBeGreaterThanOrEqual(before);
  await expect.poll(numEnded, { timeout: 60_000 }).toBe(8);
});
