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

/** Where it must hold: a view or dialog, and how to get there from the canvas of a net that has trained. */
const places: readonly {
  readonly name: string;
  readonly open: (page: Page) => Promise<void>;
  readonly leave?: string;
}[] = [
  { name: "statistics", open: (page) => page.keyboard.press("Control+2") },
  {
    name: "statistics as a table",
    open: (page) => page.getByRole("button", { name: "Show the statistics as a table" }).click(),
  },
  { name: "test bench", open: (page) => page.keyboard.press("Control+3") },
  {
    name: "runs",
    open: async (page) => {
      await page.keyboard.press("Control+5");
      await page.getByRole("grid", { name: "Runs" }).locator("[data-run]").first().click();
    },
  },
  {
    name: "runs compared",
    open: async (page) => {
      await page.keyboard.press("Control+A");
      await page.keyboard.press("c");
      await page.getByRole("region", { name: "Layers" }).waitFor();
    },
  },
  { name: "experiments before the first study", open: (page) => page.keyboard.press("Control+4") },
  { name: "new study", open: (page) => page.keyboard.press("Control+Shift+E") },
  {
    name: "experiments",
    open: async (page) => {
      await page.getByRole("textbox", { name: "Initial std: values" }).fill("2");
      await page.getByRole("textbox", { name: "Epochs" }).fill("1");
      await page.getByRole("textbox", { name: "Training samples" }).fill("200");
      await page.getByRole("textbox", { name: "Test samples" }).fill("200");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Start 4 runs" }).click();
      await expect(page.getByRole("region", { name: "Progress" })).toContainText("4 of 4");
      await page
        .getByRole("row", { name: /BatchNorm/ })
        .first()
        .click();
    },
  },
  { name: "canvas", open: (page) => page.keyboard.press("Control+1") },
  { name: "train with and without", open: (page) => page.keyboard.press("Control+Alt+Enter"), leave: "Escape" },
  {
    name: "timeline as a table",
    open: (page) => page.getByRole("button", { name: "Show loss and accuracy as a table" }).click(),
  },
  { name: "history", open: (page) => page.keyboard.press("Control+Shift+H"), leave: "Escape" },
  { name: "shortcuts", open: (page) => page.keyboard.press("F1"), leave: "Escape" },
  { name: "command palette", open: (page) => page.keyboard.press("Control+K"), leave: "Escape" },
  { name: "samples", open: (page) => page.keyboard.press("Control+Shift+D"), leave: "Escape" },
  {
    name: "connections",
    open: async (page) => {
      await editorOf(page).node("fc1").focus();
      await page.keyboard.press("c");
    },
    leave: "Escape",
  },
  {
    name: "layer search",
    open: async (page) => {
      await editorOf(page).node("fc1").focus();
      await page.keyboard.press("a");
    },
    leave: "Escape",
  },
  {
    name: "batch norm's inspector",
    open: async (page) => {
      await editorOf(page).node("bn1").focus();
      await page.keyboard.press("Enter");
    },
  },
  { name: "normalization step by step", open: (page) => page.keyboard.press("Control+Shift+B"), leave: "Escape" },
  {
    name: "findings",
    open: async (page) => {
      await editorOf(page).node("fc1").focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Shift+Delete");
      await page.keyboard.press("Control+Shift+M");
    },
  },
];

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

/** Of what axe looks for, only colours depend on the theme. */
const contrastFindings = async (page: Page): Promise<string[]> => {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).withRules(["color-contrast"]).analyze();
  return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}`));
};

test("every view and dialog holds WCAG 2.1 AA once a net has trained, light and dark", async ({ launcher }) => {
  test.setTimeout(400_000);
  const { app, page } = await launcher.start();
  await clickMenu(app, "File", "Open example", "mlp-bn");
  const editor = editorOf(page);
  await editor.button("Train").click();
  await expect(editor.node("bn1")).toContainText(/[−\d.]+\s*±\s*\d/);
  await editor.button("Stop").click();
  await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();
  // A second run, to be compared with the first.
  await editor.button("Train").click();
  await expect(editor.run).toContainText("run 2");
  await expect(editor.run).toContainText(/step\s*\d+/);
  await editor.button("Stop").click();
  await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();
  const found: Record<string, readonly string[]> = {};
  for (const { name, open, leave } of places) {
    await page.emulateMedia({ colorScheme: "light" });
    await open(page);
    await page.waitForTimeout(250);
    const light = await findings(page);
    await page.emulateMedia({ colorScheme: "dark" });
    // Colours halfway between two themes are no one's.
    await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => null))));
    const here = [...light, ...(await contrastFindings(page)).map((finding) => `dark: ${finding}`)];
    if (here.length > 0) found[name] = here;
    if (leave !== undefined) await page.keyboard.press(leave);
  }
  expect(found).toEqual({});
});
