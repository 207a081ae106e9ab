import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFrames } from "../../engine/host/nodeRunFolder.ts";
import { loadModel, parse, serialize } from "../../engine/index.ts";
import { applied, chain, type NodeSketch } from "../engine/compile/documents.ts";
import { writeMnistSlice } from "../support/mnistSlice.ts";
import { jsonLines, runCli, startCli } from "./runCli.ts";

const graph = "examples/mlp-bn.layerscope";
let folder = "";
let digits = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-train-"));
  digits = join(folder, "digits");
  writeMnistSlice(digits, 1000, 200);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (...more: string[]): string[] => ["train", graph, "--dataset", digits, "--batch", "64", ...more];

const steps = (events: readonly Record<string, unknown>[]) => events.filter(({ event }) => event === "step");

/** Of a line of a frame: its first node with values that are not finite. */
const firstBadOf = (frame: Record<string, unknown> | undefined): string | undefined => {
  const nodes = (frame?.nodes ?? []) as { readonly id: string; readonly nonFinite: number }[];
  return nodes.find(({ nonFinite }) => nonFinite > 0)?.id;
};

const weightsOf = (directory: string) => {
  const loaded = loadModel(readFileSync(join(directory, "model.model.json"), "utf8"));
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value.tensors;
};

test("a disk that refuses is told of in one line, with the file and the reason", async () => {
  const inTheWay = join(folder, "in-the-way");
  writeFileSync(inTheWay, "a file");
  const events = join(inTheWay, "events");
  const directory = join(folder, "never-begun");
  const call = options("--epochs", "1", "--limit", "200", "--out", directory, "--tensorboard");
  expect(await runCli([...call, events])).toMatchObject({
    code: 2,
    stdout: "",
    stderr: `layerscope: --tensorboard ${events} can't be made: what should be its folder is a file.\n`,
  });
  // And leaves nothing that would stand in the way of the same command, mended.
  expect((await runCli([...call, join(folder, "events")])).code).toBe(0);
});

test.skipIf(process.platform === "win32")(
  "a disk that is full leaves no half of the net, and the run goes on when there is room",
  async () => {
    const directory = join(folder, "full");
    const limited = ["train", "examples/spiral-bn.layerscope", "--epochs", "1", "--limit", "300", "--out", directory];
    // The net's 86 kB are refused; whatever else is written is smaller.
    const shell = `ulimit -f 100; exec "$0" bin/layerscope.mjs "$@"`;
    const refused = spawnSync("sh", ["-c", shell, process.execPath, ...limited], { encoding: "utf8" });
    const net = join(directory, "model.model.json");
    expect(refused).toMatchObject({
      status: 1,
      stderr: `layerscope: ${net} can't be written: it would be larger than the disk allows.\n`,
    });
    expect(readdirSync(directory).filter((name) => name.includes("model"))).toEqual([]);
    expect((await runCli(["resume", directory])).code).toBe(0);
    const whole = readFileSync(net, "utf8");
    const copy = join(folder, "copy.model.json");
    writeFileSync(copy, "what was there before");
    const exported = ["export", directory, "--format", "layerscope", "--out", copy];
    expect(spawnSync("sh", ["-c", shell, process.execPath, ...exported], { encoding: "utf8" })).toMatchObject({
      status: 2,
      stderr: `layerscope: --out: ${copy}: it would be larger than the disk allows.\n`,
    });
    expect(readFileSync(copy, "utf8")).toBe("what was there before");
    expect((await runCli(exported)).code).toBe(0);
    expect(readFileSync(copy, "utf8")).toBe(whole);

    // Nor does a run that could not begin stand in the way of the next.
    const empty = join(folder, "no-room");
    const begin = ["train", graph, "--dataset", digits, "--limit", "100", "--epochs", "1", "--out", empty];
    const tiny = `ulimit -f 1; exec "$0" bin/layerscope.mjs "$@"`;
    expect(spawnSync("sh", ["-c", tiny, process.execPath, ...begin], { encoding: "utf8" })).toMatchObject({
      status: 2,
      stderr: `layerscope: --out: ${empty}: it would be larger than the disk allows.\n`,
    });
    expect((await runCli(begin)).code).toBe(0);
  },
);

test("--frames-per-second 0 measures no step, and takes nothing beyond 10", async () => {
  const directory = join(folder, "unmeasured");
  const call = ["--epochs", "1", "--limit", "200", "--out", directory, "--frames-per-second"];
  expect(await runCli(options(...call, "11"))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--frames-per-second is a number, from 0 to 10"),
  });
  expect(await runCli(options(...call, "10", "--statistics-share", "2"))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--statistics-share is a share, above 0 to 1, or none; found 2."),
  });
  expect((await runCli(options(...call, "0", "--statistics-share", "none", "--json"))).code).toBe(0);
  const metrics = jsonLines(readFileSync(join(directory, "metrics.jsonl"), "utf8"));
  expect(metrics.some(({ event }) => event === "frame")).toBe(false);
  expect(steps(metrics).length).toBe(4);
  const recorded = readFrames(directory);
  expect(recorded?.ok && recorded.value.frames).toEqual([]);
});

describe("layerscope train --json --out", () => {
  let events: Record<string, unknown>[] = [];
  let directory = "";
  beforeAll(async () => {
    directory = join(folder, "run");
    const outcome = await runCli(
      options("--epochs", "2", "--limit", "500", "--lr", "0.05", "--seed", "9", "--json", "--out", directory),
    );
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    events = jsonLines(outcome.stdout);
  });

  test("writes started, every step, frames, two epochs and finished", () => {
    expect(events[0]).toMatchObject({
      event: "started",
      totalSteps: 16,
      stepsPerEpoch: 8,
      trainCount: 500,
      testCount: 200,
      datasetName: "digits",
      seed: 9,
    });
    expect(steps(events).map(({ step, epoch }) => [step, epoch])).toEqual(
      Array.from({ length: 16 }, (_, index) => [index + 1, index < 8 ? 1 : 2]),
    );
    const epochs = events.filter(({ event }) => event === "epoch");
    expect(epochs).toEqual(
      [1, 2].map((epoch) => ({
        event: "epoch",
        epoch,
        step: 8 * epoch,
        loss: expect.any(Number),
        trainAccuracy: expect.any(Number),
        testLoss: expect.any(Number),
        testAccuracy: expect.any(Number),
        elapsedMs: expect.any(Number),
        samplesPerSecond: expect.any(Number),
      })),
    );
    expect(epochs[1]?.testAccuracy).toBeGreaterThan(0.3);
    expect(events.at(-1)).toMatchObject({
      event: "finished",
      stopped: false,
      steps: 16,
      testAccuracy: epochs[1]?.testAccuracy,
      peakMemoryBytes: expect.any(Number),
      samplesPerSecond: expect.any(Number),
    });
  });

  test("frames hold the statistics of every node; the first is of step 1", () => {
    const frames = events.filter(({ event }) => event === "frame");
    expect(frames[0]?.step).toBe(1);
    for (const { nodes } of frames) {
      if (!Array.isArray(nodes)) throw new Error("A frame has no nodes.");
      expect(nodes.length).toBe(parseGraph(join(directory, "document.layerscope")).nodes.length);
      for (const node of nodes) {
        expect(Object.keys(node)).toEqual(
          expect.arrayContaining([
            "id",
            "mean",
            "std",
            "min",
            "max",
            "zeros",
            "nonFinite",
            "histogram",
            "channelMeans",
            "channelStds",
          ]),
        );
        const { counts, underflow, overflow } = node.histogram;
        expect(counts.length).toBe(64);
        expect(node.channelMeans.counts.length).toBe(32);
        const sum = counts.reduce(
          (total: number, count: number) => total + count,
          underflow + overflow + node.nonFinite,
        );
        expect(sum).toBe(node.count);
      }
    }
  });

  test("the run folder holds the frozen document, the metrics, the weights and how it was made", () => {
    expect(readdirSync(directory).sort()).toEqual([
      "checkpoints",
      "document.layerscope",
      "frames.bin",
      "metrics.jsonl",
      "model.model.json",
      "run.json",
    ]);
    const document = parseGraph(join(directory, "document.layerscope"));
    expect(document.training).toMatchObject({ epochs: 2, batchSize: 64, learningRate: 0.05, seed: 9 });
    expect(document.dataset).toEqual({ source: "idx", directory: digits });
    const metrics = jsonLines(readFileSync(join(directory, "metrics.jsonl"), "utf8"));
    expect(metrics).toEqual(events.filter(({ event }) => ["step", "frame", "epoch"].includes(String(event))));
    const recorded = readFrames(directory);
    const frames = metrics.filter(({ event }) => event === "frame");
    expect(
      recorded?.ok && recorded.value.frames.map(({ step, nodes }) => ({ step, stds: nodes.map(({ std }) => std) })),
    ).toEqual(frames.map(({ step, nodes }) => ({ step, stds: (nodes as { std: number }[]).map(({ std }) => std) })));
    expect(frames[0]).toMatchObject({
      nodes: expect.arrayContaining([
        expect.objectContaining({
          saturated: null,
          gradient: { mean: expect.any(Number), std: expect.any(Number), nonFinite: 0 },
          weights: expect.arrayContaining([expect.objectContaining({ name: "weight", update: expect.anything() })]),
        }),
      ]),
    });
    const record = JSON.parse(readFileSync(join(directory, "run.json"), "utf8"));
    expect(record).toMatchObject({
      format: "layerscope-run",
      version: 1,
      outcome: "finished",
      seed: 9,
      dataset: "digits",
      trainCount: 500,
      steps: 16,
      command: expect.arrayContaining(["layerscope", "train", "--limit", "500"]),
    });
  });

  test("eval of the folder and of an exported file gives the accuracy of the last epoch", async () => {
    const last = events.filter(({ event }) => event === "epoch").at(-1);
    const file = join(folder, "exported.model.json");
    expect(await runCli(["export", directory, "--format", "layerscope", "--out", file])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    for (const model of [directory, file]) {
      const { code, stdout } = await runCli(["eval", model, "--json"]);
      expect(code).toBe(0);
      const evaluated = JSON.parse(stdout);
      expect(evaluated.samplesPerSecond).toBeCloseTo(200 / (evaluated.elapsedMs / 1000), 3);
      expect(evaluated).toMatchObject({
        event: "evaluated",
        dataset: "digits",
        testCount: 200,
        testAccuracy: last?.testAccuracy,
        testLoss: last?.testLoss,
      });
    }
    const human = await runCli(["eval", file, "--dataset", digits]);
    expect(human.stdout).toMatch(/^digits: test accuracy \d+\.\d\d %, loss \d\.\d{4} on 200 samples/);
  });

  test("export writes the net of a run, of a trained net or of a graph as PyTorch code", async () => {
    const out = join(folder, "net.py");
    const texts: string[] = [];
    for (const from of [directory, join(directory, "model.model.json"), join(directory, "document.layerscope")]) {
      expect(await runCli(["export", from, "--format", "pytorch", "--out", out])).toMatchObject({
        code: 0,
        stderr: "",
      });
      texts.push(readFileSync(out, "utf8"));
    }
    const [of = "", ...others] = texts.map((text) => text.slice(text.indexOf("import base64")));
    expect(of).toContain("class Net(nn.Module):");
    for (const other of others) expect(other).toBe(of);
  });

  test("export writes the trained net of a run or a file as ONNX", async () => {
    const files: Buffer[] = [];
    for (const from of [directory, join(directory, "model.model.json")]) {
      const out = join(folder, `net${files.length}.onnx`);
      const outcome = await runCli(["export", from, "--format", "onnx", "--out", out, "--json"]);
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
      expect(jsonLines(outcome.stdout)).toEqual([{ event: "exported", format: "onnx", from, out }]);
      files.push(readFileSync(out));
    }
    const { weights } = JSON.parse(readFileSync(join(directory, "model.model.json"), "utf8"));
    for (const file of files) {
      for (const { data } of weights) expect(file.includes(Buffer.from(data, "base64"))).toBe(true);
      expect(file.includes("probabilities")).toBe(true);
    }
  });

  test("the same seed gives the same weights on one and two threads, another seed others", async () => {
    const train = async (name: string, ...more: string[]) => {
      const out = join(folder, name);
      const { stdout } = await runCli(options("--steps", "6", "--json", "--out", out, ...more));
      return { losses: steps(jsonLines(stdout)).map(({ loss }) => loss), weights: weightsOf(out) };
    };
    const one = await train("one", "--seed", "3", "--threads", "1");
    const two = await train("two", "--seed", "3", "--threads", "2");
    const other = await train("other", "--seed", "4");
    expect(one.losses.length).toBe(6);
    expect(two).toEqual(one);
    expect(other.losses).not.toEqual(one.losses);
  });
});

const parseGraph = (path: string) => {
  const parsed = parse(readFileSync(path, "utf8"));
  if (!parsed.ok) throw new Error(`${path} does not parse.`);
  return parsed.value;
};

describe("layerscope train", () => {
  test("prints what it trains, a line per epoch, and how it ended", async () => {
    const { code, stdout } = await runCli(options("--epochs", "2", "--optimizer", "adam", "--lr", "0.001"));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^digits: 1,000 training and 200 test samples$/m);
    expect(stdout).toMatch(/^2 epochs, 32 steps of 64, adam 0\.001, seed \d+$/m);
    expect(stdout).toMatch(
      /^Epoch 1 of 2: loss \d\.\d{4}, train accuracy \d+\.\d\d %, test accuracy \d+\.\d\d %, .* samples\/s/m,
    );
    expect(stdout).toMatch(/^Epoch 2 of 2: /m);
    expect(stdout).toMatch(/^Finished after 32 steps in \d+:\d\d, test accuracy .* peak memory \d+ MB$/m);
  });

  test("--steps ends in the middle of an epoch, with the accuracy there", async () => {
    const { stdout } = await runCli(options("--epochs", "3", "--steps", "5", "--json"));
    const events = jsonLines(stdout);
    expect(steps(events).length).toBe(5);
    expect(events.filter(({ event }) => event === "epoch").map(({ epoch, step }) => [epoch, step])).toEqual([[1, 5]]);
    expect(events.at(-1)).toMatchObject({ event: "finished", steps: 5 });
  });

  test("a diverged run fails with exit code 1, names the node, and keeps what it measured", async () => {
    const out = join(folder, "diverged");
    const plain = ["train", "examples/mlp-plain.layerscope", "--dataset", digits, "--lr", "1e30"];
    const { code, stdout, stderr } = await runCli([...plain, "--json", "--out", out]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^layerscope: (Loss|An output) is not finite since step \d+\. First bad node: \w+\.\n$/);
    expect(jsonLines(stdout).at(-1)).toMatchObject({ event: "failed", reason: "diverged", nodeId: expect.any(String) });
    const record = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
    expect(record).toMatchObject({ outcome: "failed", failure: { reason: "diverged" } });
    const lines = jsonLines(readFileSync(join(out, "metrics.jsonl"), "utf8"));
    expect(steps(lines).length).toBe(record.failure.step);
    // The last measured step is that one, here and in frames.bin.
    const lastFrame = lines.filter(({ event }) => event === "frame").at(-1);
    expect(lastFrame?.step).toBe(record.failure.step);
    expect(firstBadOf(lastFrame)).toBe(record.failure.nodeId);
    const frames = readFrames(out);
    expect(frames?.ok && frames.value.frames.at(-1)?.step).toBe(record.failure.step);
  });

  test("Ctrl-C stops within one batch, writes what there is, and exits with 130", async () => {
    const out = join(folder, "interrupted");
    const running = startCli(options("--epochs", "100000", "--json", "--out", out));
    await running.printed('"event":"epoch"');
    running.signal("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    const finished = jsonLines(stdout).at(-1);
    expect(finished).toMatchObject({ event: "finished", stopped: true });
    expect(JSON.parse(readFileSync(join(out, "run.json"), "utf8"))).toMatchObject({
      outcome: "stopped",
      steps: finished?.steps,
    });
    expect(weightsOf(out).length).toBeGreaterThan(10);
  });

  test("a reader that goes away ends it quietly, and the run folder is written", async () => {
    const out = join(folder, "head");
    const running = startCli(options("--epochs", "100000", "--json", "--out", out));
    await running.printed('"event":"step"');
    running.closeStdout();
    expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
    expect(existsSync(join(out, "model.model.json"))).toBe(true);
  });

  test("a dataset that does not fit the graph is refused with both shapes", async () => {
    const { code, stderr } = await runCli(["train", "examples/lenet-bn-avg.layerscope", "--dataset", wrongSize()]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/1×28×28.*1×14×56|1×14×56.*1×28×28/);
  });
});

/** The same digits, said to be of another shape. */
const wrongSize = (): string => {
  const directory = join(folder, "wide");
  writeMnistSlice(directory, 20, 10, [14, 56]);
  return directory;
};

describe("a deep net and large batches", () => {
  /** 28×28 pixels → [conv 3×3 → batch norm → ReLU] × 16, pooled twice → 10 classes: 54 layers. */
  const deepNet = (batchSize: number): string => {
    const blocks = Array.from({ length: 16 }, (_, at): NodeSketch[] => [
      ["conv2d", `conv${at}`, { filters: 8, kernel: [3, 3], padding: "same" }],
      ["batchNorm", `bn${at}`],
      ["relu", `relu${at}`],
      ...(at === 1 || at === 4 ? ([["pool2d", `pool${at}`]] as const) : []),
    ]);
    const document = applied(
      chain(
        ["input", "input"],
        ...blocks.flat(),
        ...([
          ["flatten", "flatten"],
          ["dense", "fc1", { units: 10 }],
          ["output", "output"],
        ] as const),
      ),
      [{ type: "setTraining", training: { batchSize, learningRate: 0.05 } }],
    );
    const path = join(folder, `deep-${batchSize}.layerscope`);
    writeFileSync(path, serialize(document));
    return path;
  };

  test("train, and lower the loss", async () => {
    const { code, stdout, stderr } = await runCli([
      ...["train", deepNet(1024), "--dataset", digits, "--epochs", "6", "--json"],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const events = jsonLines(stdout);
    expect(events[0]).toMatchObject({ event: "started", batchSize: 1024, stepsPerEpoch: 1 });
    expect(events[0]?.nodeIds).toHaveLength(54);
    const losses = steps(events).map(({ loss }) => Number(loss));
    expect(losses).toHaveLength(6);
    // Better than to guess, and than at the start.
    expect(losses[5]).toBeLessThan(Math.log(10));
    expect(losses[5]).toBeLessThan(losses[0] ?? 0);
  });

  test("take the memory that compile states", async () => {
    const compiled = await runCli(["compile", deepNet(1024), "--json"]);
    const trained = await runCli(["train", deepNet(1024), "--steps", "1", "--json"]);
    const [{ totals }] = jsonLines(compiled.stdout) as [{ totals: { memoryBytes: number } }];
    expect(jsonLines(trained.stdout)[0]).toMatchObject({ event: "started", memoryBytes: totals.memoryBytes });
  });

  test("are refused in one line when they don't fit, with the batch that would", async () => {
    const { code, stdout, stderr } = await runCli(["train", deepNet(65_536)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /^layerscope: \S+ can't be trained as it is: LS301: Training needs [\d.]+ GiB of memory, more than the 4 GiB that WebAssembly can address\. Use a batch of [\d,]+ or less instead of 65,536\.\n$/,
    );
  });
});
