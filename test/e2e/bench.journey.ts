import { findingsOf } from "../support/accessibility.ts";
import { editorOf } from "../support/editorPage.ts";
import { clickMenu, expect, test } from "../support/electronApp.ts";

/** Of a table of probabilities, in percent; `< 0.1 %` counts as 0. */
const sharesOf = (texts: readonly string[]): number[] =>
  texts.map((text) => (text.startsWith("<") ? 0 : Number(text.replace(/[^\d.]/g, ""))));

test("the test bench: a test sample, a drawing, both modes, and a confusion matrix that agrees with the run", async ({
  launcher,
}) => {
  test.setTimeout(180_000);
  const { app, page } = await launcher.start();
  await clickMenu(app, "File", "Open example", "mlp-bn");
  const editor = editorOf(page);
  await expect(editor.node("bn1")).toBeVisible();
  // Long enough to be paused before its end.
  await editor.inspector.getByRole("textbox", { name: "Epochs" }).fill("2");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+3");
  const bench = page.getByRole("main", { name: "Test bench" });
  await expect(bench.getByRole("heading", { name: "Train, then try the net" })).toBeVisible();

  await editor.button("Train").click();
  const probabilities = bench.getByRole("table", { name: "Probabilities of the classes" });
  await expect(probabilities.getByRole("row")).toHaveCount(11);
  await editor.button("Pause").click();
  await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();
  await expect(bench.getByText(/^Of step [\d,]+, the newest/)).toBeVisible();
  const shares = async () => sharesOf(await probabilities.locator("tbody td:nth-child(3)").allTextContents());
  const sum = (await shares()).reduce((total, share) => total + share, 0);
  expect(Math.abs(sum - 100)).toBeLessThan(1);

  // The next sample by keyboard, and layers by arrow keys.
  const before = await shares();
  await bench.getByRole("button", { name: "Next test sample" }).focus();
  await page.keyboard.press("Enter");
  await expect(bench.getByRole("img", { name: "Test sample 1", exact: true })).toBeVisible();
  await expect.poll(shares).not.toEqual(before);
  await bench.getByRole("radio", { name: /^bn1/ }).click();
  await page.keyboard.press("ArrowDown");
  await expect(bench.getByRole("radio", { name: /^relu1/ })).toHaveAttribute("aria-checked", "true");
  await expect(bench.getByRole("region", { name: /^100 features of relu1/ })).toBeVisible();

  // A stroke down the middle: prepared, and answered without a label to be right or wrong about.
  const sheet = await bench.getByRole("application", { name: /Sheet: draw/ }).boundingBox();
  if (sheet === null) throw new Error("There is no sheet.");
  const middle = sheet.x + sheet.width / 2;
  await page.mouse.move(middle, sheet.y + 40);
  await page.mouse.down();
  await page.mouse.move(middle, sheet.y + sheet.height - 40, { steps: 12 });
  await page.mouse.up();
  await expect(bench.getByText("Prepared")).toBeVisible();
  await expect(bench.getByRole("application", { name: "Your drawing" })).toBeVisible();
  await expect(bench.locator(".is-right, .is-wrong")).toHaveCount(0);

  // The same by keys: a stroke to the right below it, taken back by the keyboard, and the first one by the button.
  const drawing = bench.getByRole("application", { name: "Your drawing" });
  const inkOf = () =>
    drawing.evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) throw new Error("It is no canvas.");
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return data.filter((value, at) => at % 4 === 3 && value > 127).length;
    });
  const first = await inkOf();
  await drawing.focus();
  for (let moves = 0; moves < 4; moves++) await page.keyboard.press("ArrowRight");
  await expect(bench.getByText("Pen up, right 18, down 14 of 28")).toBeAttached();
  expect(await inkOf()).toBe(first);
  await page.keyboard.press("Space");
  for (let moves = 0; moves < 5; moves++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await expect(bench.getByText("Pen up, right 23, down 14 of 28")).toBeAttached();
  // 50 of 280 long and 22 thick, with round ends.
  await expect.poll(inkOf).toBeGreaterThan(first + 50 * 22);
  await page.keyboard.press("Control+Z");
  await expect.poll(inkOf).toBe(first);
  const takeBack = bench.getByRole("button", { name: "Take back the stroke" });
  await takeBack.click();
  await expect(bench.getByRole("img", { name: "Test sample 1", exact: true })).toBeVisible();
  await expect(takeBack).toHaveAttribute("aria-disabled", "true");
  await bench.getByRole("button", { name: "Clear the sheet" }).click();
  await expect(bench.getByText("The sheet is empty: the net answers all the same.")).toBeVisible();
  await page.keyboard.press("Control+Z");
  await expect(bench.getByRole("img", { name: "Test sample 1", exact: true })).toBeVisible();
  expect(Math.abs((await shares()).reduce((total, share) => total + share, 0) - 100)).toBeLessThan(1);

  await bench.getByRole("radio", { name: "Training" }).click();
  await expect(bench.getByText(/BatchNorm takes the statistics of a batch of \d+/)).toBeVisible();
  await expect(probabilities.getByRole("columnheader", { name: "Change" })).toBeVisible();
  expect(await findingsOf(page)).toEqual([]);

  // At its end the run reports the accuracy of the test set: the trace of the matrix has it too.
  await editor.button("Resume").click();
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 120_000 });
  await bench.getByRole("radio", { name: "Test set" }).click();
  const matrix = bench.getByRole("grid", { name: "Confusion matrix" });
  await expect(matrix).toBeVisible({ timeout: 60_000 });
  const counts = (await matrix.locator("[data-cell]").allTextContents()).map((text) => Number(text.replace(/,/g, "")));
  expect(counts).toHaveLength(100);
  expect(counts.reduce((total, count) => total + count, 0)).toBe(10_000);
  const right = counts.filter((_, cell) => cell % 11 === 0).reduce((total, count) => total + count, 0);
  await expect(editor.timeline).toContainText(`${(right / 100).toFixed(2)}`);
  await expect(bench.getByText(`right: ${right.toLocaleString("en")} of 10,000 test samples`)).toBeVisible();
  await matrix.locator("[data-cell='0 0']").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await expect(matrix.locator("[data-cell='1 1']")).toBeFocused();
  expect(await findingsOf(page)).toEqual([]);

  // Beside it each class has its scores: those of class 3 are what its row and its column say.
  await bench.getByRole("radio", { name: "Classes" }).click();
  const classes = bench.getByRole("grid", { name: "Precision, recall and F1 of each class" });
  const three = counts[33] ?? 0;
  const inRow = counts.slice(30, 40).reduce((total, count) => total + count, 0);
  const inColumn = counts.filter((_, cell) => cell % 10 === 3).reduce((total, count) => total + count, 0);
  const row = classes.getByRole("row", { name: /^3 / });
  for (const score of [three / inColumn, three / inRow, (2 * three) / (inRow + inColumn)])
    await expect(row).toContainText(`${(100 * score).toFixed(1)}`);
  await row.hover();
  await expect(matrix.locator("td[data-marked='true']")).toHaveCount(19);
  expect(await findingsOf(page)).toEqual([]);
  await bench.getByRole("radio", { name: "Worst mistakes" }).click();

  // A mistake opens with its picture and its label.
  const mistake = bench.getByRole("button", { name: /taken for/ }).first();
  const [, index, label] = (await mistake.getAttribute("aria-label"))?.match(/sample (\d+): (\d)/) ?? [];
  await mistake.click();
  await expect(bench.getByRole("img", { name: `Test sample ${index}`, exact: true })).toBeVisible();
  await bench.getByRole("radio", { name: "Evaluation" }).click();
  await expect(bench.getByText(`wrong, it is ${label}`)).toBeVisible();
});
