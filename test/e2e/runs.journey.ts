import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { findingsOf } from "../support/accessibility.ts";
import { editorOf } from "../support/editorPage.ts";
import { answerDialogs, clickMenu, expect, test } from "../support/electronApp.ts";
import { readoutsAt } from "../support/readouts.ts";

test("a stopped run is there after a restart, and looks as it did live", async ({ launcher }) => {
  const first = await launcher.start();
  await clickMenu(first.app, "File", "Open example", "mlp-bn");
  const live = editorOf(first.page);
  await live.button("Train").click();
  await expect(live.run).toContainText(/step\s*\d{2,}/);
  await live.button("Stop").click();
  await expect(live.run.getByText("Stopped", { exact: true })).toBeVisible();
  const extent = /([\d,]+ steps of [\d,]+) in/.exec(await live.run.innerText())?.[1] ?? "";
  const before = await readoutsAt(first.page, 12);
  expect(before.join(" ")).toMatch(/±\s*\d/);
  first.childProcess.kill("SIGKILL");
  await first.app.waitForEvent("close");

  const { app, page } = await launcher.start();
  const runs = page.getByRole("navigation", { name: "Finished runs" });
  await expect(runs).toContainText(/[\d,]+ of [\d,]+ steps/);
  expect(await findingsOf(page)).toEqual([]);
  await runs.getByRole("button", { name: /^mlp-bn/ }).click();
  const editor = editorOf(page);
  await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();
  await expect(editor.run).toContainText(extent);
  await expect(editor.run).toContainText("opened from disk");
  expect(await readoutsAt(page, 12)).toEqual(before);

  // Its net is there, too.
  const model = path.join(launcher.folder, "mlp-bn.model.json");
  await answerDialogs(app, { save: model });
  await editor.button("Export").click();
  await expect(page.getByText("The trained net is exported")).toBeVisible();
  expect(JSON.parse(readFileSync(model, "utf8")).format).toBe("layerscope-model");

  // And it answers: one sample, and the test set.
  await page.keyboard.press("Control+3");
  const bench = page.getByRole("main", { name: "Test bench" });
  const probabilities = bench.getByRole("table", { name: "Probabilities of the classes" });
  await expect(probabilities.getByRole("row")).toHaveCount(11);
  await bench.getByRole("radio", { name: "Test set" }).click();
  await expect(bench.getByText(/of 10,000/).first()).toBeVisible();
  await page.keyboard.press("Control+1");

  // Deleted, it is gone from the list and the disk.
  await page.keyboard.press("Control+K");
  await page.keyboard.type("all runs");
  await page.keyboard.press("Enter");
  const row = page.getByRole("grid", { name: "Runs" }).getByRole("row", { name: /mlp-bn/ });
  await row.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Delete");
  await expect(page.getByRole("heading", { name: "Runs are kept here" })).toBeVisible();
  expect(readdirSync(path.join(launcher.userDataFolder, "runs"))).toEqual([]);
});
