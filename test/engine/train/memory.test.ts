/** The memory that is stated before training is the memory that training takes; what does not fit is refused with what would. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import { MEMORY_LIMIT_BYTES } from "../../../engine/compile/memory.ts";
import { factsOfReference, mnist } from "../../../engine/data/datasets.ts";
import { parse } from "../../../engine/document/parse.ts";
import type { LayerscopeDocument, TrainingSettings } from "../../../engine/document/schema.ts";
import { type DatasetFacts, elementsOf } from "../../../engine/layer.ts";
import { createNetwork } from "../../../engine/train/createNetwork.ts";
import { applied, chain, lenet, type NodeSketch } from "../compile/documents.ts";
import { host } from "../kernels/nets.ts";
import { blobNet, Recording, recordRun } from "./runHarness.ts";

const NUM_CORES = 2;
const PAGE_BYTES = 65536;
const adam = { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

const trainedWith = (document: LayerscopeDocument, training: Partial<TrainingSettings>): LayerscopeDocument =>
  applied(document, [{ type: "setTraining", training }]);

/** What `compile` states, and what a network of the document takes with data of that size. */
const statedAndTaken = async (document: LayerscopeDocument, dataset: DatasetFacts & { readonly testCount: number }) => {
  const hasPoints = document.dataset.source === "generated";
  const { program, totals, diagnostics } = compile(document, { dataset, numCores: NUM_CORES });
  if (program === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const split = (count: number) => ({
    count,
    images: new (hasPoints ? Float32Array : Uint8Array)(count * elementsOf(dataset.sampleShape)),
    labels: { classes: new Uint8Array(count) },
  });
  const { optimizer, weightDecay } = document.training;
  const network = await createNetwork({
    ...{ program, optimizer, weightDecay, seed: 7, threads: null, host: { ...host, numCores: NUM_CORES } },
    data: {
      ...{ sampleShape: dataset.sampleShape, scale: 0.01, offset: -1 },
      ...{ train: split(dataset.trainCount), test: split(dataset.testCount) },
    },
  });
  if (!network.ok) throw new Error(network.error.message);
  network.value.dispose();
  return { stated: totals.memoryBytes, taken: network.value.memoryBytes };
};

const examples = readdirSync("examples").filter((name) => name.endsWith(".layerscope"));

describe("the stated memory", () => {
  it.each(examples)("of %s is what its training takes, samples included", async (name) => {
    const parsed = parse(readFileSync(join("examples", name), "utf8"));
    if (!parsed.ok) throw new Error(`${name} is no document`);
    const facts = factsOfReference(parsed.value.dataset);
    if (facts?.testCount === undefined) throw new Error(`How many samples ${name} trains on is not known.`);
    const dataset = { ...facts, testCount: facts.testCount };
    const { stated, taken } = await statedAndTaken(parsed.value, dataset);
    expect(stated).toBe(taken);
    expect(stated).toBeGreaterThan((dataset.trainCount + dataset.testCount) * (elementsOf(dataset.sampleShape) + 1));
  });

  it("of random nets is what their training takes", async () => {
    const block = fc.record({
      filters: fc.integer({ min: 1, max: 40 }),
      kernel: fc.integer({ min: 1, max: 5 }),
      norm: fc.boolean(),
      pool: fc.boolean(),
      drop: fc.boolean(),
    });
    const nets = fc.record({
      blocks: fc.array(block, { minLength: 1, maxLength: 5 }),
      units: fc.integer({ min: 1, max: 300 }),
      batchSize: fc.integer({ min: 1, max: 400 }),
      usesAdam: fc.boolean(),
      samples: fc.integer({ min: 1, max: 5000 }),
    });
    await fc.assert(
      fc.asyncProperty(nets, async ({ blocks, units, batchSize, usesAdam, samples }) => {
        const nodes = blocks.flatMap(({ filters, kernel, norm, pool, drop }, at): NodeSketch[] => [
          ["conv2d", `conv${at}`, { filters, kernel: [kernel, kernel], padding: "same" }],
          ...(norm ? [["batchNorm", `bn${at}`] as const] : []),
          ["relu", `relu${at}`],
          ...(pool && at < 3 ? [["pool2d", `pool${at}`] as const] : []),
          ...(drop ? [["dropout", `drop${at}`] as const] : []),
        ]);
        const document = trainedWith(
          chain(
            ["input", "input", { shape: [3, 20, 20] }],
            ...nodes,
            ...([
              ["flatten", "flatten"],
              ["dense", "fc1", { units }],
              ["dense", "fc2", { units: 5 }],
            ] as const),
            ["output", "output"],
          ),
          { batchSize, optimizer: usesAdam ? adam : { name: "sgd" } },
        );
        const dataset = { sampleShape: [3, 20, 20], numClasses: 5, trainCount: samples, testCount: samples % 100 };
        const { stated, taken } = await statedAndTaken(document, dataset);
        expect(stated).toBe(taken);
      }),
      { numRuns: 25, seed: 4711 },
    );
  });

  it("grows by the samples, and by two more values for each weight with Adam", () => {
    const document = chain(
      ["input", "input", { shape: [784] }],
      ["dense", "fc1", { units: 1000 }],
      ["dense", "fc2", { units: 10 }],
      ["output", "output"],
    );
    const bytes = (training: Partial<TrainingSettings>, dataset: DatasetFacts | null): number =>
      compile(trainedWith(document, training), { dataset }).totals.memoryBytes;
    const alone = bytes({}, null);
    expect(Math.abs(bytes({}, mnist) - alone - 70_000 * 785)).toBeLessThanOrEqual(PAGE_BYTES);
    const values = 784 * 1000 + 1000 + 1000 * 10 + 10;
    expect(Math.abs(bytes({ optimizer: adam }, null) - alone - 2 * 4 * values)).toBeLessThanOrEqual(2 * PAGE_BYTES);
  });

  it("is about right while the net is unfinished, and does not wait for a plan of ten thousand layers", () => {
    const document = trainedWith(lenet(), { batchSize: 256 });
    const whole = compile(document).totals.memoryBytes;
    const unfinished = compile(applied(document, [{ type: "deleteNodes", nodeIds: ["output"] }])).totals.memoryBytes;
    expect(unfinished / whole).toBeGreaterThan(0.7);
    expect(unfinished / whole).toBeLessThan(1.5);
    const deep = deepNet(10_000);
    expect(compile(deep, { dataset: null }).totals.memoryBytes).toBeGreaterThan(10_000 * 64 * 10 * 4);
  });
});

/** Input, so many ReLUs, output; made without commands, which take their time with ten thousand nodes. */
const deepNet = (numLayers: number): LayerscopeDocument => {
  const ends = chain(["input", "input", { shape: [10] }], ["output", "output"]);
  const [input, output] = ends.nodes;
  if (input === undefined || output === undefined) throw new Error("no ends");
  const nodes = Array.from({ length: numLayers }, (_, at) => ({
    ...output,
    kind: "relu",
    id: `relu${at}`,
    name: `relu${at}`,
    params: {},
  }));
  const all = [input, ...nodes, output];
  const edges = all.slice(1).map(({ id }, at) => ({
    from: { node: all[at]?.id ?? "", port: "out" },
    to: { node: id, port: "in" },
  }));
  return { ...ends, nodes: all, edges };
};

/** `Use a batch of 1,234 or less instead of 9,000.` → 1234 */
const proposedBatch = (message: string): number =>
  Number((/Use a batch of ([\d,]+) or less/.exec(message)?.[1] ?? "").replaceAll(",", ""));

describe("a net that WebAssembly cannot address", () => {
  it.each([
    ["images", lenet(), 65_536],
    ["vectors", chain(["input", "input", { shape: [784] }], ...wide(), ["output", "output"]), 60_000],
  ])("of %s is refused with the largest batch that fits", (_, document, batchSize) => {
    const states = (size: number) => compile(trainedWith(document, { batchSize: size }));
    const { program, diagnostics, totals } = states(batchSize);
    expect(program).toBeNull();
    expect(totals.memoryBytes).toBeGreaterThan(MEMORY_LIMIT_BYTES);
    const [diagnostic] = diagnostics;
    expect(diagnostic?.code).toBe("LS301");
    const fitting = proposedBatch(diagnostic?.message ?? "");
    expect(diagnostic?.fix?.commands).toEqual([{ type: "setTraining", training: { batchSize: fitting } }]);
    expect(states(fitting).program).not.toBeNull();
    expect(states(fitting).totals.memoryBytes).toBeLessThanOrEqual(MEMORY_LIMIT_BYTES);
    expect(states(fitting + 1).program).toBeNull();
  });
});

function wide(): NodeSketch[] {
  return Array.from({ length: 12 }, (_, at): NodeSketch => ["dense", `fc${at}`, { units: at === 11 ? 10 : 2000 }]);
}

it("is refused by a run in the same words", async () => {
  const document = trainedWith(blobNet(), { batchSize: 65_536 });
  const wider = applied(document, [{ type: "setParams", nodeId: "conv1", params: { filters: 2000, kernel: [5, 5] } }]);
  const refused = await recordRun(wider);
  expect(refused.types()).toBe("failed");
  expect(refused.of("failed")[0]?.failure).toMatchObject({
    reason: "outOfMemory",
    message: expect.stringMatching(
      /^Training needs [\d.]+ GiB of memory, more than the 4 GiB that WebAssembly can address\. Use a batch of /,
    ),
  });
});

describe("a machine with too little free memory", () => {
  afterEach(() => vi.restoreAllMocks());
  const FREE = 3 * 1024 ** 2;
  const poor = { host: { freeMemoryBytes: () => FREE } };

  it("refuses before training starts, with the numbers and a batch that fits", async () => {
    const refused = await recordRun(blobNet({ batchSize: 2000 }), poor);
    expect(refused.types()).toBe("failed");
    const failure = refused.of("failed")[0]?.failure;
    expect(failure).toMatchObject({
      reason: "outOfMemory",
      message: expect.stringMatching(
        /^Training needs [\d.]+ MiB of memory, more than the 3 MiB that this machine has free\. Use a batch of \d+ or less instead of 2,000\.$/,
      ),
    });
    const fitting = proposedBatch(failure?.message ?? "");
    const accepted = await recordRun(blobNet({ batchSize: fitting, epochs: 1 }), poor);
    expect(accepted.of("started")[0]?.memoryBytes).toBeLessThanOrEqual(FREE);
    expect(accepted.events.at(-1)?.type).toBe("finished");
    expect((await recordRun(blobNet({ batchSize: fitting + 1 }), poor)).types()).toBe("failed");
  });

  it("says so when not even one sample fits", async () => {
    const refused = await recordRun(blobNet(), { host: { freeMemoryBytes: () => 10_000 } });
    expect(refused.of("failed")[0]?.failure.message).toContain(
      "more than the 9.76 KiB that this machine has free. Not even",
    );
  });

  it("reports it when the memory is not given although it seemed to be there", async () => {
    vi.spyOn(WebAssembly, "Memory").mockImplementation(function refuse() {
      throw new RangeError("WebAssembly.Memory(): could not allocate memory");
    });
    const refused = new Recording({ host: { freeMemoryBytes: () => 1024 ** 3 } }).start(blobNet());
    await refused.ended;
    expect(refused.of("failed")[0]?.failure).toMatchObject({
      reason: "outOfMemory",
      message: expect.stringMatching(
        /which this machine does not give, though it has 1 GiB free\. Use a smaller batch/,
      ),
    });
  });
});
