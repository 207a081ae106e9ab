import { readFile } from "node:fs/promises";
import { expect, type Page } from "@playwright/test";
import { test } from "../support/browserPage.ts";
import { editorOf, startNewDocument } from "../support/editorPage.ts";

test("the same page trains in a browser, with the engine in a worker", async ({ servedPage: page }) => {
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await page.getByRole("button", { name: /^Six dense layers with BatchNorm/ }).click();
  const editor = editorOf(page);
  await editor.button("Train").click();
  await expect(editor.run.getByText("Training", { exact: true })).toBeVisible();
  await expect(editor.node("bn1")).toContainText(/[−\d.]+\s*±\s*\d/);
  await editor.button("Stop").click();
  await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();

  const download = page.waitForEvent("download");
  await page.evaluate(() => {
    // As in a browser without file pickers, which no test can click.
    for (const name of ["showSaveFilePicker", "showOpenFilePicker"])
      delete (window as unknown as Record<string, unknown>)[name];
  });
  await editor.button("Export").click();
  const exported = await download;
  expect(exported.suggestedFilename()).toBe("mlp-bn.model.json");

  // What was exported opens again by a drop, and its weights answer before anything is trained.
  await page.evaluate(
    (text) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], "again.model.json"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    },
    await readFile(await exported.path(), "utf8"),
  );
  await expect(editor.run.getByText("Starts from again.model.json", { exact: true })).toBeVisible();
  await page.keyboard.press("Control+3");
  await expect(
    page.getByRole("main", { name: "Test bench" }).getByText(/^Of again\.model\.json, \d+ steps/),
  ).toBeVisible();

  // The run stays in this browser: a page that is loaded anew opens it with all that it measured, and its net.
  await page.reload();
  await page
    .getByRole("navigation", { name: "Finished runs" })
    .getByRole("button", { name: /^mlp-bn/ })
    .click();
  await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();
  await expect(editor.node("bn1")).toContainText(/[−\d.]+\s*±\s*\d/);
  await page.keyboard.press("Control+5");
  const rows = page.getByRole("grid", { name: "Runs" }).locator("[data-run]");
  await expect(rows).toHaveCount(1);
  await rows.first().click();
  await expect(page.getByRole("complementary", { name: "Selected runs" })).toContainText("the trained net");
  await page.keyboard.press("Delete");
  await expect(page.getByRole("heading", { name: "Runs are kept here" })).toBeVisible();
  await page.keyboard.press("Control+Z");
  await expect(rows).toHaveCount(1);
});

test("a page whose browser forgets its data keeps what is trained afterwards", async ({ servedPage: page }) => {
  const editor = editorOf(page);
  const trainAndStop = async () => {
    await editor.run.getByRole("button", { name: /^Train/ }).click();
    await expect(editor.node("bn1")).toContainText(/[−\d.]+\s*±\s*\d/);
    await editor.button("Stop").click();
    await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();
  };
  await page.getByRole("button", { name: /^Six dense layers with BatchNorm/ }).click();
  await trainAndStop();
  await page.keyboard.press("Control+5");
  const rows = page.getByRole("grid", { name: "Runs" }).locator("[data-run]");
  await expect(rows).toHaveCount(1);
  // As "Clear browsing data" does while the page is open.
  await page.evaluate(async () => {
    for (const { name = "" } of await indexedDB.databases()) {
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = () => resolve();
        request.onerror = () => reject(request.error);
        request.onblocked = () => reject(new Error(`${name} is held`));
      });
    }
  });
  await page.keyboard.press("Control+1");
  await trainAndStop();
  await page.keyboard.press("Control+5");
  await expect(rows).toHaveCount(1);
  await rows.first().click();
  await expect(page.getByRole("complementary", { name: "Selected runs" })).toContainText("the trained net");
});

/** The step up to which the only run that has not ended is kept; null: there is none. */
const keptStep = (page: Page): Promise<number | null> =>
  page.evaluate(
    () =>
      new Promise<number | null>((resolve, reject) => {
        const opened = indexedDB.open("layerscope.runs");
        opened.onerror = () => reject(opened.error);
        opened.onsuccess = () => {
          const found = opened.result.transaction("unfinished").objectStore("unfinished").getAll();
          found.onsuccess = () => {
            opened.result.close();
            resolve(found.result.length === 1 ? found.result[0].step : null);
          };
        };
      }),
  );

test("a run whose page was closed goes on in another one, with all that it had measured", async ({
  servedPage: page,
}) => {
  await page.getByRole("button", { name: /^LeNet with max pooling/ }).click();
  await editorOf(page).button("Train").click();
  await expect.poll(() => keptStep(page), { timeout: 60_000 }).toBeGreaterThan(12);
  await editorOf(page).button("Pause").click();
  await expect(editorOf(page).run.getByText("Paused", { exact: true })).toBeVisible();
  const shownAt = async (tab: Page, step: number): Promise<string> => {
    const slider = tab.getByRole("slider", { name: "Step shown" });
    await slider.focus();
    await tab.keyboard.press("Home");
    for (let at = 1; at < step; at += 1) await tab.keyboard.press("ArrowRight");
    await expect(slider).toHaveAttribute("aria-valuenow", String(step));
    await expect(editorOf(tab).node("bn1")).toContainText(/[−\d.]+\s*±\s*\d/);
    return (await editorOf(tab).node("bn1").innerText()) + (await editorOf(tab).timeline.innerText());
  };
  const live = await shownAt(page, 3);

  // While its page is there, no other tab offers to go on with it.
  const beside = await page.context().newPage();
  await beside.goto(page.url());
  await expect(beside.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await beside.waitForTimeout(1500);
  const unfinished = beside.getByRole("navigation", { name: "Unfinished runs" });
  await expect(unfinished).toBeHidden();
  page.on("dialog", (dialog) => void dialog.accept());
  await page.goto("about:blank");

  const kept = await keptStep(beside);
  await beside.reload();
  await expect(unfinished).toContainText(`step ${kept} of`);
  await unfinished.getByRole("button", { name: /^Resume lenet-bn-max/ }).click();
  const editor = editorOf(beside);
  await editor.button("Pause").click();
  await expect(editor.run.getByText("Paused", { exact: true })).toBeVisible();
  expect(await shownAt(beside, 3)).toEqual(live);
  await beside.getByRole("slider", { name: "Step shown" }).press("End");
  // It has trained on from there.
  const shown = async (): Promise<number> =>
    Number(await beside.getByRole("slider", { name: "Step shown" }).getAttribute("aria-valuenow"));
  await expect.poll(shown).toBeGreaterThan(kept ?? 0);
  await editor.button("Stop").click();
  await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();

  // It has come to its end, once.
  await beside.reload();
  await expect(
    beside.getByRole("navigation", { name: "Finished runs" }).getByRole("button", { name: /^lenet-bn-max/ }),
  ).toHaveCount(1);
  expect(await keptStep(beside)).toBeNull();
});

test("a tab that is loaded anew, or a new one after the browser was ended, has the unsaved changes", async ({
  servedPage: page,
}) => {
  const restored = (of: Page) => of.getByRole("status").filter({ hasText: "Restored unsaved changes" });
  await startNewDocument(page);
  await editorOf(page).layer("Input").click();
  await expect(editorOf(page).fileMenu()).toHaveAccessibleName("File menu of Untitled, unsaved changes");
  const asked: string[] = [];
  page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  await page.reload();
  await expect(restored(page)).toBeVisible();
  await expect(editorOf(page).node("input")).toBeVisible();
  expect(asked).toEqual(["beforeunload"]);

  // Another tab beside this one begins with the start page, one after it takes the document over.
  const newTab = async (from: Page): Promise<Page> => {
    const [tab] = await Promise.all([from.context().waitForEvent("page"), from.keyboard.press("Control+Shift+N")]);
    return tab;
  };
  const beside = await newTab(page);
  await expect(beside.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await page.goto("about:blank");
  const after = await newTab(beside);
  await expect(restored(after)).toBeVisible();
  await expect(editorOf(after).node("input")).toBeVisible();
});

test("a browser that lets the page store nothing shows it, says what is not kept, and trains", async ({
  forgetfulPage: page,
}) => {
  await expect(page.getByText(/^Settings, unsaved changes and runs end with this page: save documents/)).toBeVisible();
  // It is what Chromium does with "Don't allow sites to save data".
  await expect(page.evaluate(() => window.localStorage.length)).rejects.toThrow(/SecurityError/);
  await page.getByRole("button", { name: /^Spiral from tiny weights/ }).click();
  const editor = editorOf(page);
  await editor.button("Train").click();
  await expect(editor.run.getByText("Finished", { exact: true })).toBeVisible();
  await expect(editor.node("bn1")).toContainText(/±\s*\d/);
  // Not said again with every run.
  await expect(page.getByText("This run is not kept")).toHaveCount(0);
  await page.keyboard.press("Control+5");
  await expect(page.getByRole("heading", { name: "This browser keeps nothing here" })).toBeVisible();
  await page.keyboard.press("Control+4");
  await page.getByRole("button", { name: /^16 initial scales, with and without BatchNorm/ }).click();
  await page
    .getByRole("button", { name: /^(Start|Train)/ })
    .last()
    .click();
  await expect(page.getByText(/The browser keeps no studies/)).toBeVisible();
});

test("the server serves this machine and nothing beside the page", async ({ servedPage: page }) => {
  const { origin } = new URL(page.url());
  for (const path of [
    "/../package.json",
    "/%2e%2e/package.json",
    "/data/mnist/..%2f..%2fpackage.json",
    "/nothing.js",
  ]) {
    const response = await page.request.get(origin + path);
    expect(response.status(), path).toBe(404);
  }
  const response = await page.request.get(`${origin}/`);
  expect(response.headers()["content-security-policy"]).toContain("default-src 'none'");
  const foreign = await page.request.get(`${origin}/`, { headers: { Host: "example.org" } });
  expect(foreign.status()).toBe(403);
});
