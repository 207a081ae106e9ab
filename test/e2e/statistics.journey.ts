import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { findingsOf } from "../support/accessibility.ts";
import { editorOf } from "../support/editorPage.ts";
import { answerDialogs, clickMenu, expect, test } from "../support/electronApp.ts";

test("the statistics of all layers: one step everywhere, by mouse and keyboard, as charts, table and file", async ({
  launcher,
}, { outputDir }) => {
  const { app, page } = await launcher.start();
  await clickMenu(app, "File", "Open example", "mlp-bn");
  const editor = editorOf(page);
  await expect(editor.node("bn1")).toBeVisible();
  await page.keyboard.press("Control+2");
  const statistics = page.getByRole("main", { name: "Statistics" });
  await expect(statistics.getByRole("heading", { name: "Train to measure" })).toBeVisible();

  await editor.button("Train").click();
  await expect(statistics.getByText("Update to weight").first()).toBeVisible();
  await expect(editor.run).toContainText(/step\s*\d{2,}/);
  await editor.button("Pause").click();
  await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();

  // The same numbers of the same step on the canvas.
  const readout = async () => (await statistics.locator("[data-std]").nth(2).textContent()) ?? "";
  const measured = await readout();
  expect(measured).toMatch(/±\s*\d/);
  await page.keyboard.press("Control+1");
  await expect(editor.node("bn1")).toContainText(measured);
  await page.keyboard.press("Control+2");

  // The keyboard goes to the measurement before; the timeline and the run bar go with it.
  const charts = statistics.getByRole("group", { name: /Charts of all layers/ });
  await charts.focus();
  await page.keyboard.press("ArrowLeft");
  const slider = page.getByRole("slider", { name: /step/i });
  const shown = async () => Number(await slider.getAttribute("aria-valuenow"));
  const newest = Number(await slider.getAttribute("aria-valuemax"));
  await expect.poll(shown).toBeLessThan(newest);
  const earlier = await shown();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(shown).toBeLessThan(earlier);

  // A click into a chart goes to the step under the pointer.
  const box = await charts.boundingBox();
  if (box === null) throw new Error("The charts have no box.");
  await page.mouse.click(box.x + 176 + 124 + 40, box.y + 60);
  await expect.poll(shown).toBeLessThan(earlier);

  expect(await findingsOf(page)).toEqual([]);

  // In the smallest window the tools are all within it.
  const browserWindow = await app.browserWindow(page);
  const [width = 1280, height = 800] = await browserWindow.evaluate((shownWindow) => shownWindow.getContentSize());
  await browserWindow.evaluate((shownWindow) => shownWindow.setContentSize(960, 640));
  await expect.poll(() => page.evaluate(() => innerWidth)).toBe(960);
  for (const tool of await statistics.getByRole("toolbar").getByRole("button").all())
    await expect(tool).toBeInViewport({ ratio: 1 });
  // What the canvas' bottom line has no room for is left out as a whole.
  await page.keyboard.press("Control+1");
  const legend = editor.graph.locator(".CanvasLegend");
  await expect(legend.getByText("Signal std on edges")).toBeInViewport({ ratio: 1 });
  const numCut = await legend.evaluate((line) => {
    const { bottom, right } = line.getBoundingClientRect();
    const end = right - Number.parseFloat(getComputedStyle(line).paddingRight);
    const boxes = [...line.children].map((part) => part.getBoundingClientRect());
    return boxes.filter((box) => box.top < bottom - 1 && box.right > end + 1).length;
  });
  expect(numCut).toBe(0);
  await page.keyboard.press("Control+2");
  await browserWindow.evaluate((shownWindow, size) => shownWindow.setContentSize(...size), [width, height] as const);

  await statistics.getByRole("button", { name: "Show the statistics as a table" }).click();
  await expect(statistics.getByRole("row", { name: /^bn1 100/ })).toBeVisible();
  await expect(statistics.getByRole("columnheader")).toHaveCount(16);

  await mkdir(outputDir, { recursive: true });
  const file = path.join(outputDir, "statistics.csv");
  await answerDialogs(app, { save: file });
  await statistics.getByRole("button", { name: "Export the statistics" }).click();
  await page.getByRole("menuitem", { name: /Numbers.*CSV/ }).click();
  await expect.poll(() => readFile(file, "utf8").catch(() => "")).toContain("log10_update_to_weight_std");
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const cells = lines.find((line) => line.split(",")[1] === "bn1")?.split(",") ?? [];
  expect(cells[3]).toBe(String(100 * 100));

  // The table of the timeline has room for rows to be read, not for its heads alone.
  await editor.button("To the end").click();
  await page.getByRole("button", { name: "Show loss and accuracy as a table" }).click();
  const steps = page.getByRole("region", { name: "Loss and accuracy of every step" }).getByRole("rowheader");
  for (const row of [0, 5]) await expect(steps.nth(row)).toBeInViewport({ ratio: 1 });
});

test("a normalizing layer opens step by step, each step checked by numbers", async ({ launcher }) => {
  const { app, page } = await launcher.start();
  await clickMenu(app, "File", "Open example", "mlp-bn");
  const editor = editorOf(page);
  await editor.node("bn1").click();
  await page.keyboard.press("Control+Shift+B");
  const steps = page.getByRole("region", { name: "bn1, step by step" });
  await expect(steps).toContainText("Train to look inside");
  await page.keyboard.press("Escape");
  await expect(steps).toBeHidden();

  await editor.button("Train").click();
  await expect(editor.run).toContainText(/step\s*\d{2,}/);
  await editor.button("Pause").click();
  await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();
  await page.keyboard.press("Control+Shift+B");
  await expect(steps.getByRole("row")).toHaveCount(12);
  await expect(steps).toContainText("100 values: channel 1 of 100 in the 100 samples of the batch");
  // x̂ has mean 0 and std 1; each gradient agrees with its difference quotients.
  await expect(steps.getByRole("row", { name: /^Normalize/ })).toContainText(/0\.00\s±\s1\.00/);
  const errors = await steps.locator("tbody td:last-child").allTextContents();
  for (const error of errors) expect(error).toMatch(/^(0|\d(\.\d)?e−(1\d|[89]))$/);
  await steps.getByRole("button", { name: "Next channel" }).click();
  await expect(steps).toContainText("channel 2 of 100");

  expect(await findingsOf(page)).toEqual([]);
});
