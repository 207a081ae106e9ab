/** A page at twice its size: mouse coordinates of the test would be those of the usual size, so everything here is done by keyboard. */
import type { Page } from "@playwright/test";
import { editorOf } from "../support/editorPage.ts";
import { clickMenu, expect, test } from "../support/electronApp.ts";

/** Controls that cannot be scrolled to, or that something covers there. */
const outOfReach = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const within = document.querySelector("dialog[open]") ?? document;
    const controls = within.querySelectorAll<HTMLElement>("button, input, select, textarea, [tabindex='0']");
    return [...controls].flatMap((control) => {
      const isHidden = control.getClientRects().length === 0 || control.closest("[inert], .react-flow__viewport");
      if (isHidden || control.matches(":disabled, [tabindex='-1']")) return [];
      control.scrollIntoView({ block: "nearest", inline: "nearest" });
      const { left, right, top, bottom } = control.getBoundingClientRect();
      const [x, y] = [(left + right) / 2, Math.max(top, 0) / 2 + Math.min(bottom, innerHeight) / 2];
      const isSeen = x > 0 && x < innerWidth && y > 0 && y < innerHeight;
      const at = isSeen ? document.elementFromPoint(x, y) : null;
      if (at !== null && (control.contains(at) || at.contains(control))) return [];
      return [`${control.getAttribute("aria-label") ?? control.textContent}: ${Math.round(x)}, ${Math.round(y)}`];
    });
  });

test("the whole interface can be twice as large: all of it stays in reach, and it is so at the next start", async ({
  launcher,
}) => {
  const { app, page } = await launcher.start();
  await (await app.browserWindow(page)).evaluate((window) => window.setContentSize(1280, 800));
  await clickMenu(app, "File", "Open example", "spiral-bn");
  await editorOf(page).node("bn1").focus();
  await page.keyboard.press("Enter");
  const width = await page.evaluate(() => innerWidth);

  await page.keyboard.press("Control+,");
  await page.getByRole("combobox", { name: "Size" }).selectOption("200");
  await expect.poll(() => page.evaluate(() => innerWidth)).toBe(Math.floor(width / 2));
  expect(await outOfReach(page)).toEqual([]);
  await page.keyboard.press("Escape");
  for (const [view, keys] of [
    ["canvas", "Control+1"],
    ["statistics", "Control+2"],
    ["test bench", "Control+3"],
    ["new study", "Control+Shift+E"],
    ["runs", "Control+5"],
    ["shortcuts", "F1"],
  ] as const) {
    await page.keyboard.press(keys);
    await page.waitForTimeout(200);
    expect(await outOfReach(page), view).toEqual([]);
  }
  await app.close();

  const again = await launcher.start();
  const ratio = await again.page.evaluate(() => outerWidth / innerWidth);
  expect(ratio).toBeGreaterThan(1.8);
});
