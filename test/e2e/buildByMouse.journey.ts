import { readFile } from "node:fs/promises";
import path from "node:path";
import { editorOf } from "../support/editorPage.ts";
import { answerDialogs, clickMenu, expect, projectFolder, test } from "../support/electronApp.ts";

interface SavedDocument {
  readonly nodes: readonly { readonly id: string; readonly kind: string; readonly params: Record<string, unknown> }[];
  readonly edges: readonly unknown[];
}

const documentIn = async (file: string): Promise<SavedDocument> => JSON.parse(await readFile(file, "utf8"));

/** What makes the net: kinds and sizes in order, and the edges. */
const netOf = ({ nodes, edges }: SavedDocument) => ({
  layers: nodes.map(({ kind, params: { filters, kernel, units, pool, size } }) => ({
    kind,
    ...{ filters, kernel, units, pool, size },
  })),
  edges,
});

const MOST_ACTIONS = 25;

test(`LeNet with batch norm is built from empty by mouse in at most ${MOST_ACTIONS} actions`, async ({ launcher }) => {
  const { app, page } = await launcher.start();
  const editor = editorOf(page);
  let numActions = 0;
  /** One click, one drag, one choice from a list or one field that is typed into. */
  const action = async (take: () => Promise<unknown>): Promise<void> => {
    numActions += 1;
    await take();
  };
  const add = async (layer: string, name: string): Promise<void> => {
    await action(() => editor.layer(layer).click());
    await expect(editor.node(name)).toBeVisible();
  };
  const field = (name: string) => editor.inspector.getByRole("textbox", { name, exact: true });
  const set = (name: string, value: string) =>
    action(async () => {
      await field(name).fill(value);
      await page.keyboard.press("Enter");
      await expect(field(name)).toHaveValue(value);
    });
  const average = () =>
    action(() =>
      editor.inspector.getByRole("combobox", { name: "Pool", exact: true }).selectOption({ label: "Average" }),
    );

  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await action(() => page.getByRole("button", { name: "New document" }).click());
  await add("Input", "input");
  await add("Conv2D", "conv1");
  await set("Filters", "20");
  await add("BatchNorm", "bn1");
  await add("ReLU", "relu1");
  await add("Pool2D", "pool1");
  await average();
  await add("Conv2D", "conv2");
  await set("Filters", "50");
  await set("Kernel", "5 × 5");
  await add("BatchNorm", "bn2");
  await add("ReLU", "relu2");
  await add("Pool2D", "pool2");
  await average();
  await add("Flatten", "flatten");
  await add("Dense", "fc1");
  await set("Units", "128");
  await add("BatchNorm", "bn3");
  await add("ReLU", "relu3");
  await add("Dense", "fc2");
  await set("Units", "10");
  await add("Output", "output");
  expect(numActions).toBeLessThanOrEqual(MOST_ACTIONS);

  // The very net of the example, and it trains.
  const file = path.join(launcher.folder, "built.layerscope");
  await answerDialogs(app, { save: file });
  await clickMenu(app, "File", "Save");
  await expect(page.getByRole("button", { name: "File menu of built", exact: true })).toBeVisible();
  expect(netOf(await documentIn(file))).toEqual(
    netOf(await documentIn(path.join(projectFolder, "examples/lenet-bn-avg.layerscope"))),
  );
  await editor.button("Train").click();
  await expect(editor.node("bn3")).toContainText(/[−\d.]+\s*±\s*\d/, { timeout: 30_000 });
});
