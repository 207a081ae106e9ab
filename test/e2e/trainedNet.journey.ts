import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { runCli } from "../cli/runCli.ts";
import { editorOf } from "../support/editorPage.ts";
import { answerDialogs, clickMenu, expect, projectFolder, test } from "../support/electronApp.ts";
import { writeMnistSlice } from "../support/mnistSlice.ts";

test("a trained net: opened, asked, edited, trained on from its weights, to the bits of the command line", async ({
  launcher,
}) => {
  test.setTimeout(180_000);
  const file = path.join(launcher.folder, "spiral.model.json");
  const first = path.join(launcher.folder, "first");
  const graph = "examples/spiral-bn.layerscope";
  expect((await runCli(["train", graph, "--epochs", "2", "--out", first])).code).toBe(0);
  expect((await runCli(["export", first, "--out", file])).code).toBe(0);
  const reached = JSON.parse(await readFile(path.join(first, "run.json"), "utf8"));

  const { app, page, problems } = await launcher.start();
  await answerDialogs(app, { open: file });
  await page.keyboard.press("Control+O");
  const editor = editorOf(page);
  await expect(editor.fileMenu()).toHaveText("spiral");
  await expect(editor.run.getByText("Trained net", { exact: true })).toBeVisible();
  await expect(editor.run.getByText("Starts from spiral.model.json", { exact: true })).toBeVisible();

  // It answers before anything is trained, with what it reached.
  await page.keyboard.press("Control+3");
  const bench = page.getByRole("main", { name: "Test bench" });
  await expect(bench.getByText(/^Of spiral\.model\.json, [\d,]+ steps/)).toBeVisible();
  await bench.getByRole("radio", { name: "Test set" }).click();
  const percent = (100 * reached.testAccuracy).toFixed(2).replace(/0$/, "");
  await expect(bench.getByText(new RegExp(`^${percent.replace(".", "\\.")}0?\\s%$`)).first()).toBeVisible();
  await page.keyboard.press("Control+1");

  // From initializers and back, in the run bar.
  await editor.button("Start from initializers").click();
  await expect(editor.run.getByText("Starts from initializers, not from spiral.model.json")).toBeVisible();
  await editor.button("Start from the net").click();

  // Trained on: the same as by the command line.
  await editor.inspector.getByRole("textbox", { name: "Epochs" }).fill("1");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Enter");
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 60_000 });
  await expect(editor.run.getByText("started from spiral.model.json", { exact: true })).toBeVisible();
  const second = path.join(launcher.folder, "second");
  expect((await runCli(["train", file, "--epochs", "1", "--out", second])).code).toBe(0);
  const runs = path.join(launcher.userDataFolder, "runs");
  const [runId = ""] = await readdir(runs);
  const own = JSON.parse(await readFile(path.join(runs, runId, "run.json"), "utf8"));
  const { weightsHash, lossesHash } = JSON.parse(await readFile(path.join(second, "run.json"), "utf8"));
  expect(own.ended).toMatchObject({ weightsHash, lossesHash });
  expect(own.started.from).toEqual({ name: "spiral.model.json", weightsHash: reached.weightsHash, anew: [] });

  // A damaged one is refused, and all stays as it was.
  await answerDialogs(app, { open: path.join(first, "run.json") });
  await clickMenu(app, "File", "Open…");
  await expect(page.getByText("run.json was not opened")).toBeVisible();
  await expect(editor.fileMenu()).toHaveText("spiral");
  expect(problems).toEqual([]);
});

test("after a kill an edited document comes back with the trained net that it came out of", async ({ launcher }) => {
  const first = path.join(launcher.folder, "first");
  expect((await runCli(["train", "examples/spiral-bn.layerscope", "--epochs", "1", "--out", first])).code).toBe(0);
  const file = path.join(launcher.folder, "spiral.model.json");
  await copyFile(path.join(first, "model.model.json"), file);
  const killed = await launcher.start({ args: [file] });
  const before = editorOf(killed.page);
  await expect(before.run.getByText("Starts from spiral.model.json", { exact: true })).toBeVisible();
  await before.inspector.getByRole("textbox", { name: "Epochs" }).fill("41");
  await killed.page.keyboard.press("Enter");
  const backups = path.join(launcher.userDataFolder, "backups");
  // What is being written lies beside it until it is whole.
  const whole = async () => (await readdir(backups).catch(() => [])).filter((name) => !name.endsWith(".tmp"));
  await expect.poll(async () => (await whole()).length).toBe(1);
  const ended = new Promise((resolve) => killed.childProcess.on("exit", resolve));
  killed.childProcess.kill("SIGKILL");
  await ended;

  const { page } = await launcher.start();
  const editor = editorOf(page);
  await expect(editor.inspector.getByRole("textbox", { name: "Epochs" })).toHaveValue("41");
  await expect(editor.run.getByText("Starts from spiral.model.json", { exact: true })).toBeVisible();
});

test("after a kill a document comes back with the trained net that was chosen for it", async ({ launcher }) => {
  const first = path.join(launcher.folder, "first");
  expect((await runCli(["train", "examples/spiral-bn.layerscope", "--epochs", "1", "--out", first])).code).toBe(0);
  const net = path.join(launcher.folder, "chosen.model.json");
  await copyFile(path.join(first, "model.model.json"), net);
  const file = path.join(launcher.folder, "mine.layerscope");
  await copyFile(path.join(projectFolder, "examples/spiral-bn.layerscope"), file);
  const killed = await launcher.start({ args: [file] });
  await answerDialogs(killed.app, { open: net });
  await clickMenu(killed.app, "Run", "Start from a trained net…");
  const before = editorOf(killed.page);
  await expect(before.run.getByText("Starts from chosen.model.json", { exact: true })).toBeVisible();
  await before.inspector.getByRole("textbox", { name: "Epochs" }).fill("41");
  await killed.page.keyboard.press("Enter");
  const backups = path.join(launcher.userDataFolder, "backups");
  const whole = async () => (await readdir(backups).catch(() => [])).filter((name) => !name.endsWith(".tmp"));
  await expect.poll(async () => (await whole()).length).toBe(1);
  await expect
    .poll(() => readFile(path.join(launcher.userDataFolder, "windows.json"), "utf8"))
    .toContain("chosen.model.json");
  const ended = new Promise((resolve) => killed.childProcess.on("exit", resolve));
  killed.childProcess.kill("SIGKILL");
  await ended;

  const { page } = await launcher.start();
  const editor = editorOf(page);
  await expect(editor.fileMenu()).toHaveAccessibleName("File menu of mine, unsaved changes");
  await expect(editor.inspector.getByRole("textbox", { name: "Epochs" })).toHaveValue("41");
  await expect(editor.run.getByText("Starts from chosen.model.json", { exact: true })).toBeVisible();
});

test("a run that has ended: the next one goes on from its weights, chosen in the list or in the palette", async ({
  launcher,
}) => {
  const { app, page, problems } = await launcher.start();
  await clickMenu(app, "File", "Open example", "spiral-bn");
  const editor = editorOf(page);
  const epochs = editor.inspector.getByRole("textbox", { name: "Epochs" });
  await epochs.fill("1");
  await epochs.press("Enter");
  await page.keyboard.press("Control+Enter");
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 20_000 });

  await page.keyboard.press("Control+5");
  const row = page.getByRole("grid", { name: "Runs" }).locator("[data-run]").first();
  const firstId = (await row.getAttribute("data-run")) ?? "";
  await row.focus();
  await page.keyboard.press("s");
  await expect(page.getByText("All 9 layers take their weights from it.")).toBeVisible();
  await expect(editor.run.getByText("Next starts from run spiral-bn", { exact: true })).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(editor.run.getByText("started from run spiral-bn", { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 20_000 });

  // On from there: the net of the run on screen.
  await page.keyboard.press("Control+K");
  await page.keyboard.type("this run's net");
  await page.keyboard.press("Enter");
  await expect(editor.run.getByText("Next starts from run spiral-bn", { exact: true })).toBeVisible();
  await page.keyboard.press("Control+Enter");
  await expect(editor.run).toContainText("run 3");
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible({ timeout: 20_000 });

  const runs = path.join(launcher.userDataFolder, "runs");
  const records = await Promise.all(
    (await readdir(runs)).map(async (runId) => JSON.parse(await readFile(path.join(runs, runId, "run.json"), "utf8"))),
  );
  const fromOf = (hash: string | undefined) =>
    records.find(({ started }) => started.from?.weightsHash === hash && hash !== undefined);
  const first = JSON.parse(await readFile(path.join(runs, firstId, "run.json"), "utf8"));
  expect(first.started.from).toBeUndefined();
  const second = fromOf(first.ended.weightsHash);
  expect(second?.started.from).toMatchObject({ name: "run spiral-bn", anew: [] });
  expect(fromOf(second?.ended.weightsHash)).toBeDefined();
  expect(problems).toEqual([]);
});

test("a study that starts from a trained net: its runs begin with the weights, and the net stays with it", async ({
  launcher,
}) => {
  const first = path.join(launcher.folder, "first");
  expect((await runCli(["train", "examples/spiral-bn.layerscope", "--epochs", "20", "--out", first])).code).toBe(0);
  const file = path.join(launcher.folder, "spiral.model.json");
  await copyFile(path.join(first, "model.model.json"), file);
  const { app, page, problems } = await launcher.start({ args: [file] });
  await expect(editorOf(page).run.getByText("Starts from spiral.model.json", { exact: true })).toBeVisible();
  await clickMenu(app, "Run", "New study…");
  const draft = page.getByRole("form", { name: "New study" });
  await expect(draft.getByRole("combobox", { name: "Runs start from" })).toHaveValue("net spiral.model.json");
  await expect(draft.getByText("All 9 layers take their weights from it.")).toBeVisible();
  const epochs = draft.getByRole("textbox", { name: "Epochs" });
  await epochs.fill("1");
  await epochs.press("Enter");
  await draft.getByRole("button", { name: "Start 5 runs" }).click();
  const column = page.getByRole("complementary", { name: "Study" });
  await expect(column.getByText("from spiral.model.json, in the layers that it fits")).toBeVisible();
  await expect(column.getByText("5 of 5")).toBeVisible({ timeout: 60_000 });

  const studies = path.join(launcher.userDataFolder, "studies");
  const [studyId = ""] = await readdir(studies);
  const study = path.join(studies, studyId);
  expect(await readFile(path.join(study, "start.model.json"), "utf8")).toBe(await readFile(file, "utf8"));
  const { weightsHash } = JSON.parse(await readFile(path.join(first, "run.json"), "utf8"));
  for (const id of await readdir(path.join(study, "runs"))) {
    const record = JSON.parse(await readFile(path.join(study, "runs", id, "run.json"), "utf8"));
    expect(record.started.from).toEqual({ name: "spiral.model.json", weightsHash, anew: [] });
  }

  // Once more, with the net that is kept with it.
  await page.getByRole("button", { name: /^More about/ }).click();
  await page.getByRole("menuitem", { name: "Change it and run again…" }).click();
  await expect(draft.getByRole("button", { name: "Start 5 runs" })).toBeEnabled();
  expect(problems).toEqual([]);
});

test("a long net opens: it is read beside the page, and its weights are shown before anything trains", async ({
  launcher,
}) => {
  const digits = path.join(launcher.folder, "digits");
  writeMnistSlice(digits, 200, 100);
  const example = JSON.parse(await readFile(path.join(projectFolder, "examples/mlp-bn.layerscope"), "utf8"));
  const [, fc1] = example.nodes;
  expect(fc1).toMatchObject({ id: "fc1", kind: "dense" });
  // Longer than one piece of those in which it comes to the page.
  fc1.params.units = 1500;
  const graph = path.join(launcher.folder, "long.layerscope");
  await writeFile(graph, JSON.stringify({ ...example, dataset: { source: "idx", directory: digits } }));
  const out = path.join(launcher.folder, "long");
  expect((await runCli(["train", graph, "--steps", "1", "--out", out])).code).toBe(0);
  const file = path.join(launcher.folder, "long.model.json");
  await copyFile(path.join(out, "model.model.json"), file);
  expect((await readFile(file)).length).toBeGreaterThan(5_000_000);
  const { app, page, problems } = await launcher.start({ args: [file] });
  await expect(editorOf(page).run.getByText("Starts from long.model.json", { exact: true })).toBeVisible();
  await page.keyboard.press("Control+2");
  const weights = page.getByRole("region", { name: "Weights of long.model.json" });
  await expect(weights.getByRole("row", { name: /^fc1 Weight 1,?500×784 1,176,000 / })).toBeVisible();
  await page.keyboard.press("Control+1");
  await editorOf(page).node("bn1").click();
  await expect(page.getByText(/^Of long\.model\.json, 1 step\. Train to see/)).toBeVisible();

  // And once more in pieces, for the document that is open.
  const other = path.join(launcher.folder, "other.model.json");
  await copyFile(file, other);
  await answerDialogs(app, { open: other });
  await page.keyboard.press("Control+K");
  await page.keyboard.type("start from a trained net");
  await page.keyboard.press("Enter");
  await expect(editorOf(page).run.getByText("Starts from other.model.json", { exact: true })).toBeVisible();
  expect(problems).toEqual([]);
});
