import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { editorOf } from "../support/editorPage.ts";
import { clickMenu, expect, test } from "../support/electronApp.ts";

/** What axe finds against WCAG 2.1 A and AA, one line each. */
const findings = async (page: Page): Promise<string[]> => {
  // Legacy mode: Electron cannot open the blank page that axe would otherwise use for frames, and the page has none.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    .analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}`));
};

for (const theme of ["Light", "Dark"]) {
  test(`start page and editor hold WCAG 2.1 AA in the ${theme.toLowerCase()} theme`, async ({ launcher }) => {
    const { app, page } = await launcher.start();
    await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("menuitemradio", { name: theme }).click();
    expect(await findings(page)).toEqual([]);

    await clickMenu(app, "File", "Open example", "lenet-bn-avg");
    const editor = editorOf(page);
    await editor.node("conv1").click();
    await expect(editor.inspector.getByRole("textbox", { name: "Filters" })).toBeVisible();
    expect(await findings(page)).toEqual([]);

    await page.keyboard.press("Control+,");
    await expect(page.getByRole("dialog", { name: "Preferences" })).toBeVisible();
    expect(await findings(page)).toEqual([]);
  });
}
