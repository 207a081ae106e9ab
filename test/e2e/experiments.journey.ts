import { readFileSync } from "node:fs";
import path from "node:path";
import { editorOf } from "../support/editorPage.ts";
import { answerDialogs, clickMenu, expect, test } from "../support/electronApp.ts";

test("a study is defined, trained in the background, read, and its best run opened", async ({ launcher }) => {
  const { app, page } = await launcher.start();
  await clickMenu(app, "File", "Open example", "mlp-bn");
  await expect(editorOf(page).node("fc1")).toBeVisible();
  await page.keyboard.press("Control+4");
  const view = page.getByRole("main", { name: "Experiments" });
  await expect(view.getByRole("heading", { name: /^One net, trained again/ })).toBeVisible();

  // An example shows what it would do, and can be made smaller; what is wrong is said where it is.
  await view.getByRole("button", { name: /^16 initial scales/ }).click();
  const start = view.getByRole("button", { name: /^Start/ });
  await expect(start).toHaveText("Start 32 runs");
  const set = async (field: string, value: string): Promise<void> => {
    const box = view.getByRole("textbox", { name: field, exact: true });
    await box.fill(value);
    await box.press("Enter");
  };
  await set("Initial std: to", "-1");
  await expect(view.getByRole("alert")).toContainText("log scale needs both above 0");
  await expect(start).toBeDisabled();
  await set("Initial std: to", "0.0001");
  await set("Initial std: values", "3");
  await set("Epochs", "3");
  await set("Training samples", "300");
  await set("Test samples", "300");
  await expect(start).toHaveText("Start 6 runs");
  await start.click();

  // Curves grow, and the numbers of the table are theirs.
  const progress = view.getByRole("region", { name: "Progress" });
  await expect(progress).toContainText("6 of 6");
  const rows = view.getByRole("grid", { name: "Runs" }).getByRole("row").filter({ hasText: "BatchNorm" });
  await expect(rows).toHaveCount(6);
  const cell = view.getByRole("button", { name: /^Initial std 0\.01: BatchNorm [\d.]+, no BatchNorm [\d.]+$/ });
  const [, trained = ""] = /: BatchNorm ([\d.]+),/.exec((await cell.getAttribute("aria-label")) ?? "") ?? [];
  await expect(rows.filter({ hasText: /^0\.01BatchNorm/ })).toContainText(trained);

  // Sorted by the train score, the best first.
  await view.getByRole("button", { name: "Train", exact: true }).click();
  await expect(view.getByRole("columnheader", { name: "Train", exact: true })).toHaveAttribute(
    "aria-sort",
    "descending",
  );
  const scores = await rows.allInnerTexts();
  const trains = scores.flatMap((text) => /BatchNorm\s+([\d.]+)/.exec(text)?.[1] ?? []).map(Number);
  expect(trains.length).toBeGreaterThan(3);
  expect(trains).toEqual([...trains].sort((a, b) => b - a));

  // Filtered by a comparison and a word.
  const filter = view.getByRole("searchbox", { name: /^Filter the runs/ });
  await filter.fill("std < 0.5 no");
  await expect(rows).toHaveCount(2);
  await expect(view.getByRole("heading", { name: /^2 of 6 runs/ })).toBeVisible();
  await filter.press("Escape");
  await expect(rows).toHaveCount(6);

  // A cell selects its runs everywhere.
  await cell.click();
  await expect(cell).toHaveAttribute("aria-pressed", "true");
  await expect(view.getByRole("row", { selected: true })).toHaveCount(2);
  await expect(view.getByText("2 selected")).toBeVisible();

  // A name and a pin stay with the run.
  const best = rows.first();
  await best.focus();
  await page.keyboard.press("F2");
  await view.getByRole("textbox", { name: /^Name of the run/ }).fill("the best");
  await page.keyboard.press("Enter");
  await expect(view.getByRole("row", { name: "the best" })).toBeFocused();
  await page.keyboard.press("p");
  await view.getByRole("button", { name: "Final loss" }).click();
  await view.getByRole("button", { name: "Final loss" }).click();
  await expect(rows.first()).toContainText("the best");

  // Every run is in the CSV.
  const csv = path.join(launcher.folder, "runs.csv");
  await answerDialogs(app, { save: csv });
  await view.getByRole("button", { name: "Export the runs" }).click();
  await page.getByRole("menuitem", { name: "All runs, CSV" }).click();
  await expect.poll(() => readFileSync(csv, { encoding: "utf8", flag: "a+" }).split("\n").length).toBe(8);
  expect(readFileSync(csv, "utf8")).toMatch(
    /^run,name,initializerScale,normalization,state,epochs,best_train_accuracy/,
  );

  // Compared beside each other, and back.
  await view.getByRole("button", { name: "Compare", exact: true }).click();
  await expect(view.getByText("bn1, bn2, bn3, bn4, bn5: bypassed")).toBeVisible();
  await view.getByRole("button", { name: /^16 initial scales/ }).click();

  // Enter opens a run on the canvas as it looked when it ended.
  await view.getByRole("row", { name: "the best" }).focus();
  await page.keyboard.press("Enter");
  const editor = editorOf(page);
  await expect(editor.run).toContainText("opened from disk");
  await expect(editor.run).toContainText("3 epochs");
  await expect(editor.node("bn1")).toContainText(/[−\d.]+\s*±\s*\d/);

  // Deleted, it can be had back.
  await page.keyboard.press("Control+4");
  await view.getByRole("button", { name: /^More about 16 initial scales/ }).click();
  await page.getByRole("menuitem", { name: /^Delete the study/ }).click();
  await expect(view.getByRole("heading", { name: /^One net, trained again/ })).toBeVisible();
  await page
    .getByRole("status")
    .filter({ hasText: "The study was deleted" })
    .getByRole("button", { name: "Undo" })
    .click();
  await expect(view.getByRole("row", { name: "the best" })).toBeVisible();
});
