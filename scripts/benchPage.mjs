/**
 * Measures the desktop app as a user has it: a real Electron trains an example while keys and the mouse are at work on its canvas.
 *
 *   npm run bench:page [-- --net lenet-bn-max] [--seconds 8] [--starts 5] [--json]
 *
 * It reports from input to next paint, samples a second beside those of the command line (A B A: command line, app, command line) while
 * the window is watched, hidden and used, from Train to the first step on screen, and what each process and all other programs take of
 * the machine. With others at work on the same cores its figures say little: training gives way to them.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { _electron } from "@playwright/test";
import { build } from "./build.mjs";
import { findElectron } from "./findElectron.mjs";
import { startVirtualDisplay } from "./virtualDisplay.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
  options: {
    net: { type: "string", default: "lenet-bn-max" },
    seconds: { type: "string", default: "8" },
    starts: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(options.seconds);

const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
};
const median = (values) => quantile(values, 0.5);
const summary = (values) => ({
  count: values.length,
  p50: Math.round(median(values)),
  p95: Math.round(quantile(values, 0.95)),
});
/** Processor time of the whole machine, in ms of a core. */
const machineTime = () => {
  const sum = (pick) => os.cpus().reduce((total, { times }) => total + pick(times), 0);
  const busy = sum(({ user, nice, sys, irq }) => user + nice + sys + irq);
  return { busy, all: busy + sum(({ idle }) => idle) };
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Samples a second of the command line on the same document, training only. */
function measureCommandLine() {
  const document = path.join(root, `examples/${options.net}.layerscope`);
  const args = ["bin/layerscope.mjs", "train", document, "--dataset", "mnist", "--epochs", "1", "--json"];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`layerscope train ended with ${status}: ${stderr}`);
  const epoch = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .find(({ event }) => event === "epoch");
  return epoch.samplesPerSecond;
}

/** Runs in the page: remembers when Train was pressed and when a step was first on screen, and every input's way to its paint. */
function watchPage() {
  const watch = { pressedAt: null, steppedAt: null, inputs: [], numInputs: 0, moves: [], tasks: [] };
  window.layerscopeWatch = watch;
  addEventListener(
    "click",
    (event) => {
      const name = event.target.closest?.("button")?.textContent;
      if (name !== "Train") return;
      watch.pressedAt = event.timeStamp;
      watch.steppedAt = null;
      const look = () => {
        const text = document.querySelector(".run-bar-number")?.textContent ?? "0";
        if (text === "0") requestAnimationFrame(look);
        else watch.steppedAt = performance.now();
      };
      // The number of the last run stands there until the next one is accepted.
      requestAnimationFrame(look);
    },
    true,
  );
  // Keys, presses and releases: the browser's own measure, to the presentation of the next frame. It lists what takes 16 ms or more.
  const kinds = ["keydown", "pointerdown", "pointerup"];
  for (const kind of kinds) addEventListener(kind, () => watch.numInputs++, true);
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (kinds.includes(name)) watch.inputs.push([name, duration]);
  }).observe({ type: "event", durationThreshold: 16 });
  // Moves and wheels are not listed there: from the event to the task after the frame that it led to.
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  port1.onmessage = () => {
    const now = performance.now();
    for (const at of waiting.splice(0)) watch.moves.push(now - at);
  };
  for (const type of ["pointermove", "wheel"]) {
    addEventListener(type, ({ timeStamp }) => {
      requestAnimationFrame(() => {
        waiting.push(timeStamp);
        port2.postMessage(null);
      });
    });
  }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watch.tasks.push(duration);
  }).observe({ type: "longtask" });
}

const shownStep = (page) =>
  page.evaluate(() => Number(document.querySelector(".run-bar-number")?.textContent?.replaceAll(",", "") ?? 0));

/** Steps a second on screen, and the share of the machine that each process has, over some time in which `during` is at work. */
async function measureStretch(app, page, during) {
  const metrics = () =>
    app.evaluate(({ app: electronApp }) =>
      electronApp.getAppMetrics().map(({ type, name, cpu }) => ({ name: name ?? type, percent: cpu.percentCPUUsage })),
    );
  await metrics();
  const before = machineTime();
  const [first, startedAt] = [await shownStep(page), performance.now()];
  await during();
  const [last, endedAt] = [await shownStep(page), performance.now()];
  const after = machineTime();
  const processes = (await metrics()).filter(({ percent }) => percent >= 0.5);
  // Electron gives percents of the whole machine.
  const own = processes.reduce((sum, { percent }) => sum + percent, 0);
  const busy = (100 * (after.busy - before.busy)) / (after.all - before.all);
  return {
    stepsPerSecond: (1000 * (last - first)) / (endedAt - startedAt),
    processes: processes.map(({ name, percent }) => ({ name, percent: Math.round(10 * percent) / 10 })),
    othersPercent: Math.round(Math.max(0, busy - own)),
  };
}

const openExample = async (app, page) => {
  await page.getByRole("heading", { name: "Layerscope" }).waitFor();
  await app.evaluate(({ Menu }, label) => {
    const submenu = (items, name) => items.find((item) => item.label.replace("&", "") === name).submenu.items;
    const examples = submenu(submenu(Menu.getApplicationMenu().items, "File"), "Open example");
    examples.find((item) => item.label === label).click();
  }, options.net);
  await page.getByRole("button", { name: `File menu of ${options.net}` }).waitFor();
  await sleep(1500);
};

const showWindow = (app, shown) =>
  app.evaluate(({ BrowserWindow }, on) => {
    const [window] = BrowserWindow.getAllWindows();
    if (on) window.show();
    else window.hide();
  }, shown);

/** What the trainer does when nothing is drawn. */
async function measureHidden(app, page) {
  await showWindow(app, false);
  await sleep(1500);
  const hidden = await measureStretch(app, page, () => sleep(1000 * seconds));
  await showWindow(app, true);
  await sleep(1500);
  return hidden;
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Keys on the canvas and the timeline, clicks on nodes, drags and wheel turns, one after another as a hand makes them. */
async function useInputs(page, until) {
  const nodes = await page.locator(".react-flow__node").all();
  const boxes = (await Promise.all(nodes.slice(0, 8).map((node) => node.boundingBox()))).filter(Boolean);
  const pane = await page.locator(".react-flow__pane").boundingBox();
  const empty = { x: pane.x + 24, y: pane.y + pane.height / 2 };
  for (let round = 0; performance.now() < until; round += 1) {
    const box = boxes[round % boxes.length];
    await page.mouse.click(box.x + box.width / 2, box.y + 12);
    await sleep(120);
    for (const key of ["ArrowDown", "ArrowUp", "Tab", "Escape"]) {
      await page.keyboard.press(key);
      await sleep(60);
    }
    await page.mouse.move(empty.x, empty.y);
    await page.mouse.down();
    for (const dy of [10, 20, 10, 0]) {
      await page.mouse.move(empty.x, empty.y + dy);
      await sleep(30);
    }
    await page.mouse.up();
    await page.mouse.wheel(0, round % 2 === 0 ? 40 : -40);
    await sleep(100);
  }
}

async function measureStart(page) {
  await button(page, "Train").click();
  await page.waitForFunction(() => window.layerscopeWatch.steppedAt !== null, null, { timeout: 30_000 });
  return page.evaluate(() => window.layerscopeWatch.steppedAt - window.layerscopeWatch.pressedAt);
}

async function stop(page) {
  await button(page, "Stop").click();
  await button(page, "Train").waitFor();
  // What a finished run makes ready for the next one.
  await sleep(2500);
}

async function measureApp(executable, env) {
  const userData = await mkdtemp(path.join(os.tmpdir(), "layerscope-bench-"));
  const flags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const app = await _electron.launch({
    executablePath: executable,
    args: [...flags, `--user-data-dir=${userData}`, root],
    cwd: root,
    env,
  });
  try {
    const page = await app.firstWindow();
    await openExample(app, page);
    await page.evaluate(watchPage);
    const batchSize = Number(await page.getByRole("textbox", { name: "Batch size" }).inputValue());
    const starts = [];
    for (let count = 0; count < Number(options.starts); count += 1) {
      starts.push(await measureStart(page));
      await sleep(300);
      await stop(page);
    }
    await measureStart(page);
    await sleep(1500);
    const watched = await measureStretch(app, page, () => sleep(1000 * seconds));
    await page.evaluate(() => {
      Object.assign(window.layerscopeWatch, { inputs: [], numInputs: 0, moves: [], tasks: [] });
    });
    const used = await measureStretch(app, page, () => useInputs(page, performance.now() + 1000 * seconds));
    const { inputs, numInputs, moves, tasks } = await page.evaluate(() => window.layerscopeWatch);
    // Another run: one is over after some 40 s.
    await stop(page);
    await measureStart(page);
    const hidden = await measureHidden(app, page);
    return { batchSize, starts, watched, hidden, used, inputs, numInputs, moves, tasks };
  } finally {
    await app.evaluate(({ app: electronApp }) => electronApp.exit(0)).catch(() => undefined);
    await app.close().catch(() => undefined);
    await rm(userData, { recursive: true, force: true });
  }
}

await build();
const { executable, problem } = await findElectron({ download: false });
if (executable === null) throw new Error(`${problem}. Run the journeys once: they fetch one (npm run test:e2e).`);
const display = await startVirtualDisplay();
try {
  const before = measureCommandLine();
  const app = await measureApp(executable, { ...process.env, ...display.env });
  const after = measureCommandLine();
  const listed = app.inputs.map(([, duration]) => duration);
  const unlisted = Array.from({ length: Math.max(0, app.numInputs - listed.length) }, () => 16);
  const result = {
    event: "benchPage",
    net: options.net,
    othersPercent: {
      watched: app.watched.othersPercent,
      hidden: app.hidden.othersPercent,
      used: app.used.othersPercent,
    },
    commandLine: Math.round((before + after) / 2),
    watched: Math.round(app.watched.stepsPerSecond * app.batchSize),
    hidden: Math.round(app.hidden.stepsPerSecond * app.batchSize),
    used: Math.round(app.used.stepsPerSecond * app.batchSize),
    startMs: Math.round(median(app.starts)),
    startsMs: app.starts.map(Math.round),
    inputToPaintMs: summary([...listed, ...unlisted]),
    inputToPaintMsBy: Object.fromEntries(
      [...new Set(app.inputs.map(([name]) => name))].map((name) => [
        name,
        summary(app.inputs.flatMap(([other, duration]) => (other === name ? [duration] : []))),
      ]),
    ),
    moveToPaintMs: summary(app.moves),
    longTasks: app.tasks.length,
    processes: app.watched.processes,
    hiddenProcesses: app.hidden.processes,
  };
  console.log(JSON.stringify(result, null, options.json ? 0 : 2));
} finally {
  display.stop();
}
