/**
 * Measures how long an edit takes until the page is current: shapes, weights, multiply-adds, findings, edges, totals.
 *
 *   npm run bench:edit [-- --layers 50,500] [--edits 60] [--others] [--json] [--profile NAME]
 *
 * A real Electron holds a net of so many layers (Dense, batch norm, ReLU, repeated). Each edit sets the units of the first Dense, which
 * changes the shapes and weights of what follows. Measured is from the Enter in the field until nothing more is to be done before the next
 * picture: the command, compiling, the views of nodes and edges, React, and the stages, on the clock and as processor time of the page's main
 * thread (Chromium's trace), which other programs do not lengthen as they do the clock. What the browser lays out and paints then is not in it.
 * `--others` measures other edits, too, by the keys and the mouse that make them, a fifth as often: `editsToBench.mjs` lists them.
 * `--profile NAME` writes a profile of the script (NAME-50.cpuprofile), for the developer tools.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { _electron } from "@playwright/test";
import { build } from "./build.mjs";
import { deepDocument, editInPage, otherEdits, setUnits } from "./editsToBench.mjs";
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
    const goTo = async (layer) => {
      await page.keyboard.press("Control+f");
      await page.keyboard.type(layer);
      await page.keyboard.press("Enter");
      await page.waitForTimeout(400);
    };
    // As near as one works on it: nodes show all that they can.
    await page.getByRole("button", { name: /go to 100/ }).click();
    await goTo("fc1");
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
    const edits = [];
    const edit = async (which) => {
      const clock = await page.evaluate(editInPage, which);
      if (which.name !== null) edits.push({ name: which.name, clock });
      // What moves glides, and is left alone until it stands.
      await page.waitForTimeout(/^(select|units)/.test(which.name ?? "select") ? 60 : 300);
    };
    // The first edits run code that is not optimized yet; they count.
    for (let round = 0; round < Number(options.edits); round += 1) await edit(setUnits(8 + (round % 50)));
    await goTo("fc4");
    for (let round = 0; options.others && round < Number(options.edits) / 5; round += 1) {
      for (const other of otherEdits(numLayers)) await edit(other);
    }
    const trace = await app.evaluate(({ contentTracing }) => contentTracing.stopRecording());
    const processor = await processorTimes(trace);
    await rm(trace, { force: true });
    if (options.profile !== undefined) {
      const { profile } = await session.send("Profiler.stop");
      await writeFile(`${options.profile}-${numLayers}.cpuprofile`, JSON.stringify(profile));
    }
    const summary = (values) => ({ median: quantile(values, 0.5), p95: quantile(values, 0.95) });
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
