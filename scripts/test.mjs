/**
 * Runs every test: unit and property tests by Vitest, at the same time the journeys by Playwright in a real Electron and in Chromium.
 * The last line is `N passed, N failed`. A part that could not run counts as one failure.
 *
 *   npm test [-- --only unit|e2e] [FILTER …]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { electronTestBinary } from "./electronTestBinary.mjs";
import { findElectron } from "./findElectron.mjs";
import { installSystemPackages } from "./systemPackages.mjs";
import { startVirtualDisplay } from "./virtualDisplay.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const resultsFolder = path.join(root, "test-results");
const inBin = (name) => path.join(root, "node_modules/.bin", name);

const args = process.argv.slice(2);
const onlyIndex = args.indexOf("--only");
const only = onlyIndex === -1 ? null : args[onlyIndex + 1];
const filters = args.filter((_, index) => onlyIndex === -1 || (index !== onlyIndex && index !== onlyIndex + 1));

/** Runs a command to its end. Its output goes to `print`, by default where this program's goes. */
const run = (command, commandArgs, { env = process.env, print = null, priority = 0 } = {}) =>
  new Promise((resolve, reject) => {
    const stdio = print === null ? "inherit" : ["inherit", "pipe", "pipe"];
    const child = spawn(command, commandArgs, { cwd: root, stdio, env });
    if (priority !== 0 && child.pid !== undefined) os.setPriority(child.pid, priority);
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", print);
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(signal === null ? code : 1));
  });

/** The counts of a part. Whatever ended badly without a failed test counts as one failure. */
const tally = (name, exitCode, passed, failed) => {
  if (exitCode === 0 && passed + failed > 0) return { name, passed, failed };
  if (passed + failed === 0) console.error(`${name}: no test ran.`);
  return { name, passed, failed: Math.max(1, failed) };
};

const readReport = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null);

async function unitTests(priority) {
  const file = path.join(resultsFolder, "unit.json");
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const exitCode = await run(inBin("vitest"), ["run", ...reporters, ...filters], { priority });
  const report = readReport(file);
  return tally("Unit tests", exitCode, report?.numPassedTests ?? 0, report?.numFailedTests ?? 0);
}

async function journeys(print) {
  const packagesProblem = installSystemPackages();
  if (packagesProblem !== null) throw new Error(packagesProblem);
  const found = await findElectron({ download: false });
  const electronFolder =
    found.executable === null || process.platform !== "linux"
      ? await electronTestBinary()
      : path.dirname(found.executable);
  const display = await startVirtualDisplay();
  const file = path.join(resultsFolder, "e2e.json");
  rmSync(file, { force: true });
  try {
    const env = { ...process.env, ...display.env, ELECTRON_OVERRIDE_DIST_PATH: electronFolder };
    const exitCode = await run(inBin("playwright"), ["test", ...filters], { env, print });
    const stats = readReport(file)?.stats;
    return tally("Journeys", exitCode, stats?.expected ?? 0, (stats?.unexpected ?? 0) + (stats?.flaky ?? 0));
  } finally {
    display.stop();
  }
}

/** Runs a part; a part that throws has failed once. */
async function part(name, runPart) {
  try {
    return await runPart();
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    return { name, passed: 0, failed: 1 };
  }
}

if (only !== null && only !== "unit" && only !== "e2e") {
  console.error(`--only takes unit or e2e, not "${only}".`);
  process.exit(2);
}
mkdirSync(resultsFolder, { recursive: true });
const parts = [];
try {
  await build();
  if (only === null) {
    // Journeys wait for pictures more than they compute: unit tests take what they leave of the cores, with the priority of the trainers
    // there. They print once those have ended.
    const held = [];
    let print = (chunk) => held.push(chunk);
    const unit = part("Unit tests", () => unitTests(os.constants.priority.PRIORITY_LOW));
    const journey = part("Journeys", () => journeys((chunk) => print(chunk)));
    parts.push(await unit);
    print = (chunk) => process.stdout.write(chunk);
    for (const chunk of held) print(chunk);
    parts.push(await journey);
  } else {
    parts.push(
      only === "unit" ? await part("Unit tests", () => unitTests(0)) : await part("Journeys", () => journeys(null)),
    );
  }
} catch (error) {
  console.error(`Build: ${error instanceof Error ? error.message : error}`);
  parts.push({ name: "Build", passed: 0, failed: 1 });
}

for (const { name, passed, failed } of parts) console.log(`${name}: ${passed} passed, ${failed} failed`);
const sum = (key) => parts.reduce((total, counts) => total + counts[key], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
