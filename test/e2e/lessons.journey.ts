import { readFile } from "node:fs/promises";
import path from "node:path";
import { findingsOf, showTheme } from "../support/accessibility.ts";
import { editorOf } from "../support/editorPage.ts";
import { expect, test } from "../support/electronApp.ts";

test("a lesson is done from its card to its last checkpoint, and is where it was left after a restart", async ({
  launcher,
}) => {
  const { app, page } = await launcher.start();
  const editor = editorOf(page);
  const lesson = page.getByRole("complementary", { name: "Lesson: Batch norm step by step" });
  const next = lesson.getByRole("button", { name: "Next", exact: true });
  const steps = lesson.getByRole("list", { name: "Steps of the lesson" });
  const result = lesson.locator(".lesson-outcome");
  await page.setViewportSize({ width: 1280, height: 800 });

  await page
    .getByRole("region", { name: "Lessons" })
    .getByRole("button", { name: /^Batch norm step by step/ })
    .click();
  await expect(lesson.getByRole("heading", { name: "Train for a moment" })).toBeVisible();
  await expect(result).toContainText("Everything is set. Train now.");
  // Beside the canvas: it covers nothing of it.
  const [text, graph] = [await lesson.boundingBox(), await editor.graph.boundingBox()];
  expect((text?.x ?? 0) + (text?.width ?? 0)).toBeLessThanOrEqual(graph?.x ?? 0);

  await lesson.getByRole("button", { name: "Show me" }).click();
  await expect(page.locator(".tour-ring")).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".tour-ring")).toBeHidden();
  await expect(result).toContainText(/^Done9\d\.\d\d\s% of the test points after 300 steps/);
  await expect(lesson.getByRole("status")).toContainText("Train for a moment: done.");
  for (const colorScheme of ["light", "dark"] as const) {
    await showTheme(page, colorScheme);
    expect(await findingsOf(page, { within: ".lesson", rules: "all" })).toEqual([]);
  }
  // Wider by the keyboard, and back.
  const edge = lesson.getByRole("separator", { name: "Width of the lesson" });
  await edge.press("ArrowRight");
  await expect.poll(async () => (await lesson.boundingBox())?.width).toBe((text?.width ?? 0) + 16);
  await edge.press("Home");
  await expect.poll(async () => (await lesson.boundingBox())?.width).toBe(text?.width);
  await next.click();

  // Forward pass, by keyboard from the canvas.
  await expect(result).toContainText("No BatchNorm is open step by step.");
  await editor.node("bn2").click();
  await page.keyboard.press("Control+Shift+B");
  await expect(result).toContainText(/^DoneChannel 1: .* over 50 values, and x̂ has /);
  await next.click();

  await expect(result).toContainText("This is still the first channel. Go to another one.");
  const forward = page.getByRole("button", { name: "Next channel" });
  // A channel whose ReLU lets nothing through has no gradient to look at.
  await expect(async () => {
    await forward.click();
    await expect(result).toContainText(/their mean is .*: zero, but for rounding\./, { timeout: 2000 });
  }).toPass();
  await next.click();

  const stepByStep = page.getByRole("region", { name: "bn2, step by step" });
  // From the lesson, whose Next was just pressed.
  await page.keyboard.press("Escape");
  await expect(stepByStep).toBeHidden();
  // The canvas has more room now; a click may come while nodes go to their new places.
  await expect(async () => {
    await editor.node("fc5").click();
    await expect(result).toContainText("No BatchNorm follows fc5: its bias is learnt.", { timeout: 2000 });
  }).toPass();
  await editor.node("fc2").click();
  await expect(result).toContainText("all 64 biases of fc2 are still 0");

  // The last one from the command palette alone.
  await page.keyboard.press("Control+K");
  await page.keyboard.type("next step of the lesson");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+K");
  await page.keyboard.type("check gradients");
  await page.keyboard.press("Enter");
  await expect(result).toContainText(/^DoneAll 33 gradients agree with difference quotients: /);
  await expect(steps.getByRole("button", { name: /done$/ })).toHaveCount(5);

  // Kept with the settings of the app.
  const settings = path.join(launcher.userDataFolder, "settings.json");
  await expect.poll(() => readFile(settings, "utf8")).toContain("33 gradients agree");
  await app.evaluate(({ app: running }) => running.exit(0));
  const again = await launcher.start();
  const card = again.page
    .getByRole("region", { name: "Lessons" })
    .getByRole("button", { name: /^Batch norm step by step/ });
  await expect(card).toContainText("all 5 steps done");
  await card.click();
  await expect(again.page.locator(".lesson-outcome")).toContainText("All 33 gradients agree");
});
