import type { Page } from "@playwright/test";
import { type EditorPage, editorOf, settle, startNewDocument } from "../support/editorPage.ts";
import { clickMenu, expect, test } from "../support/electronApp.ts";

type Point = readonly [x: number, y: number];

const boxOf = async (editor: EditorPage, name: string) => {
  await settle(editor.node(name));
  const box = await editor.node(name).boundingBox();
  if (box === null) throw new Error(`${name} is not on screen.`);
  return box;
};

/** The middle of a node's output or input. */
const portOf = async (editor: EditorPage, name: string, side: "output" | "input"): Promise<Point> => {
  const { x, y, width, height } = await boxOf(editor, name);
  return [x + width / 2, side === "output" ? y + height : y];
};

const drag = async (page: Page, from: Point, to: Point): Promise<void> => {
  await page.mouse.move(...from);
  await page.mouse.down();
  // A drag begins 3 px from where the button went down, and carries from there.
  await page.mouse.move(from[0] + 3, from[1] + 3);
  await page.mouse.move(to[0] + 3, to[1] + 3, { steps: 8 });
  await page.mouse.up();
};

/** Takes a node by its name and carries it so far. */
const dragNode = async (page: Page, editor: EditorPage, name: string, by: Point): Promise<void> => {
  const { x, y } = await boxOf(editor, name);
  await drag(page, [x + 60, y + 14], [x + 60 + by[0], y + 14 + by[1]]);
};

const numUndo = async (page: Page, editor: EditorPage): Promise<number> => {
  let steps = 0;
  while (await editor.button(/^Undo/).isEnabled()) {
    await page.keyboard.press("Control+Z");
    steps += 1;
    expect(steps, "undo steps").toBeLessThan(40);
  }
  return steps;
};

const search = (page: Page) => page.getByRole("combobox", { name: "Find a layer" });

test("links let go over empty canvas, loose nodes and copies wire a net by mouse, one undo step each", async ({
  desk: { page },
}) => {
  // Places are read between gestures: nothing should be on its way.
  await page.emulateMedia({ reducedMotion: "reduce" });
  const editor = await startNewDocument(page);
  const { x, y, width } = (await editor.graph.boundingBox()) ?? { x: 0, y: 0, width: 0 };
  const column = x + width / 2 - 160;

  // A double click on empty canvas.
  await page.mouse.dblclick(column, y + 60);
  await expect(search(page)).toBeFocused();
  await page.keyboard.type("input");
  await page.keyboard.press("Enter");
  await expect(editor.node("input")).toContainText("1×28×28");

  // A link from an output: what fits comes first, typing at once.
  const output = await portOf(editor, "input", "output");
  await drag(page, output, [output[0], output[1] + 30]);
  await expect(search(page)).toBeFocused();
  await expect(search(page)).toHaveAttribute("placeholder", "After input, 1×28×28");
  await expect(page.getByRole("option", { name: "Dense 1×28×28 is not flat" })).toHaveClass(/is-misfit/);
  await page.keyboard.type("conv");
  await page.keyboard.press("Enter");
  await expect(editor.edge("input", "conv1")).toHaveCount(1);
  const next = await portOf(editor, "conv1", "output");
  await drag(page, next, [next[0], next[1] + 60]);
  await page.keyboard.type("relu");
  await page.keyboard.press("Enter");
  await expect(editor.edge("conv1", "relu1")).toHaveCount(1);

  // A link from an input that something feeds: the new node goes between.
  const input = await portOf(editor, "relu1", "input");
  await drag(page, input, [input[0] + 300, input[1] - 60]);
  await expect(search(page)).toHaveAttribute("placeholder", "Before relu1");
  await page.keyboard.type("pool");
  await page.keyboard.press("Enter");
  await expect(editor.edge("conv1", "pool1")).toHaveCount(1);
  await expect(editor.edge("pool1", "relu1")).toHaveCount(1);
  await expect(editor.edge("conv1", "relu1")).toHaveCount(0);

  // Deleting closes the gap, with Shift it stays.
  await editor.node("pool1").click();
  await page.keyboard.press("Delete");
  await expect(editor.edge("conv1", "relu1")).toHaveCount(1);
  await page.keyboard.press("Control+Z");
  await expect(editor.edge("conv1", "pool1")).toHaveCount(1);
  await editor.node("pool1").click();
  await page.keyboard.press("Shift+Delete");
  await expect(editor.node("pool1")).toHaveCount(0);
  await expect(editor.edge("conv1", "relu1")).toHaveCount(0);
  await editor.connect("conv1", "relu1");
  await expect(editor.edge("conv1", "relu1")).toHaveCount(1);

  // A loose node dropped on an edge.
  await page.mouse.dblclick(column + 360, y + 80);
  await page.keyboard.type("batchnorm");
  await page.keyboard.press("Enter");
  await expect(editor.node("bn1")).toBeVisible();
  const from = await boxOf(editor, "bn1");
  const edge = await portOf(editor, "conv1", "output");
  await dragNode(page, editor, "bn1", [edge[0] - from.x - from.width / 2, edge[1] + 20 - from.y - from.height / 2]);
  await expect(editor.edge("conv1", "bn1")).toHaveCount(1);
  await expect(editor.edge("bn1", "relu1")).toHaveCount(1);
  const [upper, middle, lower] = [
    await boxOf(editor, "conv1"),
    await boxOf(editor, "bn1"),
    await boxOf(editor, "relu1"),
  ];
  expect(middle.y).toBeGreaterThanOrEqual(upper.y + upper.height);
  expect(lower.y).toBeGreaterThanOrEqual(middle.y + middle.height);

  // Several at once, then copies with Alt.
  await editor.node("conv1").click();
  await editor.node("bn1").click({ modifiers: ["Shift"] });
  await dragNode(page, editor, "bn1", [-160, 0]);
  expect((await boxOf(editor, "conv1")).x).toBeLessThan(upper.x - 100);
  expect((await boxOf(editor, "bn1")).x - (await boxOf(editor, "conv1")).x).toBeCloseTo(middle.x - upper.x, 0);
  await page.keyboard.down("Alt");
  await dragNode(page, editor, "bn1", [-40, 260]);
  await page.keyboard.up("Alt");
  await expect(editor.edge("conv2", "bn2")).toHaveCount(1);
  await expect(editor.edge("conv1", "bn1")).toHaveCount(1);

  // input, conv1, relu1, pool1, deletion, connection, bn1, splice, move, copies.
  expect(await numUndo(page, editor)).toBe(10);
  await expect(page.getByText("Drop a layer here, or press Tab to search.")).toBeVisible();
});

test("a dragged layer keeps the pointer over whatever it passes, and the next paste goes where it was let go", async ({
  desk: { page },
}) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const editor = await startNewDocument(page);
  const { x, y, width } = (await editor.graph.boundingBox()) ?? { x: 0, y: 0, width: 0 };
  for (const [kind, left] of [
    ["relu", x + width / 2 - 300],
    ["tanh", x + width / 2 + 100],
  ] as const) {
    await page.mouse.dblclick(left, y + 80);
    await page.keyboard.type(kind);
    await page.keyboard.press("Enter");
    await expect(editor.node(`${kind}1`)).toBeVisible();
  }
  const [from, passed] = [await boxOf(editor, "relu1"), await boxOf(editor, "tanh1")];
  await editor
    .node("tanh1")
    .evaluate((node) => node.addEventListener("pointerover", () => node.setAttribute("data-met", "")));
  await page.mouse.move(from.x + 60, from.y + 14);
  await page.mouse.down();
  await page.mouse.move(from.x + 80, from.y + 34, { steps: 2 });
  // So fast that the pointer is over the other one before the first has come there.
  await page.mouse.move(passed.x + 60, passed.y + 20);
  await page.mouse.move(passed.x + 64, passed.y + 20);
  await expect(editor.node("relu1").and(page.locator(":hover"))).toHaveCount(1);
  expect(await editor.node("tanh1").getAttribute("data-met")).toBeNull();
  await page.mouse.move(passed.x + 64, passed.y + 240);
  await page.mouse.up();
  await page.keyboard.press("Control+C");
  await page.keyboard.press("Control+V");
  await expect(editor.node("relu2")).toBeVisible();
  const pasted = await boxOf(editor, "relu2");
  expect(Math.abs(pasted.x - (passed.x + 64))).toBeLessThan(40);
  expect(Math.abs(pasted.y - (passed.y + 240))).toBeLessThan(40);
});

test("keys align, tidy up, find, follow and splice, one undo step each", async ({ desk: { app, page } }) => {
  const editor = editorOf(page);
  await clickMenu(app, "File", "Open example", "lenet-bn-avg");
  await page.emulateMedia({ reducedMotion: "reduce" });
  await expect(editor.node("conv2")).toBeVisible();
  const place = async (name: string) => {
    const { x, y } = await boxOf(editor, name);
    return { x: Math.round(x), y: Math.round(y) };
  };
  const [before, below] = [await place("conv2"), await place("bn2")];

  await dragNode(page, editor, "conv2", [-90, 240]);
  await dragNode(page, editor, "fc1", [60, 130]);
  expect(await place("conv2")).not.toEqual(before);
  await page.keyboard.press("Escape");
  // A view that would show nothing of what was tidied up shows all of it.
  const canvas = await page.locator(".react-flow__pane").boundingBox();
  if (canvas === null) throw new Error("There is no canvas.");
  await page.mouse.move(canvas.x + 8, canvas.y + 8);
  await page.mouse.down();
  await page.mouse.move(canvas.x + canvas.width - 8, canvas.y + canvas.height - 8, { steps: 4 });
  await page.mouse.up();
  expect((await place("input")).x).toBeGreaterThan(canvas.x + canvas.width);
  await page.keyboard.press("Control+Shift+L");
  expect(await place("conv2")).toEqual(before);
  expect(await place("bn2")).toEqual(below);
  await page.keyboard.press("Control+Z");
  expect(await place("conv2")).not.toEqual(before);
  expect(await numUndo(page, editor)).toBe(2);

  await editor.node("bn1").click();
  await editor.node("relu2").click({ modifiers: ["Shift"] });
  await page.keyboard.press("Alt+Shift+ArrowLeft");
  expect((await place("relu2")).x).toBe((await place("bn1")).x);
  await expect(editor.button("Undo align 2 nodes")).toBeVisible();
  await page.keyboard.press("Control+Z");

  // A name by its key.
  await editor.node("fc1").click();
  await page.keyboard.press("F2");
  await expect(page.locator(".inspector-name")).toBeFocused();
  await page.keyboard.type("hidden");
  await page.keyboard.press("Enter");
  await expect(editor.node("hidden")).toBeVisible();
  await editor.button("Undo rename fc1 to hidden").click();

  // Down to the end of the net.
  await editor.node("fc1").click();
  await page.keyboard.press("Control+Shift+ArrowDown");
  await expect(editor.inspector.getByRole("heading", { name: "5 nodes selected" })).toBeVisible();

  // By kind, then on with F3; Enter has the keyboard on the node.
  await page.keyboard.press("Control+F");
  const field = page.getByRole("combobox", { name: "Find a node by name, kind or shape" });
  await field.fill("relu");
  await expect(page.getByRole("dialog", { name: "Find a node" }).getByRole("status")).toHaveText("1 of 3");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(editor.node("relu2")).toBeFocused();
  await page.keyboard.press("F3");
  await expect(editor.node("relu3")).toBeFocused();
  await page.keyboard.press("Control+F");
  await field.fill("20x13");
  await page.keyboard.press("Enter");
  await expect(editor.node("pool1")).toBeFocused();

  // A loose copy goes between two nodes by keys alone.
  await page.keyboard.press("Control+D");
  await expect(editor.node("pool3")).toBeVisible();
  await editor.node("pool3").focus();
  await page.keyboard.press("c");
  await page.getByRole("combobox", { name: /^Find a node to connect/ }).fill("relu3 → fc2");
  await expect(page.getByRole("option", { name: /into/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(editor.edge("relu3", "pool3")).toHaveCount(1);
  await expect(editor.edge("pool3", "fc2")).toHaveCount(1);
  // It does not fit there; deleting it leaves the net as it was.
  await page.keyboard.press("Delete");
  await expect(editor.edge("relu3", "fc2")).toHaveCount(1);
  await expect(editor.button("Train")).toBeEnabled();

  // Esc deselects from the canvas itself, too: the focus is there when a panel over it has closed.
  await editor.node("conv1").click({ position: { x: 60, y: 12 } });
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("conv1");
  await page.locator('[data-region="canvas"]').focus();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveCount(0);
});

test("keys bend an edge, move and take out its bends, one undo step each; copies keep them", async ({
  desk: { app, page },
}) => {
  const editor = editorOf(page);
  await clickMenu(app, "File", "Open example", "lenet-bn-avg");
  await settle(editor.node("pool1"));
  await editor.node("pool1").focus();
  await page.keyboard.press("e");
  await expect(editor.edge("pool1", "conv2")).toBeFocused();
  await page.keyboard.press("b");
  const bends = page.getByRole("button", { name: /^Bend \d of \d of pool1 to conv2/ });
  // In the middle of its way, whose two corners become bends, so that it stays as it was.
  await expect(bends).toHaveCount(3);
  await expect(bends.nth(1)).toBeFocused();
  const placeOf = async (index: number): Promise<[number, number]> => {
    const [, x = "", y = ""] = (await bends.nth(index).getAttribute("aria-label"))?.match(/at (-?\d+), (-?\d+)$/) ?? [];
    return [Number(x), Number(y)];
  };
  const [x, y] = await placeOf(1);
  // Held down it is one edit.
  await page.keyboard.down("ArrowRight");
  await page.keyboard.down("ArrowRight");
  await page.keyboard.up("ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  expect(await placeOf(1)).toEqual([x + 8, y + 16]);
  await page.keyboard.press("b");
  await expect(bends).toHaveCount(4);
  await expect(bends.nth(2)).toBeFocused();
  expect(await numUndo(page, editor)).toBe(4);
  for (let step = 0; step < 4; step += 1) await page.keyboard.press("Control+Shift+Z");

  // A copy of both layers has the bends, moved with it.
  await editor.node("pool1").click();
  await editor.node("conv2").click({ modifiers: ["Shift"] });
  await page.keyboard.press("Control+C");
  await page.keyboard.press("Control+V");
  await expect(editor.edge("pool3", "conv3")).toHaveCount(1);
  await editor.node("pool3").focus();
  await page.keyboard.press("e");
  await page.keyboard.press("b");
  await expect(page.getByRole("button", { name: /^Bend 1 of 4 of pool3 to conv3/ })).toBeFocused();
  for (let left = 4; left > 0; left -= 1) {
    await expect(page.getByRole("button", { name: /^Bend 1 of/ })).toHaveAttribute(
      "aria-label",
      new RegExp(` of ${left} `),
    );
    await page.keyboard.press("Delete");
  }
  await expect(page.getByRole("button", { name: /^Bend/ })).toHaveCount(0);
  await expect(editor.edge("pool3", "conv3")).toBeFocused();
  await expect(editor.edge("pool3", "conv3")).toHaveCount(1);
});

test("an edit while a run trains leaves the run the graph that it trains", async ({ desk: { app, page } }) => {
  const editor = editorOf(page);
  await clickMenu(app, "File", "Open example", "mlp-bn");
  await editor.inspector.getByRole("textbox", { name: "Epochs" }).fill("50");
  await page.keyboard.press("Enter");
  await editor.button("Train").click();
  await expect(editor.run.getByText("Training", { exact: true })).toBeVisible();
  await expect(editor.node("bn1")).not.toContainText("Train to measure");

  await editor.node("bn1").click();
  await page.keyboard.press("Delete");
  await expect(editor.edge("fc1", "relu1")).toHaveCount(1);
  await expect(editor.run.getByText("Run 1 trains the graph before the last edit.")).toBeVisible();
  await expect(editor.node("relu1").locator(".LayerNode.is-stale")).toBeVisible();
  await expect(editor.node("fc1").locator(".LayerNode.is-stale")).toHaveCount(0);
  // It goes on, with the batch norm that the document no longer has.
  const step = async () => Number((await editor.run.locator(".run-bar-number").textContent())?.replace(/,/g, ""));
  const reached = await step();
  await expect.poll(step).toBeGreaterThan(reached);
  await page.keyboard.press("Control+Z");
  await expect(editor.node("relu1").locator(".LayerNode.is-stale")).toHaveCount(0);
  await expect(editor.run.getByText("Run 1 trains the graph before the last edit.")).toBeHidden();
  await editor.button("Stop").click();
  await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();
});

test("a layer that glides is taken up where it is, and glides on when it is only pressed", async ({
  desk: { app, page },
}) => {
  const editor = editorOf(page);
  await clickMenu(app, "File", "Open example", "lenet-bn-avg");
  await settle(editor.node("conv2"));
  const home = await boxOf(editor, "conv2");
  await dragNode(page, editor, "conv2", [120, 160]);
  await settle(editor.node("conv2"));
  const away = await boxOf(editor, "conv2");
  expect(away.x).toBeGreaterThan(home.x + 60);

  // The page's time stands still but for the moments that are asked for: half of the way back, and the pictures of a drag.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 3_600_000);
  const glideHalf = async () => {
    await page.keyboard.press("Control+Z");
    await page.clock.runFor(60);
    const box = await boxOf(editor, "conv2");
    expect(box.x).toBeGreaterThan(home.x + 5);
    expect(box.x).toBeLessThan(away.x - 5);
    await page.mouse.move(box.x + 40, box.y + 12);
    await page.mouse.down();
    await page.clock.runFor(50);
    expect(await boxOf(editor, "conv2")).toEqual(box);
    return box;
  };

  await glideHalf();
  await page.mouse.up();
  await page.clock.runFor(400);
  expect((await boxOf(editor, "conv2")).x).toBeCloseTo(home.x, 0);

  await page.keyboard.press("Control+Shift+Z");
  await page.clock.runFor(400);
  const taken = await glideHalf();
  // A drag begins 3 px from where the button went down, and carries from there.
  await page.mouse.move(taken.x + 40 + 3, taken.y + 12 + 3);
  await page.mouse.move(taken.x + 40 + 3 - 20, taken.y + 12 + 3 + 90);
  await page.clock.runFor(100);
  const dragged = await boxOf(editor, "conv2");
  // A guide or the grid may hold it a few pixels off.
  expect(Math.abs(dragged.x - (taken.x - 20))).toBeLessThan(14);
  expect(Math.abs(dragged.y - (taken.y + 90))).toBeLessThan(14);
  await page.mouse.up();
  await page.clock.runFor(400);
  expect(await boxOf(editor, "conv2")).toEqual(dragged);
});
