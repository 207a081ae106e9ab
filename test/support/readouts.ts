/** What the window says of one step of a run of the example mlp-bn. */
import { expect, type Page } from "@playwright/test";
import { editorOf } from "./editorPage.ts";

/** What is drawn past React comes some animation frames later: texts that stand still. */
const settled = async (page: Page, read: () => Promise<readonly string[]>): Promise<readonly string[]> => {
  let before = await read();
  for (;;) {
    await page.waitForTimeout(400);
    const now = await read();
    if (now.join() === before.join()) return now;
    before = now;
  }
};

/** Every text that depends on the step shown: the nodes, the timeline's readouts, and the statistics of all layers. */
export const readoutsAt = async (page: Page, step: number): Promise<readonly string[]> => {
  const editor = editorOf(page);
  const goToStep = async (): Promise<void> => {
    const slider = page.getByRole("slider", { name: "Step shown" });
    await slider.focus();
    await page.keyboard.press("Home");
    for (let at = 1; at < step; at += 1) await page.keyboard.press("ArrowRight");
    await expect(slider).toHaveAttribute("aria-valuenow", String(step));
  };
  await page.keyboard.press("Control+1");
  await goToStep();
  const texts = await settled(page, () =>
    Promise.all(["input", "fc1", "bn1", "relu1", "output"].map((name) => editor.node(name).innerText())),
  );
  const timeline = await editor.timeline.innerText();
  await page.keyboard.press("Control+2");
  const statistics = page.getByRole("main", { name: "Statistics" });
  const rows = await settled(page, () => statistics.locator("[data-std]").allTextContents());
  await page.keyboard.press("Control+1");
  return [...texts, timeline, ...rows];
};
