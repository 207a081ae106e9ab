/** Which Electron can run the app on this machine. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cachedElectronTestBinary, testElectronVersion } from "./electronTestBinary.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const packageFolder = path.join(root, "node_modules/electron");

/** The official binary is a download of about 115 MB. */
const MAX_DOWNLOAD_MS = 300_000;

const { version: officialVersion } = JSON.parse(readFileSync(path.join(packageFolder, "package.json"), "utf8"));

const executableIn = (folder) => {
  const names = { darwin: "Electron.app/Contents/MacOS/Electron", win32: "electron.exe" };
  const executable = path.join(folder, names[process.platform] ?? "electron");
  return existsSync(executable) ? executable : null;
};

/** The official binary, when Electron's install step has brought it. */
const installedElectron = () => {
  const folder = path.join(packageFolder, "dist");
  const versionFile = path.join(folder, "version");
  const isComplete = existsSync(versionFile) && readFileSync(versionFile, "utf8").replace(/^v/, "") === officialVersion;
  return isComplete ? executableIn(folder) : null;
};

/** Runs Electron's own install step. Returns why the binary can't be had, or null. */
const downloadElectron = () =>
  new Promise((resolve) => {
    const installScript = path.join(packageFolder, "install.js");
    const child = spawn(process.execPath, [installScript], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill();
    }, MAX_DOWNLOAD_MS);
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
    child.on("exit", (code) => {
      clearTimeout(timer);
      const firstLine = stderr.split("\n").find((line) => line.trim() !== "");
      if (timedOut) resolve(`it did not arrive within ${MAX_DOWNLOAD_MS / 60_000} minutes`);
      else if (code === 0 && installedElectron() !== null) resolve(null);
      else resolve(firstLine?.trim() ?? `its install step ended with exit code ${code}`);
    });
  });

/**
 * An Electron that runs the app: the one that ELECTRON_OVERRIDE_DIST_PATH names, the official one (downloaded if `download` says so), or
 * the test binary a test run has fetched. `problem` says why there is none.
 */
export async function findElectron({ download }) {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    const executable = executableIn(override);
    return executable === null
      ? { executable, problem: `ELECTRON_OVERRIDE_DIST_PATH names ${override}, where there is no Electron` }
      : { executable, problem: null };
  }
  const installed = installedElectron();
  if (installed !== null) return { executable: installed, problem: null };
  let problem = "it is not downloaded";
  if (download) {
    console.log(`Downloading Electron ${officialVersion} …`);
    problem = await downloadElectron();
    if (problem === null) return { executable: installedElectron(), problem: null };
  }
  const testBinary = cachedElectronTestBinary();
  if (testBinary !== null && download) {
    console.log(`Electron ${officialVersion} can't be had: ${problem}. Using the ${testElectronVersion} of the tests.`);
  }
  return testBinary === null
    ? { executable: null, problem: `Electron ${officialVersion} can't be had: ${problem}` }
    : { executable: executableIn(testBinary), problem: null };
}
