/** The machine's own limit: what register-resident multiply-adds reach on a number of threads in this very run. */
import { Worker } from "node:worker_threads";
import { compileKernels, type KernelBuild } from "../kernels/loadKernels.ts";
import type { Host } from "./host.ts";

/** Of one iteration of the kernel `peak`. */
const FLOPS_PER_ITERATION = 96;
const ITERATIONS = 2_000_000;
const ROUNDS = 12;

/** Each thread runs the kernel round after round and reports when each round began and ended, on the clock they share. */
const threadCode = `
const { parentPort, workerData } = require("node:worker_threads");
const { module, iterations, rounds } = workerData;
const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true });
const { peak } = new WebAssembly.Instance(module, { env: { memory, now: () => performance.now() } }).exports;
peak(iterations);
parentPort.postMessage("ready");
parentPort.once("message", () => {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    peak(iterations);
    best = Math.min(best, performance.now() - begun);
  }
  parentPort.postMessage(best);
});
`;

const nextMessage = (worker: Worker): Promise<unknown> =>
  new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });

/** GFLOP/s: the sum over the threads of each one's best round while all of them run. */
export const measureMachineLimit = async (
  host: Pick<Host, "loadKernels">,
  threads: number,
  build: KernelBuild | null,
): Promise<number> => {
  const { module } = await compileKernels(host, build);
  const workerData = { module, iterations: ITERATIONS, rounds: ROUNDS };
  const workers = Array.from({ length: threads }, () => new Worker(threadCode, { eval: true, workerData }));
  try {
    await Promise.all(workers.map(nextMessage));
    const bests = workers.map(nextMessage);
    for (const worker of workers) worker.postMessage("go");
    const times = await Promise.all(bests);
    return times.reduce<number>((sum, ms) => sum + (FLOPS_PER_ITERATION * ITERATIONS) / (Number(ms) * 1e6), 0);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
};
