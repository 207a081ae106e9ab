import path from "node:path";
import { clickLast, clickMenu, expect, projectFolder, test } from "../support/electronApp.ts";

const example = path.join(projectFolder, "examples/mlp-bn.layerscope");

test("the app opens a window on its start page, isolated from everything else", async ({ launcher }) => {
  const { page } = await launcher.start();
  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Application menu" })).toBeVisible();
  expect(await page.evaluate(() => location.origin)).toBe("layerscope://app");
  const found = await page.evaluate(() => ({
    isolated: crossOriginIsolated,
    sharedMemory: typeof SharedArrayBuffer,
    require: "require" in window,
    process: "process" in window,
  }));
  expect(found).toEqual({ isolated: true, sharedMemory: "function", require: false, process: false });
});

test("the examples tell how long they take on this computer before anything was trained on it", async ({
  launcher,
}) => {
  const { page } = await launcher.start();
  const cards = ["LeNet with BatchNorm", "Six dense layers with BatchNorm", "Spiral from tiny weights"];
  for (const name of cards) {
    await expect(page.getByRole("button", { name: new RegExp(`^${name}`) })).toContainText(/about \d+:\d\d/);
  }
  await page.getByRole("button", { name: /^LeNet with BatchNorm/ }).click();
  await expect(page.getByText(/^about .* a step, .* in all$/)).toBeVisible();
});

test("the page runs no code but its own and goes nowhere", async ({ launcher }) => {
  const { app, page, problems } = await launcher.start();
  await expect(page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  const refused = await page.evaluate(async () => {
    const directives: string[] = [];
    document.addEventListener("securitypolicyviolation", (event) => directives.push(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
    const style = document.createElement("style");
    style.textContent = "body { display: none }";
    document.head.append(style);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { injected: "injected" in window, hidden: getComputedStyle(document.body).display === "none", directives };
  });
  expect(refused.injected).toBe(false);
  expect(refused.hidden).toBe(false);
  expect(refused.directives).toEqual(expect.arrayContaining(["script-src-elem", "style-src-elem"]));

  const url = page.url();
  expect(await page.evaluate(() => window.open("https://example.org/") === null)).toBe(true);
  await page.evaluate(() => {
    location.href = "https://example.org/";
  });
  await page.waitForTimeout(200);
  expect(page.url()).toBe(url);
  expect(await app.windows()).toHaveLength(1);
  // The browser reports each refusal on the console; that is what this test is about.
  (problems as string[]).splice(0);
});

test("the window's own buttons work", async ({ launcher }) => {
  const { childProcess, page } = await launcher.start();
  const exitCode = new Promise((resolve) => childProcess.on("exit", resolve));
  await clickLast(page.getByRole("button", { name: "Close the window" }));
  expect(await exitCode).toBe(0);
});

test("a document on the command line opens", async ({ launcher }) => {
  const { page } = await launcher.start({ args: [example] });
  await expect(page.getByRole("button", { name: "File menu of mlp-bn" })).toBeVisible();
});

test("recent files and the theme outlive the app", async ({ launcher }) => {
  const first = await launcher.start({ args: [example] });
  await expect(first.page.getByRole("button", { name: "File menu of mlp-bn" })).toBeVisible();
  const themeBefore = await first.page.evaluate(() => document.documentElement.dataset.theme ?? "");
  await clickMenu(first.app, "View", "Switch light and dark");
  await expect
    .poll(() => first.page.evaluate(() => document.documentElement.dataset.theme ?? ""))
    .not.toBe(themeBefore);
  const theme = await first.page.evaluate(() => document.documentElement.dataset.theme);
  await first.app.close();

  const second = await launcher.start();
  await expect(second.page.getByRole("heading", { name: "Layerscope" })).toBeVisible();
  expect(await second.page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme);
  await clickMenu(second.app, "File", "Open recent", `mlp-bn.layerscope – ${path.dirname(example)}`);
  await expect(second.page.getByRole("button", { name: "File menu of mlp-bn" })).toBeVisible();
});
