// Proves that a run is exact: trains the same net with one thread, with two, and killed at a random step and resumed, and compares the
// losses of metrics.jsonl, its other lines, and the final weights, bit by bit.
//   node scripts/proveExactness.mjs [--steps 300] [--limit 6000] [--kills 2] [--graph examples/lenet-bn-max.layerscope] [--dataset mnist]
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "300" },
    limit: { type: "string", default: "6000" },
    kills: { type: "string", default: "2" },
    graph: { type: "string", default: path.join(root, "examples/lenet-bn-max.layerscope") },
    dataset: { type: "string", default: "mnist" },
  },
});
const numSteps = Number(values.steps);
const folder = mkdtempSync(path.join(tmpdir(), "layerscope-exactness-"));

const start = (args) =>
  spawn(process.execPath, [path.join(root, "bin/layerscope.mjs"), ...args], { stdio: ["ignore", "ignore", "inherit"] });

const ended = (child) => new Promise((done) => child.once("close", (code, signal) => done(signal ?? code)));

const train = (name, threads) => {
  const { graph, dataset, steps, limit } = values;
  const data = ["--dataset", dataset, "--steps", steps, "--limit", limit, "--epochs", steps];
  const out = ["--out", path.join(folder, name), "--checkpoint-seconds", "0.2"];
  return start(["train", graph, ...data, "--threads", String(threads), ...out]);
};

const linesOf = (name) => {
  try {
    const text = readFileSync(path.join(folder, name, "metrics.jsonl"), "utf8");
    return text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
};
const lastStep = (name) =>
  linesOf(name)
    .filter(({ event }) => event === "step")
    .at(-1)?.step ?? 0;

/** Kills the process without a warning when its metrics have reached the step. */
const killAt = async (child, name, step) => {
  const end = ended(child);
  let isOver = false;
  void end.then(() => {
    isOver = true;
  });
  while (!isOver && lastStep(name) < step) await new Promise((resume) => setTimeout(resume, 20));
  child.kill("SIGKILL");
  return end;
};

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** From the files only, not from what the command says of itself. */
const hashesOf = (name) => {
  const lines = linesOf(name);
  const losses = Float64Array.from(lines.filter(({ event }) => event === "step").map(({ loss }) => loss));
  // Frames come by the clock, and these fields are times.
  const others = lines
    .filter(({ event }) => event !== "frame")
    .map(({ elapsedMs: _elapsed, samplesPerSecond: _rate, ...line }) => JSON.stringify(line));
  const { weights, state } = JSON.parse(readFileSync(path.join(folder, name, "model.model.json"), "utf8"));
  return {
    steps: losses.length,
    losses: sha256(new Uint8Array(losses.buffer)),
    lines: sha256(others.join("\n")),
    weights: sha256(JSON.stringify([weights, state])),
    recorded: JSON.parse(readFileSync(path.join(folder, name, "run.json"), "utf8")),
  };
};

const expectEnd = (end, wanted, what) => {
  if (end !== wanted) throw new Error(`${what} ended with ${end}, expected ${wanted}.`);
};

try {
  expectEnd(await ended(train("one", 1)), 0, "The run with 1 thread");
  expectEnd(await ended(train("two", 2)), 0, "The run with 2 threads");
  let child = train("killed", 2);
  const kills = [];
  let from = 1;
  for (let kill = 0; kill < Number(values.kills); kill++) {
    const step = from + Math.floor(Math.random() * Math.max(1, numSteps - 20 - from));
    expectEnd(await killAt(child, "killed", step), "SIGKILL", `The run to be killed at step ${step}`);
    from = lastStep("killed");
    kills.push(from);
    child = start(["resume", path.join(folder, "killed"), "--threads", String(1 + (kill % 2))]);
  }
  expectEnd(await ended(child), 0, "The resumed run");

  const runs = [
    ["1 thread", hashesOf("one")],
    ["2 threads", hashesOf("two")],
    [`killed at ${kills.join(", ")}`, hashesOf("killed")],
  ];
  const { resumes } = runs[2][1].recorded;
  if (resumes.some(({ step }, index) => step === 0 && kills[index] > numSteps / 10)) {
    throw new Error(
      `A resumed run began anew: killed at ${kills.join(", ")}, resumed after ${resumes.map(({ step }) => step).join(", ")}.`,
    );
  }
  process.stdout.write(`${path.basename(values.graph)}, ${numSteps} steps, ${runs[0][1].recorded.build} kernels\n`);
  process.stdout.write(`resumed after steps ${resumes.map(({ step }) => step).join(", ")}\n`);
  for (const [name, { steps, losses, lines, weights, recorded }] of runs) {
    process.stdout.write(
      `${name}: ${steps} losses\n  losses   ${losses}\n  lines    ${lines}\n  weights  ${weights}\n`,
    );
    process.stdout.write(
      `  recorded lossesHash ${recorded.lossesHash}\n  recorded weightsHash ${recorded.weightsHash}\n`,
    );
  }
  const [first] = runs;
  const differs = runs.some(
    ([, { steps, losses, lines, weights, recorded }]) =>
      steps !== numSteps ||
      losses !== first[1].losses ||
      lines !== first[1].lines ||
      weights !== first[1].weights ||
      recorded.lossesHash !== losses ||
      recorded.weightsHash !== first[1].recorded.weightsHash,
  );
  process.stdout.write(differs ? "The runs differ.\n" : "All runs are the same to the bit.\n");
  process.exitCode = differs ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
