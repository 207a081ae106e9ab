/**
 * Measures how long an edit takes until the page is current: shapes, weights, multiply-adds, findings, edges, totals.
 *
 *   npm run bench:edit [-- --layers 50,500] [--edits 60] [--others] [--json] [--profile NAME]
 *
 * A real Electron holds a net of so many layers (Dense, batch norm, ReLU, repeated). Each edit sets the units of the first Dense, which
 * changes the shapes and weights of what follows. Measured is from the Enter in the field until the page's nodes are those of the new
 * document: the command, compiling, the views of nodes and edges, and React, on the clock and as processor time of the page's main
 * thread (Chromium's trace), which other programs do not lengthen as they do the clock. What the browser paints then is not in it.
 * `--others` measures other edits, too, by the keys that make them, a fifth as often: bypass, delete, copies of ten layers, selecting all, and undo.
 * `--profile NAME` writes a profile of the script (NAME-50.cpuprofile), for the developer tools.
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
    layers: { type: "string", default: "50,500" },
    edits: { type: "string", default: "60" },
    others: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});

const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN)) / 10;
};

/** Input, blocks of Dense, batch norm and ReLU in columns of 14, Dense and Output. */
async function deepDocument(numLayers) {
  const example = JSON.parse(await readFile(path.join(root, "examples/spiral-bn.layerscope"), "utf8"));
  const byKind = (kind) => example.nodes.find((node) => node.kind === kind);
  const named = (node, name) => ({ ...node, id: name, name });
  const inner = Array.from({ length: numLayers - 3 }, (_, index) => {
    const [kind, prefix] = [
      ["dense", "fc"],
      ["batchNorm", "bn"],
      ["relu", "relu"],
    ][index % 3];
    return named(byKind(kind), `${prefix}${1 + Math.floor(index / 3)}`);
  });
  const classes = named(byKind("dense"), "classes");
  classes.params = { ...classes.params, units: 3 };
  const nodes = [byKind("input"), ...inner, classes, byKind("output")].map((node, index) => ({
    ...node,
    position: { x: 300 * Math.floor(index / 14), y: 118 * (index % 14) },
  }));
  const edges = nodes
    .slice(1)
    .map(({ id }, index) => ({ from: { node: nodes[index].id, port: "out" }, to: { node: id, port: "in" } }));
  return { ...example, nodes, edges, notes: "" };
}

/** In the page: types a number of units and Enter, and waits until the next Dense has that many inputs. */
async function editInPage(units) {
  const field = [...document.querySelectorAll("label")].find(({ textContent }) => textContent === "Units")?.control;
  const next = document.querySelector('.react-flow__node[data-id="fc2"]');
  const before = next.getAttribute("aria-label");
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, String(units));
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((resolve) => setTimeout(resolve, 30));
  // As soon as the page has changed: a timer or a message might wait for the frame that is painted then.
  const shown = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      performance.mark("edit ends");
      observer.disconnect();
      resolve();
    });
    observer.observe(next, { attributeFilter: ["aria-label"] });
    setTimeout(resolve, 10_000);
  });
  const start = performance.now();
  performance.mark("edit begins");
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
  await shown;
  if (next.getAttribute("aria-label") === before) throw new Error("The edit changed nothing.");
  return performance.now() - start;
}

/** In the page: presses a key on an element and waits until there are so many layers, and what is expected of one holds. */
async function pressInPage({ key, ctrl = false, shift = false, on, count, layer, has, lacks }) {
  const isDone = () => {
    const inner = layer && document.querySelector(`.react-flow__node[data-id="${layer}"] > .LayerNode`);
    return (
      (count === undefined || document.querySelectorAll(".react-flow__node").length === count) &&
      (has === undefined || inner?.classList.contains(has)) &&
      (lacks === undefined || inner?.classList.contains(lacks) === false)
    );
  };
  const element = document.querySelector(on);
  element.focus({ preventScroll: true });
  const shown = new Promise((resolve, reject) => {
    const observer = new MutationObserver(() => {
      if (!isDone()) return;
      performance.mark("edit ends");
      observer.disconnect();
      resolve();
    });
    observer.observe(document.querySelector(".react-flow__nodes"), {
      attributeFilter: ["class"],
      childList: true,
      subtree: true,
    });
    setTimeout(() => reject(new Error(`${key} changed nothing.`)), 10_000);
  });
  const start = performance.now();
  performance.mark("edit begins");
  const event = { key, code: key, ctrlKey: ctrl, shiftKey: shift, bubbles: true, cancelable: true };
  element.dispatchEvent(new KeyboardEvent("keydown", event));
  await shown;
  return performance.now() - start;
}

/** What is done on `relu3` and the ten layers after it, and back again each time. */
const otherEdits = (numLayers) => {
  const node = (id) => `.react-flow__node[data-id="${id}"]`;
  const select = (layer, shift) => ({ key: "Enter", shift, on: node(layer), layer, has: "is-selected" });
  const undo = { key: "z", ctrl: true, on: ".Canvas" };
  const ten = ["fc4", "bn4", "relu4", "fc5", "bn5", "relu5", "fc6", "bn6", "relu6", "fc7"];
  return [
    ["select a layer", select("relu3")],
    ["bypass it", { key: "b", ctrl: true, on: node("relu3"), layer: "relu3", has: "is-bypassed" }],
    ["undo", { ...undo, layer: "relu3", lacks: "is-bypassed" }],
    ["delete it, and reconnect", { key: "Delete", on: node("relu3"), count: numLayers - 1 }],
    ["undo", { ...undo, count: numLayers }],
    ...ten.map((layer, index) => [index === 0 ? "select a layer" : "select one more", select(layer, index > 0)]),
    ["copy ten layers", { key: "d", ctrl: true, on: node("fc4"), count: numLayers + 10 }],
    ["undo", { ...undo, count: numLayers }],
    ["select all", { key: "a", ctrl: true, on: ".Canvas", layer: "output", has: "is-selected" }],
    ["select none", { key: "Escape", on: node("fc4"), layer: "output", lacks: "is-selected" }],
  ];
};

/** Processor time of the main thread between the marks of each edit, in ms. */
async function processorTimes(file) {
  const { traceEvents } = JSON.parse(await readFile(file, "utf8"));
  const marks = (name) => traceEvents.filter((event) => event.name === name).sort((a, b) => a.ts - b.ts);
  const ends = marks("edit ends");
  return marks("edit begins").map(({ tts }, index) => (ends[index].tts - tts) / 1000);
}

async function measure(executable, env, numLayers) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "layerscope-edit-"));
  const file = path.join(folder, `deep-${numLayers}.layerscope`);
  await writeFile(file, JSON.stringify(await deepDocument(numLayers)));
  const args = ["--no-sandbox", `--user-data-dir=${path.join(folder, "data")}`, root, file];
  const app = await _electron.launch({ executablePath: executable, args, cwd: root, env });
  try {
    const page = await app.firstWindow();
    await page.locator('.react-flow__node[data-id="fc1"]').waitFor();
    await page.keyboard.press("Control+f");
    await page.keyboard.type("fc1");
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Units" }).waitFor();
    const session = await page.context().newCDPSession(page);
    if (options.profile !== undefined) {
      await session.send("Profiler.enable");
      await session.send("Profiler.setSamplingInterval", { interval: 200 });
      await session.send("Profiler.start");
    }
    await app.evaluate(({ contentTracing }) =>
      contentTracing.startRecording({ included_categories: ["blink.user_timing"], excluded_categories: ["*"] }),
    );
    const times = [];
    const others = [];
    // The first edits run code that is not optimized yet; they count.
    for (let edit = 0; edit < Number(options.edits); edit += 1) {
      times.push(await page.evaluate(editInPage, 8 + (edit % 50)));
      await page.waitForTimeout(60);
    }
    for (let round = 0; options.others && round < Number(options.edits) / 5; round += 1) {
      for (const [name, press] of otherEdits(numLayers)) {
        others.push({ name, clock: await page.evaluate(pressInPage, press) });
        await page.waitForTimeout(60);
      }
    }
    const trace = await app.evaluate(({ contentTracing }) => contentTracing.stopRecording());
    const processor = await processorTimes(trace);
    await rm(trace, { force: true });
    if (options.profile !== undefined) {
      const { profile } = await session.send("Profiler.stop");
      await writeFile(`${options.profile}-${numLayers}.cpuprofile`, JSON.stringify(profile));
    }
    const summary = (values) => ({ median: quantile(values, 0.5), p95: quantile(values, 0.95) });
    const edits = [...times.map((clock) => ({ name: "units of a layer", clock })), ...others];
    return [...new Set(edits.map(({ name }) => name))].map((name) => {
      const of = edits.flatMap((edit, index) => (edit.name === name ? [{ ...edit, processor: processor[index] }] : []));
      return {
        ...{ layers: numLayers, edit: name, edits: of.length },
        processorMs: summary(of.map((edit) => edit.processor)),
        clockMs: summary(of.map(({ clock }) => clock)),
      };
    });
  } finally {
    await app.evaluate(({ app: electronApp }) => electronApp.exit(0)).catch(() => undefined);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await build();
const { executable, problem } = await findElectron({ download: false });
if (executable === null) throw new Error(`${problem}. Run the journeys once: they fetch one (npm run test:e2e).`);
const display = await startVirtualDisplay();
try {
  const results = [];
  for (const numLayers of options.layers.split(",").map(Number)) {
    results.push(...(await measure(executable, { ...process.env, ...display.env }, numLayers)));
  }
  if (options.json) console.log(JSON.stringify(results));
  for (const { layers, edit, edits, processorMs, clockMs } of options.json ? [] : results) {
    console.log(
      `${layers} layers, ${edit}, ${edits} times: processor time ${processorMs.median} ms at the median, ${processorMs.p95} ms at the 95th percentile; on the clock ${clockMs.median} and ${clockMs.p95} ms`,
    );
  }
} finally {
  display.stop();
}
