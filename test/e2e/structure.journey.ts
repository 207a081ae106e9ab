/** Bypass, groups, notes, templates, cut, copy and paste, as a user does them. */
import { editorOf, settle, startNewDocument } from "../support/editorPage.ts";
import { clickMenu, expect, test } from "../support/electronApp.ts";

test("a net of templates is grouped, repeated, bypassed, noted, and undone to nothing", async ({ desk: { page } }) => {
  const editor = await startNewDocument(page);
  await page.getByRole("button", { name: /^MLP/ }).click();
  await expect(editor.button("Train")).toBeEnabled();
  await expect(page.getByRole("button", { name: /^Group Layer 2/ })).toBeVisible();

  // The label of a group selects its layers; the inspector repeats it.
  await page.getByRole("button", { name: /^Group Layer 2/ }).click();
  await expect(editor.inspector.getByText("3 nodes selected")).toBeVisible();
  await editor.inspector.getByRole("textbox", { name: "Repeat the group" }).fill("4");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: /^Group Layer 2 ×4, 41,200 weights/ })).toBeVisible();

  // At full size title and totals leave the middle to the edge that comes down into the group.
  const totals = page.getByRole("button", { name: /^Group Layer 2/ }).getByText("41,200 weights");
  while ((await totals.count()) === 0) await page.keyboard.press("Control+=");
  const [frame, ...parts] = await page
    .getByRole("button", { name: /^Group Layer 2/ })
    .evaluate((label) => [label, ...label.children].map((each) => each.getBoundingClientRect().toJSON()));
  const middle = (frame.left + frame.right) / 2;
  for (const { left, right } of parts) expect(right < middle || left > middle).toBe(true);
  await page.keyboard.press("Control+0");
  await settle(page.getByRole("button", { name: /^Group Layer 2/ }));

  await page.keyboard.press("Control+Shift+K");
  await expect(editor.node("fc2")).toHaveCount(0);
  await expect(page.getByLabel(/^Group Layer 2, collapsed, 12 layers, 41,200.weights/)).toBeVisible();
  await page.keyboard.press("Control+Shift+K");
  await expect(editor.node("fc2")).toBeVisible();

  // A click on one of several goes on with it alone; a drag by the group's label, with all of them.
  await expect(editor.inspector.getByText("3 nodes selected")).toBeVisible();
  await editor.node("relu2").click();
  await expect(editor.inspector.getByRole("textbox", { name: "Name" })).toHaveValue("relu2");
  const label = await page.getByRole("button", { name: /^Group Layer 2/ }).boundingBox();
  if (label === null) throw new Error("The group has no label.");
  await page.mouse.move(label.x + 20, label.y + 6);
  await page.mouse.down();
  await page.mouse.move(label.x + 80, label.y + 46, { steps: 4 });
  await page.mouse.up();
  await expect(editor.inspector.getByText("3 nodes selected")).toBeVisible();

  await editor.node("bn1").click();
  await page.keyboard.press("Control+B");
  await expect(editor.node("bn1")).toHaveAttribute("aria-label", /passes fc1 through/);
  await expect(editor.button("Train")).toBeEnabled();
  await editor.node("flatten").click();
  await page.keyboard.press("Control+B");
  await expect(page.getByText('Without flatten: Dense "fc1" expects a flat input but receives 1×28×28.')).toBeVisible();

  await page.keyboard.press("Control+J");
  await page.getByRole("textbox", { name: "Text of the note" }).fill("Four blocks in a row");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByLabel("Note, Four blocks in a row")).toBeVisible();

  while (await editor.button(/^Undo/).isEnabled()) await page.keyboard.press("Control+Z");
  await expect(page.getByText("Drop a layer here, or press Tab to search.")).toBeVisible();
});

test("layers are copied as text and pasted here and elsewhere; nonsense says so", async ({ desk: { app, page } }) => {
  await clickMenu(app, "File", "Open example", "lenet-bn-avg");
  const editor = editorOf(page);
  await settle(editor.node("conv1"));
  await editor.node("conv1").click();
  await editor.node("bn1").click({ modifiers: ["Shift"] });
  await page.keyboard.press("Control+C");
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toContain('"format": "layerscope-fragment"');
  await page.keyboard.press("Control+V");
  await expect(editor.node("conv3")).toBeVisible();
  await expect(editor.edge("conv3", "bn4")).toHaveCount(1);
  await page.keyboard.press("Control+X");
  await expect(editor.node("conv3")).toHaveCount(0);

  await clickMenu(app, "File", "New");
  const question = page.getByRole("button", { name: /^Discard|^Don.t save/ });
  if (await question.isVisible().catch(() => false)) await question.click();
  await page.evaluate(() => navigator.clipboard.writeText("hello there"));
  await page.keyboard.press("Control+V");
  await expect(page.getByText('The text "hello there" is no layers of Layerscope: it is not JSON.')).toBeVisible();
});

test("a collapsed group shows the signal that leaves it and what is wrong inside, and is found by what it holds", async ({
  desk: { app, page },
}) => {
  await clickMenu(app, "File", "Open example", "lenet-bn-max");
  const editor = editorOf(page);
  await settle(editor.node("fc1"));
  await editor.node("fc1").click();
  await editor.node("relu3").click({ modifiers: ["Shift"] });
  await page.keyboard.press("Control+G");
  await editor.inspector.getByRole("textbox", { name: "Title of the group" }).fill("Head");
  await page.keyboard.press("Enter");
  await editor.node("relu3").click();
  await page.keyboard.press("Control+Shift+K");
  // The keyboard goes on where the layer was.
  const box = page.getByLabel(/^Group Head, collapsed, 2 layers/);
  await expect(box).toBeFocused();
  await expect(box).toContainText("relu3– ± –");

  await page.keyboard.press("Control+Enter");
  await expect(box).toHaveText(/relu3\d\.\d\d\s±\s\d\.\d\d/);
  const badge = box.getByRole("button", { name: /^relu3: \d+ of 128 dead. Show why/ });
  await expect(badge).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await badge.click();
  const why = page.getByRole("dialog", { name: "Health of relu3" });
  await expect(why).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(box).toBeFocused();

  // Find goes to the box; opening it goes to the layer.
  await page.keyboard.press("Control+F");
  await page.keyboard.type("fc1");
  await page.keyboard.press("Enter");
  await expect(box).toBeFocused();
  await expect(box).toContainText("fc1 selected inside");
  await expect(editor.inspector.getByRole("textbox", { name: "Name" })).toHaveValue("fc1");
  await page.keyboard.press("Control+Shift+K");
  await expect(editor.node("fc1")).toBeFocused();

  // An error inside is named at the box.
  await page.keyboard.press("Control+Shift+K");
  await editor.node("flatten").click();
  await page.keyboard.press("Delete");
  // What is selected out of sight is not deleted by the way.
  await expect(box).toHaveAttribute("aria-label", /2 layers/);
  await expect(box).toContainText(/fc1: /);
  await expect(box).toHaveAttribute("aria-label", /fc1: Dense "fc1" has nothing connected to its input\./);
  await box.hover();
  await expect(page.getByText("fc1, in the group")).toBeVisible();
});

test("a selection is kept as a template and used in the next net", async ({ desk: { app, page } }) => {
  await clickMenu(app, "File", "Open example", "lenet-bn-avg");
  const editor = editorOf(page);
  await settle(editor.node("conv2"));
  await editor.node("conv2").click();
  await editor.node("relu2").click({ modifiers: ["Shift"] });
  await clickMenu(app, "Edit", "Save the selection as a template…");
  await expect(page.getByText('Saved the template "conv2 to relu2"')).toBeVisible();
  await page.getByRole("textbox", { name: "Find a layer" }).fill("conv2 to");
  await page.keyboard.press("Enter");
  await expect(editor.node("conv3")).toBeVisible();
});
