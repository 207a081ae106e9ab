/** The library of runs, and a pair of runs side by side, in the real app. */

import { editorOf } from "../support/editorPage.ts";
import { clickMenu, expect, test } from "../support/electronApp.ts";

test("two runs with and without BatchNorm are listed, tagged, compared, deleted, brought back, and there after a restart", async ({
  launcher,
}) => {
  const first = await launcher.start();
  const { page } = first;
  await clickMenu(first.app, "File", "Open example", "spiral-bn");
  const editor = editorOf(page);
  const epochs = page.getByRole("textbox", { name: "Epochs" });
  await epochs.fill("2");
  await epochs.press("Enter");

  await page.keyboard.press("Control+Enter");
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 20_000 });
  for (const id of ["bn1", "bn2", "bn3", "bn4"]) {
    await editor.node(id).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+B");
  }
  await page.keyboard.press("Control+Enter");
  await expect(editor.run).toContainText("run 2");
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 20_000 });

  // Both are listed, the latest first; the second gets a name and a tag.
  await page.keyboard.press("Control+5");
  const rows = page.getByRole("grid", { name: "Runs" }).locator("[data-run]");
  await expect(rows).toHaveCount(2);
  await rows.first().click();
  await page.keyboard.press("F2");
  await page.keyboard.type("plain");
  await page.keyboard.press("Enter");
  await expect(rows.first()).toContainText("plain");
  await page.getByRole("combobox", { name: "Add a tag" }).fill("thesis");
  await page.keyboard.press("Enter");
  await expect(rows.first()).toContainText("thesis");

  await page.getByRole("searchbox").fill("batchnorm");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("spiral-bn");
  await page.getByRole("button", { name: "Show all" }).click();
  await expect(rows).toHaveCount(2);

  // What they differ in, that they began alike, and their curves in one chart.
  await rows.first().focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("c");
  const comparison = page.getByRole("region", { name: "Comparison" });
  await expect(comparison).toContainText("bn1, bn2, bn3, bn4: bypassed");
  await expect(comparison).toContainText(
    /Same start and same batches\. At step 1 the 10 tensors of 5 shared layers agree/,
  );
  await expect(comparison.getByRole("region", { name: "Test accuracy, %" })).toContainText(
    /At step 120: spiral-bn [\d.]+\s%, plain [\d.]+\s%/,
  );
  const layer = comparison.getByRole("listitem", { name: "fc2", exact: true });
  const before = await layer.innerText();
  await comparison.getByRole("slider", { name: "Step shown" }).press("Home");
  await expect(comparison.getByText("step 1", { exact: true }).first()).toBeVisible();
  expect(await layer.innerText()).not.toBe(before);
  await comparison.getByRole("button", { name: "Show training loss as a table" }).click();
  const table = comparison.getByRole("region", { name: "Training loss" }).getByRole("table");
  await expect(table.getByRole("row")).toHaveCount(121);

  // Deleted, and brought back.
  await page.getByRole("button", { name: "All runs" }).click();
  await rows.nth(1).click();
  await page.keyboard.press("Delete");
  await expect(rows).toHaveCount(1);
  await page.keyboard.press("Control+Z");
  await expect(rows).toHaveCount(2);
  first.childProcess.kill("SIGKILL");
  await first.app.waitForEvent("close");

  const second = await launcher.start();
  await expect(second.page.getByRole("main").first()).toBeVisible();
  await second.page.keyboard.press("Control+5");
  const again = second.page.getByRole("grid", { name: "Runs" }).locator("[data-run]");
  await expect(again).toHaveCount(2);
  await expect(again.filter({ hasText: "plain" })).toContainText("thesis");
});
