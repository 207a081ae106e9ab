import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { findingsOf } from "../support/accessibility.ts";
import { editorOf } from "../support/editorPage.ts";
import { answerDialogs, expect, projectFolder, test } from "../support/electronApp.ts";
import { writeMnistSlice } from "../support/mnistSlice.ts";

const percent = (text: string | null): number => Number(text?.match(/^([\d.]+)\s*%$/)?.[1] ?? Number.NaN);

test("batches of two leave a gap between evaluation and training, which recomputation closes", async ({ launcher }) => {
  const digits = path.join(launcher.folder, "digits");
  writeMnistSlice(digits, 600, 300);
  const example = JSON.parse(await readFile(path.join(projectFolder, "examples/lenet-bn-avg.layerscope"), "utf8"));
  const file = path.join(launcher.folder, "two.layerscope");
  const document = {
    ...example,
    dataset: { source: "idx", directory: digits },
    training: { ...example.training, batchSize: 2, epochs: 1, optimizer: { name: "sgd" }, learningRate: 0.05 },
    // Running values that follow slowly.
    nodes: example.nodes.map((node: { kind: string; params: object }) =>
      node.kind === "batchNorm" ? { ...node, params: { ...node.params, momentum: 0.99 } } : node,
    ),
  };
  await writeFile(file, JSON.stringify(document));
  const { app, page } = await launcher.start({ args: [file] });
  const editor = editorOf(page);
  await expect(editor.node("bn2")).toBeVisible();
  await editor.node("bn2").click();
  await expect(editor.inspector).toContainText("BatchNorm, 50 channels over N, H, W");
  // However long the name is, it ends before the buttons beside it.
  const name = await editor.inspector.getByRole("textbox", { name: "Name" }).boundingBox();
  const button = await editor.inspector.getByRole("button", { name: /step by step/i }).boundingBox();
  expect((name?.x ?? 0) + (name?.width ?? 0)).toBeLessThanOrEqual(button?.x ?? 0);
  await expect(editor.inspector).toContainText("Train to see the batch statistics of bn2 beside its running ones.");

  // Step by step: what is on screen is of this very step.
  const timeline = page.getByRole("slider", { name: /step/i });
  for (let step = 1; step <= 30; step += 1) {
    await page.keyboard.press("F10");
    await expect(timeline).toHaveAttribute("aria-valuenow", String(step));
    // The numbers are there a moment before the run waits for the next key.
    await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();
  }
  await expect(editor.inspector.getByText("step 30")).toHaveCount(2);

  // By keyboard every channel can be read.
  const channels = editor.inspector.getByRole("slider", { name: "Channels of bn2" });
  await channels.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await expect(channels).toHaveAttribute("aria-valuenow", "1");
  await expect(channels).toContainText(/channel 1: \S+ and \S+/);

  const outputs = editor.inspector.getByText(/^Outputs differ by/);
  const gap = async (): Promise<number> => Number((await outputs.textContent())?.match(/by ([\d.]+) std/)?.[1]);
  const before = await gap();
  expect(before).toBeGreaterThan(0.2);

  await editor.inspector.getByRole("button", { name: "Recompute statistics" }).click();
  const results = editor.inspector.getByRole("table", { name: "Test set before and after" });
  await expect(results).toBeVisible({ timeout: 60_000 });
  await expect(editor.inspector).toContainText("Pooled over 600 training samples at step 30.");
  const cells = await results.getByRole("row", { name: /^Loss/ }).getByRole("cell").allTextContents();
  const [lossBefore = 0, lossAfter = 0] = cells.map(Number);
  // The gap is closed, in the outputs of this node and in what the net makes of the test set.
  expect(await gap()).toBeLessThan(before / 2);
  expect(lossAfter).toBeLessThan(lossBefore);
  const accuracy = await results
    .getByRole("row", { name: /^Accuracy/ })
    .getByRole("cell")
    .allTextContents();
  expect(percent(accuracy[1] ?? null)).toBeGreaterThanOrEqual(percent(accuracy[0] ?? null));

  expect(await findingsOf(page)).toEqual([]);

  // The numbers as a table and a file.
  await editor.inspector.getByRole("button", { name: "Show the channels as a table" }).click();
  const numbers = editor.inspector.getByRole("region", { name: "Numbers of bn2" });
  await expect(numbers.getByRole("row")).toHaveCount(52);
  const csv = path.join(launcher.folder, "bn2.csv");
  await answerDialogs(app, { save: csv });
  await editor.inspector.getByRole("button", { name: "Export the channels" }).click();
  await page.getByRole("menuitem", { name: "Numbers of every channel, CSV" }).click();
  await expect.poll(async () => (await readFile(csv, "utf8").catch(() => "")).split("\n").length).toBe(52);

  // Taken back, from the command palette.
  await page.keyboard.press("Control+K");
  await page.keyboard.type("Restore the running");
  await page.keyboard.press("Enter");
  await expect(editor.inspector).toContainText("Restored: the net has the running statistics of training again.");
  expect(await gap()).toBe(before);
});
