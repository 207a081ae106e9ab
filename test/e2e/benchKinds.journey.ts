/** The test bench on what is not a digit: colour pictures, pasted and dropped ones, and rows with targets. */
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "@playwright/test";
import { createStream } from "../../engine/train/rng.ts";
import { writeCifar } from "../support/datasetFixtures.ts";
import { editorOf } from "../support/editorPage.ts";
import { expect, projectFolder, test } from "../support/electronApp.ts";

type Sketch = readonly [kind: string, id: string, params?: object];

/** A chain of layers with the example's settings but for these. */
const documentOf = async (sketches: readonly Sketch[], dataset: object, training: object): Promise<string> => {
  const example = JSON.parse(await readFile(path.join(projectFolder, "examples/spiral-bn.layerscope"), "utf8"));
  const nodes = sketches.map(([kind, id, params = {}], index) => ({
    ...{ id, kind, name: id, params },
    position: { x: 0, y: 118 * index },
  }));
  const edges = nodes.slice(1).map(({ id }, index) => ({
    from: { node: nodes[index]?.id, port: "out" },
    to: { node: id, port: "in" },
  }));
  const settings = { ...example.training, initializer: { name: "heNormal" }, batchSize: 25, ...training };
  return JSON.stringify({ ...example, nodes, edges, dataset, training: settings, notes: "" });
};

const colourNet = (directory: string): Promise<string> =>
  documentOf(
    [
      ["input", "input", { shape: [3, 32, 32] }],
      ["conv2d", "conv1", { filters: 8, kernel: [3, 3] }],
      ["batchNorm", "bn1"],
      ["relu", "relu1"],
      ["pool2d", "pool1", { size: [5, 5], stride: [5, 5] }],
      ["flatten", "flatten"],
      ["dense", "fc1", { units: 10 }],
      ["output", "output"],
    ],
    { source: "cifar10", directory },
    { epochs: 4 },
  );

/** y = 3a − 2b + 5 with a little noise, in a table with names. */
const writeTable = (file: string): void => {
  const random = createStream(4, "table");
  const rows = Array.from({ length: 400 }, () => {
    const [a, b] = [10 * random(), 10 * random()];
    return `${a.toFixed(4)},${b.toFixed(4)},${(3 * a - 2 * b + 5 + 0.1 * random()).toFixed(4)}`;
  });
  writeFileSync(file, `width,height,price\n${rows.join("\n")}\n`);
};

const tableNet = (file: string): Promise<string> =>
  documentOf(
    [
      ["input", "input", { shape: [2] }],
      ["dense", "fc1", { units: 16 }],
      ["batchNorm", "bn1"],
      ["relu", "relu1"],
      ["dense", "fc2", { units: 1 }],
      ["output", "output", { loss: "meanSquaredError" }],
    ],
    {
      ...{ source: "csv", file, testFile: null, label: null, task: "regression", header: "detect" },
      testShare: 0.2,
    },
    { epochs: 30, learningRate: 0.01 },
  );

const trainToTheEnd = async (page: Page): Promise<void> => {
  const editor = editorOf(page);
  await editor.button("Train").click();
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 60_000 });
  await page.keyboard.press("Control+3");
};

const damagedPicture = (page: Page) =>
  page.evaluateHandle(() => {
    const made = new DataTransfer();
    made.items.add(new File(["no picture"], "damaged.png", { type: "image/png" }));
    return made;
  });

test("a net for colour pictures takes samples, pasted and dropped pictures in colour", async ({ launcher }) => {
  const file = path.join(launcher.folder, "colours.layerscope");
  writeFileSync(file, await colourNet(writeCifar(path.join(launcher.folder, "cifar"), 60, 50)));
  const { page } = await launcher.start({ args: [file] });
  await trainToTheEnd(page);
  const bench = page.getByRole("main", { name: "Test bench" });
  const sample = bench.getByRole("region", { name: "Sample" });
  await expect(bench.getByRole("img", { name: "Test sample 0", exact: true })).toBeVisible();
  // Colour is not drawn with a pen.
  await expect(sample.getByRole("button", { name: "Pen", exact: true })).toBeHidden();
  await expect(sample).toContainText("32×32, 0 … 255");
  const colours = (name: string) =>
    bench.getByRole("img", { name, exact: true }).evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) throw new Error("It is no canvas.");
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let coloured = 0;
      for (let at = 0; at < data.length; at += 4) if (data[at] !== data[at + 1]) coloured += 1;
      return coloured / (data.length / 4);
    });
  expect(await colours("Test sample 0")).toBeGreaterThan(0.5);

  const bytes = (await readFile(path.join(projectFolder, "test/support/pictures/baseline.jpg"))).toString("base64");
  const transfer = await page.evaluateHandle((data) => {
    const made = new DataTransfer();
    const content = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    made.items.add(new File([content], "picture.jpg", { type: "image/jpeg" }));
    return made;
  }, bytes);
  await page.evaluate((clipboardData) => {
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, transfer);
  await expect(bench.getByRole("img", { name: "The picture", exact: true })).toBeVisible();
  await expect(sample).toContainText("The middle of the picture, resized to 32×32 by area.");
  expect(await colours("The picture")).toBeGreaterThan(0.2);
  await expect(bench.locator(".is-right, .is-wrong")).toHaveCount(0);
  await sample.getByRole("button", { name: "Next test sample" }).click();
  await expect(bench.getByRole("img", { name: "Test sample 1", exact: true })).toBeVisible();

  // Anywhere on the bench.
  const outputs = bench.getByRole("region", { name: "Layer outputs" });
  await outputs.dispatchEvent("dragover", { dataTransfer: transfer });
  await outputs.dispatchEvent("drop", { dataTransfer: transfer });
  await expect(bench.getByRole("img", { name: "The picture", exact: true })).toBeVisible();

  // What is damaged is named, and the sample stays.
  await outputs.dispatchEvent("drop", { dataTransfer: await damagedPicture(page) });
  await expect(page.getByText("damaged.png was not read")).toBeVisible();
  await expect(bench.getByRole("img", { name: "The picture", exact: true })).toBeVisible();

  // The next run is asked about the same picture.
  await editorOf(page).button("Train").click();
  await expect(editorOf(page).run.getByText(/^run 2/)).toBeVisible({ timeout: 60_000 });
  await expect(editorOf(page).run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(bench.getByRole("img", { name: "The picture", exact: true })).toBeVisible();
  await expect(bench.getByRole("table", { name: "Probabilities of the classes" })).toBeVisible();

  await bench.getByRole("radio", { name: "Test set" }).click();
  await expect(bench.getByRole("grid", { name: "Confusion matrix" })).toBeVisible();
  await expect(bench.getByText(/right: \d+ of 50 test samples/)).toBeVisible();
});

test("a net with targets predicts numbers for test rows and for rows that are typed", async ({ launcher }) => {
  const table = path.join(launcher.folder, "prices.csv");
  writeTable(table);
  const file = path.join(launcher.folder, "prices.layerscope");
  writeFileSync(file, await tableNet(table));
  const { page } = await launcher.start({ args: [file] });
  await trainToTheEnd(page);
  const bench = page.getByRole("main", { name: "Test bench" });
  await expect(bench.getByRole("table", { name: "Predictions" })).toBeVisible();
  // A net of rows has no use for a picture, and says so.
  await bench.dispatchEvent("drop", { dataTransfer: await damagedPicture(page) });
  await expect(page.getByText("The net takes rows of 2 numbers, no pictures.")).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  const prediction = bench.getByRole("table", { name: "Predictions" });
  const cells = async (): Promise<number[]> =>
    (await prediction.locator("tbody td").allTextContents()).map((text) => Number(text.replace("−", "-")));
  await expect(prediction).toBeVisible();
  const [predicted = Number.NaN, target = Number.NaN] = await cells();
  expect(Math.abs(predicted - target)).toBeLessThan(8);

  // Fields have the names of the columns; another row has no target.
  await bench.getByRole("textbox", { name: "width" }).fill("4");
  await bench.getByRole("textbox", { name: "height" }).fill("2");
  await page.keyboard.press("Enter");
  await expect(prediction.getByRole("row", { name: /–$/ })).toBeVisible();
  await expect.poll(async () => Math.abs((await cells())[0] ?? Number.NaN) - 13).toBeLessThan(4);

  await bench.getByRole("radio", { name: "Test set" }).click();
  await expect(bench.getByText(/^R² 0\.9/)).toBeVisible();
  await expect(bench.getByRole("heading", { name: "Largest errors" })).toBeVisible();
  await expect(bench.getByText(/^Prediction against target of \d+ test samples/)).toBeAttached();
  await bench.getByRole("button", { name: "Show the test set as a table" }).click();
  await expect(bench.getByRole("region", { name: "Targets and predictions" })).toBeVisible();
});
