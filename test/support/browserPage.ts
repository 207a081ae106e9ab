/** The page as the browser version has it, served to the system's Chromium. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Browser, test as base, chromium, expect, type Page } from "@playwright/test";
import { projectFolder, watchForProblems } from "./electronApp.ts";

const systemChromium = "/usr/bin/chromium";

/** The page as `npm start -- --browser` serves it, in the system's Chromium; each test has a profile of its own. */
export const test = base.extend<
  { servedPage: Page; forgetfulPage: Page },
  { served: { readonly browser: Browser; readonly url: string } }
>({
  served: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from this pattern
    async ({}, use) => {
      const { url, server } = await startServer();
      const browser = await chromium.launch(launchOptions);
      await use({ browser, url });
      await browser.close();
      server.kill();
    },
    { scope: "worker" },
  ],
  servedPage: async ({ served: { browser, url } }, use) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const problems = watchForProblems(page);
    await page.goto(url);
    await use(page);
    await context.close();
    expect(problems, "errors in the page's console").toEqual([]);
  },
  /** In a browser whose user lets no page store anything. */
  forgetfulPage: async ({ served: { url } }, use) => {
    const profile = await mkdtemp(path.join(tmpdir(), "layerscope-profile-"));
    await mkdir(path.join(profile, "Default"));
    // 2: blocked. The setting's name is older than the other kinds of storage.
    const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
    await writeFile(path.join(profile, "Default", "Preferences"), JSON.stringify(preferences));
    const context = await chromium.launchPersistentContext(profile, launchOptions);
    const page = await context.newPage();
    const problems = watchForProblems(page);
    await page.goto(url);
    await use(page);
    await context.close();
    await rm(profile, { recursive: true, force: true });
    expect(problems, "errors in the page's console").toEqual([]);
  },
});

const launchOptions = {
  ...(existsSync(systemChromium) ? { executablePath: systemChromium } : {}),
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
};

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
