import path from "node:path";
import type { Page } from "@playwright/test";
import { editorOf } from "../support/editorPage.ts";
import { answerDialogs, expect, test } from "../support/electronApp.ts";
import { writeMnistSlice } from "../support/mnistSlice.ts";

const NAME = `(element) => element.getAttribute("aria-label") ?? element.textContent`;

/** Tab until a control of this name has the focus, as somebody does who hears each of them named. */
const tabTo = async (page: Page, name: string): Promise<void> => {
  for (let count = 0; count < 80; count += 1) {
    if ((await page.evaluate(`(${NAME})(document.activeElement)`)) === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${name}.`);
};

/** F6 until a part of the window has the focus. */
const goTo = async (page: Page, region: string): Promise<void> => {
  for (let count = 0; count < 10; count += 1) {
    const at = await page.evaluate(() => document.activeElement?.closest("[data-region]")?.getAttribute("data-region"));
    if (at === region) return;
    await page.keyboard.press("F6");
  }
  throw new Error(`F6 does not reach ${region}.`);
};

const fill = async (page: Page, name: string, value: string): Promise<void> => {
  await tabTo(page, name);
  await page.keyboard.press("Control+A");
  await page.keyboard.type(value);
  await page.keyboard.press("Enter");
};

/** What has the focus shows it: a ring, or an accent border as fields have. */
const showsFocus = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return false;
    // A node draws its ring around what is in it.
    const styles = [element, ...element.children].map((each) => getComputedStyle(each));
    const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent");
    const probe = document.createElement("i");
    probe.style.color = accent;
    document.body.append(probe);
    const color = getComputedStyle(probe).color;
    probe.remove();
    return styles.some(
      ({ outlineStyle, outlineWidth, borderColor }) =>
        (outlineStyle !== "none" && outlineWidth !== "0px") || borderColor.includes(color),
    );
  });

test("LeNet with batch norm is built, set, trained and read by keyboard alone", async ({ launcher }) => {
  const { app, page } = await launcher.start();
  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  const editor = editorOf(page);
  const key = (...keys: readonly string[]) =>
    keys.reduce((done, each) => done.then(() => page.keyboard.press(each)), Promise.resolve());
  const node = (name: string) => editor.node(name);

  await key("Control+N");
  await expect(page.getByText("Drop a layer here, or press Tab to search.")).toBeVisible();

  /** The first layer by Tab on the empty canvas, each other by A on the node before it. */
  const add = async (query: string, name: string): Promise<void> => {
    await key(name === "input" ? "Tab" : "a");
    await expect(page.getByRole("combobox", { name: "Find a layer" })).toBeFocused();
    await page.keyboard.type(query);
    await key("Enter");
    await expect(node(name)).toBeFocused();
    expect(await showsFocus(page), `focus on ${name} is visible`).toBe(true);
  };
  /** Sets fields of the node that was just added, and comes back to it. */
  const set = async (name: string, fields: Readonly<Record<string, string>>): Promise<void> => {
    await goTo(page, "inspector");
    for (const [field, value] of Object.entries(fields)) {
      await fill(page, field, value);
      expect(await showsFocus(page), `focus on ${field} is visible`).toBe(true);
    }
    await goTo(page, "canvas");
    await expect(node(name)).toBeFocused();
  };

  await add("input", "input");
  await add("conv", "conv1");
  await set("conv1", { Filters: "20" });
  await add("batch norm", "bn1");
  await add("relu", "relu1");
  await add("pool", "pool1");
  await add("conv", "conv2");
  await set("conv2", { Filters: "50", Kernel: "5 × 5" });
  await add("batch norm", "bn2");
  await add("relu", "relu2");
  await add("pool", "pool2");
  await add("flatten", "flatten");
  await add("dense", "fc1");
  await set("fc1", { Units: "128" });
  await add("batch norm", "bn3");
  await add("relu", "relu3");
  await add("dense", "fc2");
  await set("fc2", { Units: "10" });
  await add("output", "output");
  await expect(editor.edge("fc2", "output")).toBeAttached();
  await expect(page.getByText(/^\d+ findings?$/)).toHaveCount(0);

  // An edge is reached from its node, is told by name, and can be cut and drawn again.
  await key("e");
  await expect(editor.edge("fc2", "output")).toBeFocused();
  await key("ArrowUp");
  await expect(node("fc2")).toBeFocused();
  await key("e", "Delete");
  await expect(editor.edge("fc2", "output")).toHaveCount(0);
  await expect(node("fc2")).toBeFocused();
  await key("c");
  await page.keyboard.type("output");
  await key("Enter");
  await expect(editor.edge("fc2", "output")).toBeAttached();
  // A layer is spliced in and taken back.
  await key("e", "Enter");
  await expect(page.getByRole("combobox", { name: "Find a layer" })).toHaveAttribute(
    "placeholder",
    "Between fc2 and output",
  );
  await page.keyboard.type("dropout");
  await key("Enter");
  await expect(editor.edge("fc2", "dropout1")).toBeAttached();
  await key("Control+Z");
  await expect(editor.edge("fc2", "output")).toBeAttached();

  // One epoch of digits of one's own, of which some are set apart.
  const digits = path.join(launcher.folder, "digits");
  writeMnistSlice(digits, 4400, 400);
  await answerDialogs(app, { open: digits });
  await goTo(page, "canvas");
  await key("Escape");
  await goTo(page, "inspector");
  await tabTo(page, "Dataset");
  await page.keyboard.type("Folder");
  await expect(node("input")).toContainText(/digits, 4,400\simages/);
  await tabTo(page, "Validation");
  await page.keyboard.type("A number");
  await expect(editor.inspector.getByRole("combobox", { name: "Validation" })).toHaveValue("count");
  await fill(page, "Count", "400");
  await fill(page, "Epochs", "1");
  await key("Control+Enter");
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 90_000 });

  // The accuracy is in words, and every layer in a table.
  await expect(editor.timeline).toContainText(/test\s9\d\.\d\d\s%/);
  await key("Control+2");
  await goTo(page, "statistics");
  await tabTo(page, "Show the statistics as a table");
  await key("Enter");
  await expect(page.getByRole("row", { name: /bn1/ })).toContainText(/\d/);
});
