/**
 * Measures the page's main thread while 200 nodes train and a hand pans and drags: a real Electron, a real run, real input, Chromium's own
 * trace.
 *
 *   npm run bench:canvas [-- --seconds 6] [--blocks 66] [--json] [--trace FOLDER] [--only pan]
 *
 * Work of a frame: what the page's main thread does from the start of one frame to that of the next, by the trace's tasks; on the clock,
 * where other programs may have had the core meanwhile, and as processor time of the thread. Frames in which the hand moved are given apart, too: a
 * real mouse moves in nearly each, while here some come between two moves, and cost next to nothing. Frames drawn: what the compositor drew a
 * second, here without a graphics card. `--trace` keeps the traces, for chrome://tracing.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
    seconds: { type: "string", default: "6" },
    blocks: { type: "string", default: "66" },
    json: { type: "boolean", default: false },
    trace: { type: "string" },
    only: { type: "string", default: "" },
  },
});
const seconds = Number(options.seconds);
const numBlocks = Number(options.blocks);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
const summary = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const round = (value) => Math.round(10 * value) / 10;
  return { p50: round(quantile(sorted, 0.5)), p95: round(quantile(sorted, 0.95)), max: round(sorted.at(-1) ?? 0) };
};

/** Input, blocks of Dense, BatchNorm and ReLU, Dense and Output, in columns; trained on a spiral without an end. */
async function stressDocument() {
  const example = JSON.parse(await readFile(path.join(root, "examples/spiral-bn.layerscope"), "utf8"));
  const byKind = (kind) => example.nodes.find((node) => node.kind === kind);
  const [input, output] = [byKind("input"), byKind("output")];
  const ids = [];
  const make = (node, id) => ({ ...node, id, name: id });
  const inner = [];
  for (let block = 1; block <= numBlocks; block += 1) {
    inner.push(
      make(byKind("dense"), `fc${block}`),
      make(byKind("batchNorm"), `bn${block}`),
      make(byKind("relu"), `relu${block}`),
    );
  }
  const last = make(byKind("dense"), "classes");
  last.params = { ...last.params, units: 3 };
  const all = [input, ...inner.slice(0, numBlocks * 3 - 1), last, output];
  const nodes = all.map((node, index) => {
    ids.push(node.id);
    return { ...node, position: { x: 300 * Math.floor(index / 14), y: 118 * (index % 14) } };
  });
  const edges = ids
    .slice(1)
    .map((id, index) => ({ from: { node: ids[index], port: "out" }, to: { node: id, port: "in" } }));
  const training = { ...example.training, epochs: 100_000 };
  return { ...example, nodes, edges, training, notes: "" };
}

const CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline", "viz"];

/** What the trace says of the page's main thread. */
async function readTrace(file) {
  const { traceEvents } = JSON.parse(await readFile(file, "utf8"));
  const main = traceEvents.find(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const own = traceEvents.filter(({ pid, tid }) => pid === main.pid && tid === main.tid);
  const complete = own.filter(({ ph, dur }) => ph === "X" && dur !== undefined);
  const tasks = complete.filter(({ name }) => name === "RunTask").sort((a, b) => a.ts - b.ts);
  const starts = complete
    .filter(({ name }) => name === "Commit")
    .map(({ ts }) => ts)
    .sort((a, b) => a - b);
  const wall = starts.slice(1).map(() => 0);
  const cpu = starts.slice(1).map(() => 0);
  const timesOf = (type) =>
    complete
      .filter(({ name, args }) => name === "EventDispatch" && args.data.type === type)
      .map(({ ts }) => ts)
      .sort((a, b) => a - b);
  // What is done before the hand takes something up and after it has let it go belongs to the scene of rest.
  const [pressed, released] = [timesOf("pointerdown")[0] ?? 0, timesOf("pointerup").at(-1) ?? Number.POSITIVE_INFINITY];
  const isInScene = (index) => starts[index + 1] >= pressed && starts[index] <= released;
  const moves = timesOf("pointermove");
  const hasMove = new Set();
  let [frame, move] = [0, 0];
  for (const { ts, dur, tdur } of tasks) {
    // A frame ends inside of the task that commits it.
    const end = ts + dur;
    if (end < starts[0]) continue;
    while (frame < wall.length && starts[frame + 1] <= end) frame += 1;
    if (frame >= wall.length) break;
    while (moves[move] < ts) move += 1;
    if (moves[move] <= end) hasMove.add(frame);
    wall[frame] += dur / 1000;
    cpu[frame] += (tdur ?? 0) / 1000;
  }
  const drawn = traceEvents
    .filter(({ name, ts }) => name === "Display::DrawAndSwap" && ts >= pressed && ts <= released)
    .map(({ ts }) => ts);
  const span = (Math.max(...drawn) - Math.min(...drawn)) / 1e6;
  const frames = wall.map((_, index) => index).filter(isInScene);
  const moved = frames.filter((index) => hasMove.has(index));
  return {
    frames: frames.length,
    workMs: summary(frames.map((index) => wall[index])),
    processorMs: summary(frames.map((index) => cpu[index])),
    numMoved: moved.length,
    movedProcessorMs: summary(moved.map((index) => cpu[index])),
    framesPerSecond: Math.round((drawn.length - 1) / span),
    costs: costsOf(
      complete.filter(({ ts }) => ts >= starts[frames[0]] && ts < starts[frames.at(-1) + 1]),
      frames.length,
    ),
  };
}

/** Processor time by what it was spent on, in ms a frame; what contains another does not count it. */
function costsOf(events, numFrames) {
  const sorted = events.filter(({ name }) => !name.includes("RunTask")).sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const costs = new Map();
  const open = [];
  const add = (name, ms) => costs.set(name, (costs.get(name) ?? 0) + ms);
  for (const { name, ts, dur, tdur = 0 } of sorted) {
    while (open.length > 0 && open.at(-1).end <= ts) open.pop();
    if (open.length > 0) add(open.at(-1).name, -tdur / 1000);
    add(name, tdur / 1000);
    open.push({ name, end: ts + dur });
  }
  return Object.fromEntries(
    [...costs]
      .map(([name, ms]) => [name, Math.round((100 * ms) / numFrames) / 100])
      .filter(([, ms]) => ms >= 0.05)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 10),
  );
}

const shownStep = (page) =>
  page.evaluate(() => Number(document.querySelector(".run-bar-number")?.textContent?.replaceAll(",", "") ?? 0));

/** Circles with the button held, a move every 8 ms, as a mouse of 125 Hz. */
async function circle(page, from, until) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (let count = 0; performance.now() < until; count += 1) {
    const before = performance.now();
    const angle = count / 25;
    await page.mouse.move(from.x + 120 * Math.sin(angle), from.y + 80 * (1 - Math.cos(angle)));
    await sleep(Math.max(0, 8 - (performance.now() - before)));
  }
  await page.mouse.up();
}

const boxes = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(".react-flow__node")].map((node) => {
      const { left, top, right, bottom } = node.getBoundingClientRect();
      return { id: node.dataset.id, left, top, right, bottom };
    }),
  );

/** A place of the canvas with nothing on it. */
async function emptyPlace(page) {
  const pane = await page.locator(".react-flow__pane").boundingBox();
  const all = await boxes(page);
  const isFree = (x, y) =>
    all.every(({ left, top, right, bottom }) => x < left - 4 || x > right + 4 || y < top - 4 || y > bottom + 4);
  for (let y = pane.y + 60; y < pane.y + pane.height - 200; y += 6) {
    for (let x = pane.x + 200; x < pane.x + pane.width - 200; x += 6) {
      const found =
        isFree(x, y) &&
        (await page.evaluate(
          ([px, py]) => document.elementFromPoint(px, py)?.classList.contains("react-flow__pane"),
          [x, y],
        ));
      if (found) return { x, y };
    }
  }
  throw new Error("The canvas has no empty place.");
}

/** A place of the node in the middle, where it is taken up. */
async function middleNode(page) {
  const pane = await page.locator(".react-flow__pane").boundingBox();
  const middle = { x: pane.x + pane.width / 2, y: pane.y + pane.height / 2 };
  const far = ({ left, top, right }) => Math.hypot((left + right) / 2 - middle.x, top - middle.y);
  const [nearest] = (await boxes(page)).sort((a, b) => far(a) - far(b));
  const place = { x: (nearest.left + nearest.right) / 2, y: nearest.top + (nearest.bottom - nearest.top) * 0.3 };
  const isOnNode = await page.evaluate(
    ([x, y]) => document.elementFromPoint(x, y)?.closest(".react-flow__node.draggable") !== null,
    [place.x, place.y],
  );
  if (!isOnNode) throw new Error("The node in the middle is covered.");
  return place;
}

async function traced(app, page, name, during) {
  const [step, startedAt] = [await shownStep(page), performance.now()];
  await app.evaluate(
    ({ contentTracing }, included_categories) =>
      contentTracing.startRecording({ included_categories, excluded_categories: ["*"] }),
    CATEGORIES,
  );
  await during();
  // The frame of what is let go.
  await sleep(300);
  const file = await app.evaluate(({ contentTracing }) => contentTracing.stopRecording());
  const stepsPerSecond = (1000 * ((await shownStep(page)) - step)) / (performance.now() - startedAt);
  const result = await readTrace(file);
  if (options.trace !== undefined) await writeFile(path.join(options.trace, `${name}.json`), await readFile(file));
  await rm(file, { force: true });
  return { ...result, stepsPerSecond: Math.round(stepsPerSecond) };
}

async function measure(executable, env) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "layerscope-bench-"));
  const file = path.join(folder, "stress.layerscope");
  const document = await stressDocument();
  await writeFile(file, JSON.stringify(document));
  const flags = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const app = await _electron.launch({
    executablePath: executable,
    args: [...flags, `--user-data-dir=${path.join(folder, "userData")}`, root, file],
    cwd: root,
    env,
  });
  try {
    const page = await app.firstWindow();
    await page.getByRole("button", { name: "File menu of stress" }).waitFor();
    await sleep(1500);
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.waitForFunction(
      () => Number(document.querySelector(".run-bar-number")?.textContent?.replaceAll(",", "")) > 20,
    );
    await sleep(2000);
    const scenes = {};
    const scene = async (name, during) => {
      if (!name.includes(options.only)) return;
      scenes[name] = await traced(app, page, name.replaceAll(" ", "-"), during);
    };
    const end = () => performance.now() + 1000 * seconds;
    for (const [zoom, keys] of [
      ["all 200 in view", ["Control+0"]],
      ["zoom 50 %", ["Control+0", "Control+=", "Control+=", "Control+=", "Control+=", "Control+="]],
      ["zoom 100 %", ["Control+=", "Control+=", "Control+=", "Control+="]],
    ]) {
      await page
        .locator(".react-flow__pane")
        .focus()
        .catch(() => undefined);
      for (const key of keys) {
        await page.keyboard.press(key);
        await sleep(400);
      }
      const percent = await page.evaluate(
        () => document.querySelector(".react-flow__viewport")?.style.transform.match(/scale\(([^)]*)\)/)?.[1],
      );
      const label = `${zoom} (${Math.round(100 * Number(percent))} %)`;
      const place = await emptyPlace(page);
      await scene(`${label}, rest`, () => sleep(1000 * seconds));
      await scene(`${label}, pan`, () => circle(page, place, end()));
      // The pan has left the nodes elsewhere.
      const node = await middleNode(page);
      await scene(`${label}, drag`, () => circle(page, node, end()));
      await page.keyboard.press("Control+z");
    }
    return { nodes: document.nodes.length, scenes };
  } finally {
    await app.evaluate(({ app: electronApp }) => electronApp.exit(0)).catch(() => undefined);
    await app.close().catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

await build();
const { executable, problem } = await findElectron({ download: false });
if (executable === null) throw new Error(`${problem}. Run the journeys once: they fetch one (npm run test:e2e).`);
const display = await startVirtualDisplay();
try {
  const result = { event: "benchCanvas", ...(await measure(executable, { ...process.env, ...display.env })) };
  if (options.json) console.log(JSON.stringify(result));
  else {
    console.log(`${result.nodes} nodes, a run streaming; main-thread work of a frame in ms`);
    for (const [name, scene] of Object.entries(result.scenes)) {
      const { frames, workMs, processorMs, numMoved, movedProcessorMs, framesPerSecond, stepsPerSecond, costs } = scene;
      const moved =
        numMoved === 0 ? "" : `, ${numMoved} with a move (processor ${movedProcessorMs.p50}, ${movedProcessorMs.p95})`;
      console.log(
        `${name}: p50 ${workMs.p50}, p95 ${workMs.p95}, max ${workMs.max} (processor ${processorMs.p50}, ${processorMs.p95}); ${frames} frames${moved}, ${framesPerSecond} drawn/s, ${stepsPerSecond} steps/s`,
      );
      console.log(
        `  ${Object.entries(costs)
          .map(([what, ms]) => `${what} ${ms}`)
          .join(", ")}`,
      );
    }
  }
} finally {
  display.stop();
}
