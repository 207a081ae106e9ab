import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "@playwright/test";
import { serialize } from "../../engine/document/serialize.ts";
import { type DeepMlp, deepMlp } from "../support/documents/deepMlp.ts";
import { type EditorPage, editorOf } from "../support/editorPage.ts";
import { answerDialogs, clickMenu, type Desk, expect, test } from "../support/electronApp.ts";

const DEPTH = 20;
/** fc2 … fc19: those between the first layer, whose signal still has a size, and the one that predicts. */
const hidden = Array.from({ length: DEPTH - 2 }, (_, index) => `fc${index + 2}`);

const open = async ({ app, page, folder }: Desk, net: Omit<DeepMlp, "depth">): Promise<EditorPage> => {
  const file = path.join(folder, "deep.layerscope");
  await writeFile(file, serialize(deepMlp({ depth: DEPTH, ...net })));
  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await answerDialogs(app, { open: file });
  await clickMenu(app, "File", "Open…");
  const editor = editorOf(page);
  await expect(editor.node("fc1")).toBeVisible();
  return editor;
};

/** Names of the nodes that wear a badge with these words. */
const wearing = async (editor: EditorPage, words: RegExp): Promise<readonly string[]> => {
  const names = await editor.graph
    .getByRole("button", { name: words })
    .evaluateAll((badges) => badges.map((badge) => (badge.getAttribute("aria-label") ?? "").split(":")[0] ?? ""));
  return names;
};

/** Trains one batch at a time, so that what is on screen is of this very step. */
const trainTo = async (page: Page, editor: EditorPage, step: number): Promise<void> => {
  const timeline = page.getByRole("slider", { name: /step/i });
  for (let now = 1; now <= step; now += 1) {
    await page.keyboard.press("F10");
    await expect(timeline).toHaveAttribute("aria-valuenow", String(now));
    await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();
  }
};

test("small weights without normalization vanish from the second layer on, with the numbers and what helps", async ({
  desk,
}) => {
  const { page } = desk;
  const editor = await open(desk, { activation: "relu", initializer: { name: "normal", std: 0.01 } });
  await trainTo(page, editor, 3);
  await expect.poll(() => wearing(editor, /: vanishing/)).toEqual(hidden);

  // Back at the first step, too, and by keyboard: the badge says why.
  await page.keyboard.press("Alt+Home");
  await expect(page.getByRole("slider", { name: /step/i })).toHaveAttribute("aria-valuenow", "1");
  await expect.poll(() => wearing(editor, /: vanishing/)).toEqual(hidden);
  await editor.graph.getByRole("button", { name: /^fc3: vanishing/ }).press("Enter");
  const health = page.getByRole("dialog", { name: "Health of fc3" });
  await expect(health).toBeFocused();
  await expect(health).toContainText(/Std falls from 0\.0\d+ to 0\.00\d+ at fc3, below half of its neighbour\./);
  await expect(health).toContainText(/Since step\s*1/);

  // One click, one undo step; the run stays what it was.
  await health.getByRole("button", { name: "Use He initialization" }).click();
  await expect(health).toContainText("Run 1 trains the graph before the last edit. Train again to see it.");
  await expect(health.getByRole("button", { name: "Use He initialization" })).toHaveCount(0);
  await page.keyboard.press("Control+Z");
  await expect(health.getByRole("button", { name: "Use He initialization" })).toBeVisible();
  await health.getByRole("button", { name: "Insert BatchNorm" }).click();
  await expect(editor.edge("fc3", "bn1")).toBeAttached();
  await expect(editor.edge("bn1", "relu3")).toBeAttached();
  await page.keyboard.press("Control+Z");
  await expect(editor.edge("fc3", "relu3")).toBeAttached();
  await page.keyboard.press("Escape");
  await expect(health).toHaveCount(0);
  await expect(editor.node("fc3")).toBeFocused();

  // All of them at once, from the list; and the next run has the signal back.
  await editor.run.getByRole("button", { name: /Health of the layers: 18 vanishing/ }).click();
  await page.getByRole("button", { name: "Insert BatchNorm at all 18" }).click();
  await expect(editor.node("bn18")).toBeAttached();
  await page.keyboard.press("Shift+F5");
  await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();
  await page.keyboard.press("F10");
  await expect(editor.run).toContainText("run 2");
  await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();
  await expect.poll(() => wearing(editor, /: vanishing/)).toEqual([]);
});

test("with He initialization the same net does not vanish", async ({ desk }) => {
  const { page } = desk;
  const editor = await open(desk, { activation: "relu", initializer: { name: "heNormal" } });
  await trainTo(page, editor, 4);
  // Badges are there for other reasons: the rules have judged this step.
  await expect.poll(() => wearing(editor, /of 100 dead/)).not.toEqual([]);
  expect(await wearing(editor, /: (vanishing|exploding)/)).toEqual([]);
});

test("weights of std 1 explode from the first layer on, until the run diverges", async ({ desk }) => {
  const { page } = desk;
  const editor = await open(desk, { activation: "relu", initializer: { name: "normal", std: 1 } });
  await trainTo(page, editor, 1);
  await expect.poll(() => wearing(editor, /: exploding/)).toEqual(["fc1", ...hidden]);
  await editor.button("Resume").click();
  await expect(editor.run.getByText("Failed", { exact: true })).toBeVisible();
  // What stays on screen is the very step at which it diverged; the first bad node says when.
  const [first = ""] = await wearing(editor, /: diverged, step/);
  expect(first).toMatch(/^fc\d+$/);
  const badge = editor.graph.getByRole("button", { name: /: diverged, step/ });
  const [, step = ""] = /step\s(\d+)/.exec((await badge.getAttribute("aria-label")) ?? "") ?? [];
  await expect(page.getByRole("slider", { name: "Step shown" })).toHaveAttribute("aria-valuenow", step);
  await page.keyboard.press("Control+2");
  await expect(page.getByRole("button", { name: new RegExp(`^${first} diverged, step\\s${step}`) })).toBeVisible();
  await page.keyboard.press("Control+1");
  await page.keyboard.press("F8");
  const health = page.getByRole("dialog", { name: `Health of ${first}` });
  await expect(health).toContainText(/Loss is not finite since step \d+\. First bad node: fc\d+\./);
  await health.getByRole("button", { name: "Lower the learning rate" }).click();
  await expect(editor.inspector.getByRole("textbox", { name: "Learning rate", exact: true })).toHaveValue("0.001");
});

test("weights of std 1 saturate tanh in every layer; a lower learning rate is applied to the run", async ({ desk }) => {
  const { page } = desk;
  const editor = await open(desk, { activation: "tanh", initializer: { name: "normal", std: 1 } });
  await trainTo(page, editor, 2);
  const tanhs = Array.from({ length: DEPTH - 1 }, (_, index) => `tanh${index + 1}`);
  await expect.poll(() => wearing(editor, /% saturated/)).toEqual(tanhs);
  await editor.graph.getByRole("button", { name: /^tanh2: / }).click();
  const health = page.getByRole("dialog", { name: "Health of tanh2" });
  await expect(health).toContainText(/\d+\s% of the values lie where the curve is flat, since step\s1\./);
  await expect(health.getByRole("button", { name: "Use Xavier initialization" })).toBeVisible();
});
