/**
 * Ends the real app with `kill -9` at random moments of starting, editing and saving, starts it again, and looks what is left.
 *
 *   npm run test:kill [-- --kills 100] [--seed 1]
 *
 * Every edit sets the document's epochs to the next number, so what is left tells which edits it has. The user's file must hold the last
 * save that was acknowledged or the one under way, to the byte; what the app shows after a kill must be at most 2 s of editing behind.
 */
import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "../scripts/build.mjs";
import { findElectron } from "../scripts/findElectron.mjs";
import { startVirtualDisplay } from "../scripts/virtualDisplay.mjs";
import { launchElectron } from "./support/launchElectron.js";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
  options: { kills: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
});
const numKills = Number(options.kills);
const ALLOWED_LOSS_MS = 2000;
/** Of the kills, those that come while the app starts. */
const STARTING_SHARE = 0.15;
const WAIT_MS = 60_000;

/** Mulberry32: the same seed, the same edits, saves and waits; what they meet is the machine's. */
let randomState = Number(options.seed);
const random = () => {
  randomState = (randomState + 0x6d2b79f5) | 0;
  let t = Math.imul(randomState ^ (randomState >>> 15), 1 | randomState);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const between = (low, high) => low + random() * (high - low);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const folder = mkdtempSync(path.join(os.tmpdir(), "layerscope-kill-"));
const file = path.join(folder, "net.layerscope");
copyFileSync(path.join(root, "examples/mlp-bn.layerscope"), file);
const template = readFileSync(file, "utf8");
const textWith = (epochs) => template.replace(/"epochs": \d+/, `"epochs": ${epochs}`);
const epochsIn = (text) => JSON.parse(text).training.epochs;

/** Of the edit made last, whether it was lost or not. */
let lastNumber = epochsIn(template);
/** Numbers of edits in order, each with the time just before it was made; the document begins with the first. */
const edits = [{ number: lastNumber, at: 0 }];
/** What the file may hold: the last save that was acknowledged, and one that may be under way. */
let acknowledged = edits[0].number;
let underWay = null;

await build({ targets: ["kernels", "renderer", "electron"] });
const { executable, problem } = await findElectron({ download: false });
if (executable === null) throw new Error(problem ?? "There is no Electron.");
const display = process.env.DISPLAY ? { env: process.env, stop: () => undefined } : await startVirtualDisplay();
const flags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const args = [...flags, `--user-data-dir=${path.join(folder, "userData")}`, root, file];
const env = Object.fromEntries(Object.entries(display.env).filter(([, value]) => value !== undefined));

const ended = (child) =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", resolve);
  });
const killHard = async (child) => {
  child.kill("SIGKILL");
  await ended(child);
};

const start = async () => {
  const app = await launchElectron({ executablePath: executable, args, cwd: root, env });
  const page = await app.firstWindow({ timeout: WAIT_MS });
  await page.getByRole("button", { name: /^File menu of net/ }).waitFor({ timeout: WAIT_MS });
  const epochs = page.getByRole("complementary", { name: "Inspector" }).getByRole("textbox", { name: "Epochs" });
  return { child: app.process(), app, page, epochs };
};

/** Edits and saves until the app is gone. */
const work = async ({ page, epochs }) => {
  // Some save all the time and some hardly ever: a save is a backup, too.
  const saveShare = random() < 0.5 ? 0.03 : 0.3;
  for (;;) {
    lastNumber += 1;
    const number = lastNumber;
    await epochs.fill(String(number));
    edits.push({ number, at: Date.now() });
    await page.keyboard.press("Enter");
    if (random() < saveShare) {
      underWay = number;
      await page.keyboard.press("Control+S");
      // Edits may come while a save is under way; its acknowledgement must be of this one.
      await page.getByRole("button", { name: "File menu of net", exact: true }).waitFor({ timeout: WAIT_MS });
      acknowledged = number;
      underWay = null;
    }
    await pause(between(0, 300));
  }
};

let lost = 0;
let worstMs = 0;
/** Compares what is left with what was done until `killedAt`. Returns the app, started again. */
const lookAt = async (killedAt) => {
  const text = readFileSync(file, "utf8");
  const allowed = [acknowledged, underWay].filter((number) => number !== null);
  const held = allowed.find((number) => textWith(number) === text);
  if (held === undefined) {
    lost += 1;
    console.error(`The file has ${text.length} characters and is none of the saves ${allowed.join(", ")}.`);
  } else {
    acknowledged = held;
  }
  underWay = null;
  const running = await start();
  const shown = Number(await running.epochs.inputValue());
  const index = edits.findIndex(({ number }) => number === shown);
  if (index === -1) {
    lost += 1;
    console.error(`The app shows edit ${shown}, which was never made.`);
  } else {
    const next = edits[index + 1];
    const lossMs = next === undefined ? 0 : Math.max(0, killedAt - next.at);
    worstMs = Math.max(worstMs, lossMs);
    if (lossMs > ALLOWED_LOSS_MS) console.error(`${(lossMs / 1000).toFixed(2)} s of edits are lost.`);
    // What is lost is not made again: the next edit has a new number.
    edits.splice(index + 1);
  }
  return running;
};

try {
  let running = await start();
  for (let kill = 1; kill <= numKills; kill += 1) {
    let killedAt;
    const working = work(running).catch((error) => {
      if (killedAt === undefined) throw error;
    });
    await Promise.race([pause(between(100, 6000)), working]);
    killedAt = Date.now();
    await killHard(running.child);
    await working;
    if (random() < STARTING_SHARE && kill < numKills) {
      // Once more, before the app has shown what the last kill left.
      const child = spawn(executable, args, { cwd: root, env, stdio: "ignore" });
      await pause(between(50, 2500));
      await killHard(child);
      kill += 1;
    }
    running = await lookAt(killedAt);
    if (kill % 10 === 0) console.log(`${kill} of ${numKills}: worst loss so far ${(worstMs / 1000).toFixed(2)} s`);
  }
  await killHard(running.child);
} finally {
  // Processes of the app that was killed may be writing still.
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  display.stop();
}
console.log(`${numKills} kills: ${lost} files lost, worst loss ${(worstMs / 1000).toFixed(2)} s`);
process.exit(lost === 0 && worstMs <= ALLOWED_LOSS_MS ? 0 : 1);
