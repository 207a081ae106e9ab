import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { editorOf } from "../support/editorPage.ts";
import { projectFolder, watchForProblems } from "../support/electronApp.ts";
import { launchElectron } from "../support/launchElectron.js";

const execute = promisify(execFile);

const executables: Readonly<Record<string, string>> & { readonly linux: string } = {
  linux: "linux-unpacked/layerscope",
  win32: "win-unpacked/layerscope.exe",
  darwin: `${process.arch === "arm64" ? "mac-arm64" : "mac"}/Layerscope.app/Contents/MacOS/layerscope`,
};

test("the packaged app starts from its archive and trains", async () => {
  await execute(process.execPath, [path.join(projectFolder, "scripts/package.mjs"), "--test"]);
  const executablePath = path.join(projectFolder, "release", executables[process.platform] ?? executables.linux);
  expect(existsSync(executablePath)).toBe(true);

  const userDataFolder = test.info().outputPath("userData");
  const flags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const app = await launchElectron({ executablePath, args: [...flags, `--user-data-dir=${userDataFolder}`] });
  const page = await app.firstWindow();
  const problems = watchForProblems(page);
  expect(await app.evaluate(({ app: electronApp }) => electronApp.isPackaged)).toBe(true);
  await page.getByRole("button", { name: /^Six dense layers with BatchNorm/ }).click();
  const editor = editorOf(page);
  await editor.button("Train").click();
  await expect(editor.node("bn1")).toContainText(/[−\d.]+\s*±\s*\d/);
  await editor.button("Stop").click();
  await expect(editor.run.getByText("Stopped", { exact: true })).toBeVisible();
  // What it learnt stays with its run: closing asks nothing.
  const closed = app.waitForEvent("close");
  await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await closed;
  expect(problems).toEqual([]);
});
