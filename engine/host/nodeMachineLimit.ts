/** The machine's own limit: what register-resident multiply-adds reach on a number of threads, at the moment of the question. */
import { Worker } from "node:worker_threads";
import { compileKernels, type KernelBuild } from "../kernels/loadKernels.ts";
import type { Host } from "./host.ts";

/** Of one iteration of the kernel `peak`. */
const FLOPS_PER_ITERATION = 96;
const ITERATIONS = 1_000_000;
const WARM_UP_ROUNDS = 4;
const ROUNDS = 5;

/** Each thread runs the kernel a few rounds at every message, and answers with the shortest. */
const threadCode = `
const { parentPort, workerData } = require("node:worker_threads");
const { module, iterations, rounds, warmUpRounds } = workerData;
const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true });
const { peak } = new WebAssembly.Instance(module, { env: { memory, now: () => performance.now() } }).exports;
for (let round = 0; round < warmUpRounds; round++) peak(iterations);
parentPort.on("message", () => {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    peak(iterations);
    best = Math.min(best, performance.now() - begun);
  }
  parentPort.postMessage(best);
});
parentPort.postMessage(null);
`;

const nextMessage = (worker: Worker): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const settle = (message: unknown): void => {
      worker.off("error", reject);
      resolve(message);
    };
    worker.once("message", settle);
    worker.once("error", reject);
  });

/** Threads that wait for the question. */
export interface MachineLimit {
  readonly threads: number;
  /** GFLOP/s: the sum over the threads of each one's best of a few rounds while all of them run; takes some 20 ms. */
  measure(): Promise<number>;
  close(): Promise<void>;
}

export const openMachineLimit = async (
  host: Pick<Host, "loadKernels">,
  threads: number,
  build: KernelBuild | null,
): Promise<MachineLimit> => {
  const { module } = await compileKernels(host, build);
  const workerData = { module, iterations: ITERATIONS, rounds: ROUNDS, warmUpRounds: WARM_UP_ROUNDS };
  const workers = Array.from({ length: threads }, () => new Worker(threadCode, { eval: true, workerData }));
  await Promise.all(workers.map(nextMessage));
  return {
    threads,
    async measure() {
      const bests = workers.map(nextMessage);
      for (const worker of workers) worker.postMessage(null);
      const times = await Promise.all(bests);
      return times.reduce<number>((sum, ms) => sum + (FLOPS_PER_ITERATION * ITERATIONS) / (Number(ms) * 1e6), 0);
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
};
