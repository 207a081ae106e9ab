import { expect } from "@playwright/test";
import { test } from "../support/browserPage.ts";
import { editorOf } from "../support/editorPage.ts";

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
  expect((await download).suggestedFilename()).toMatch(/\.model\.json$/);
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
