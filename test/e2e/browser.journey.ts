import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { test as base, chromium, expect, type Page } from "@playwright/test";
import { editorOf } from "../support/editorPage.ts";
import { projectFolder, watchForProblems } from "../support/electronApp.ts";

const systemChromium = "/usr/bin/chromium";

/** The page as `npm start -- --browser` serves it, in the system's Chromium. */
const test = base.extend<{ servedPage: Page }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from this pattern
  servedPage: async ({}, use) => {
    const { url, server } = await startServer();
    const browser = await chromium.launch({
      ...(existsSync(systemChromium) ? { executablePath: systemChromium } : {}),
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    const problems = watchForProblems(page);
    await page.goto(url);
    await use(page);
    await browser.close();
    server.kill();
    expect(problems, "errors in the page's console").toEqual([]);
  },
});

const startServer = async (): Promise<{ url: string; server: ChildProcess }> => {
  const script = path.join(projectFolder, "scripts/serve.mjs");
  const server = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    server.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(output);
      if (found) resolve(found[0]);
    });
    server.on("exit", () => reject(new Error(`The server ended: ${output}`)));
  });
  return { url, server };
};

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
