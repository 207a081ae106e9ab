import type { Locator, Page } from "@playwright/test";
import { arrive, findingsOf, showTheme } from "../support/accessibility.ts";
import { editorOf } from "../support/editorPage.ts";
import { clickMenu, expect, test } from "../support/electronApp.ts";

const VIEW = "main";
const MODAL = "dialog[open]";
const POPOVER = "[role=dialog]";
/** Of what axe looks for, only these depend on the theme. */
const COLOURS = { rules: ["color-contrast"] };

/** Where it must hold: a view or dialog, and how to get there from the canvas of a net that has trained. */
const places: readonly {
  readonly name: string;
  readonly open: (page: Page) => Promise<void>;
  /** What is new beside the place before, by selector; absent: the whole window. */
  readonly adds?: string;
  readonly leave?: string;
}[] = [
  { name: "statistics", open: (page) => page.keyboard.press("Control+2") },
  {
    name: "statistics as a table",
    adds: VIEW,
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
    adds: VIEW,
    open: async (page) => {
      await page.keyboard.press("Control+A");
      await page.keyboard.press("c");
      await page.getByRole("region", { name: "Layers" }).waitFor();
    },
  },
  { name: "experiments before the first study", open: (page) => page.keyboard.press("Control+4") },
  { name: "new study", adds: VIEW, open: (page) => page.keyboard.press("Control+Shift+E") },
  {
    name: "experiments",
    adds: VIEW,
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
  {
    name: "train with and without",
    adds: MODAL,
    open: (page) => page.keyboard.press("Control+Alt+Enter"),
    leave: "Escape",
  },
  {
    name: "timeline as a table",
    adds: ".timeline",
    open: (page) => page.getByRole("button", { name: "Show loss and accuracy as a table" }).click(),
  },
  { name: "history", adds: ".history", open: (page) => page.keyboard.press("Control+Shift+H"), leave: "Escape" },
  { name: "shortcuts", adds: MODAL, open: (page) => page.keyboard.press("F1"), leave: "Escape" },
  { name: "command palette", adds: MODAL, open: (page) => page.keyboard.press("Control+K"), leave: "Escape" },
  { name: "samples", adds: MODAL, open: (page) => page.keyboard.press("Control+Shift+D"), leave: "Escape" },
  {
    name: "connections",
    adds: POPOVER,
    open: async (page) => {
      await editorOf(page).node("fc1").focus();
      await page.keyboard.press("c");
    },
    leave: "Escape",
  },
  {
    name: "layer search",
    adds: POPOVER,
    open: async (page) => {
      await editorOf(page).node("fc1").focus();
      await page.keyboard.press("a");
    },
    leave: "Escape",
  },
  {
    name: "batch norm's inspector",
    adds: ".inspector",
    open: async (page) => {
      await editorOf(page).node("bn1").focus();
      await page.keyboard.press("Enter");
    },
  },
  {
    name: "normalization step by step",
    adds: "[data-region=steps]",
    open: (page) => page.keyboard.press("Control+Shift+B"),
    leave: "Escape",
  },
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

test("start page, editor and preferences hold WCAG 2.1 AA in both themes of the settings", async ({ launcher }) => {
  const { app, page } = await launcher.start();
  const editor = editorOf(page);
  const choose = async (theme: "Light" | "Dark"): Promise<void> => {
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("menuitemradio", { name: theme }).click();
    await arrive(page);
  };
  const openPreferences = async (): Promise<void> => {
    await page.keyboard.press("Control+,");
    await expect(page.getByRole("dialog", { name: "Preferences" })).toBeVisible();
  };

  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await choose("Dark");
  expect(await findingsOf(page, COLOURS)).toEqual([]);
  await choose("Light");
  expect(await findingsOf(page)).toEqual([]);

  await clickMenu(app, "File", "Open example", "lenet-bn-avg");
  await editor.node("conv1").click();
  await expect(editor.inspector.getByRole("textbox", { name: "Filters" })).toBeVisible();
  expect(await findingsOf(page)).toEqual([]);
  await openPreferences();
  expect(await findingsOf(page, { within: MODAL })).toEqual([]);
  await page.keyboard.press("Escape");

  await choose("Dark");
  expect(await findingsOf(page, COLOURS)).toEqual([]);
  await openPreferences();
  expect(await findingsOf(page, { within: MODAL, ...COLOURS })).toEqual([]);
});

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
  for (const { name, open, adds, leave } of places) {
    await showTheme(page, "light");
    await open(page);
    await page.waitForTimeout(250);
    const light = await findingsOf(page, { within: adds });
    await showTheme(page, "dark");
    const dark = await findingsOf(page, { within: adds, ...COLOURS });
    const here = [...light, ...dark.map((finding) => `dark: ${finding}`)];
    if (here.length > 0) found[name] = here;
    if (leave !== undefined) await page.keyboard.press(leave);
  }
  expect(found).toEqual({});
});

test("where the system chooses the colours, what is chosen, what stands above the rest and what draws data can be told", async ({
  desk: { app, page },
}) => {
  await clickMenu(app, "File", "Open example", "spiral-bn");
  await page.emulateMedia({ forcedColors: "active" });
  const views = page.getByRole("navigation", { name: "Views" });
  const groundOf = (target: Locator): Promise<string> =>
    target.evaluate((element) => getComputedStyle(element).backgroundColor);
  await expect(views.getByRole("button", { name: "Canvas" })).toBeVisible();
  const chosen = await groundOf(views.getByRole("button", { name: "Canvas" }));
  expect(chosen).not.toBe(await groundOf(views.getByRole("button", { name: "Runs" })));

  await page.keyboard.press("Control+K");
  const palette = page.getByRole("dialog");
  const options = palette.getByRole("option");
  expect(await groundOf(options.first())).toBe(chosen);
  expect(await groundOf(options.nth(1))).not.toBe(chosen);
  expect(await palette.evaluate((element) => getComputedStyle(element).borderTopWidth)).toBe("1px");
  await page.keyboard.press("Escape");

  // A switch that is on is another colour than one that is off.
  const node = page.getByRole("group", { name: /^bn1, / });
  await node.click();
  const scale = page.getByRole("complementary", { name: "Inspector" }).getByRole("switch").first();
  const on = await groundOf(scale);
  await scale.click();
  await expect.poll(() => groundOf(scale)).not.toBe(on);

  // So is a run that is selected, and so are its words.
  await page.keyboard.press("Control+Enter");
  await expect(editorOf(page).run).toContainText(/step\s*\d+/);
  await page.keyboard.press("Shift+F5");
  await expect(editorOf(page).run.getByText("Stopped", { exact: true })).toBeVisible();
  await page.keyboard.press("Control+5");
  const run = page.getByRole("grid", { name: "Runs" }).locator("[data-run]").first();
  await run.click();
  await expect.poll(() => groundOf(run)).toBe(chosen);
  const wordsOf = (target: Locator): Promise<string> => target.evaluate((element) => getComputedStyle(element).color);
  expect(await wordsOf(run.getByRole("gridcell").nth(1))).toBe(
    await wordsOf(views.getByRole("button", { name: "Runs" })),
  );
});

test("the keyboard goes on from the empty canvas, never below what lies over it, and back to where it was", async ({
  desk: { app, page },
}) => {
  await clickMenu(app, "File", "Open example", "spiral-bn");
  const editor = editorOf(page);
  await expect(editor.node("bn1")).toBeVisible();

  // Tab opens the search there; the next one leads on, not back to where it would open again.
  await page.keyboard.press("Tab");
  await expect(page.getByRole("dialog", { name: "Add a layer" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(editor.node("input")).toBeFocused();

  // A search that is given up leaves one at the node that it would have followed.
  await editor.node("bn1").focus();
  await page.keyboard.press("a");
  await expect(page.getByRole("dialog", { name: "Add a layer" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(editor.node("bn1")).toBeFocused();

  // A step makes values to look at.
  await page.keyboard.press("F10");
  await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();
  await editor.node("bn1").focus();
  await page.keyboard.press("Control+Shift+B");
  const steps = page.getByRole("region", { name: "bn1, step by step" });
  await expect(steps.getByRole("table")).toBeVisible();
  const covered = new Set<string>();
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press("Tab");
    const region = await page.evaluate(
      () => document.activeElement?.closest<HTMLElement>("[data-region]")?.dataset.region,
    );
    covered.add(region ?? "none");
  }
  expect([...covered]).toEqual(expect.arrayContaining(["steps"]));
  for (const region of ["palette", "canvas", "inspector"]) expect([...covered]).not.toContain(region);
  await steps.getByRole("button", { name: "Close" }).press("Enter");
  await expect(steps).toBeHidden();
  await expect(editor.node("bn1")).toBeFocused();
});
