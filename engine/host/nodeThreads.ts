/** Compute threads on Node: workers that boot ahead of the network they will compute for. */
import { Worker } from "node:worker_threads";
import { messageOf } from "../result.ts";
import type { Host } from "./host.ts";

/**
 * What a compute thread runs. It is plain JavaScript in a string, so that it is the same file-less worker from sources, from a bundle
 * and inside app.asar. `threadMain` returns only when the network is disposed.
 */
const threadCode = `
const { parentPort } = require("node:worker_threads");
parentPort.once("message", ({ module, memory, index }) => {
  const instance = new WebAssembly.Instance(module, { env: { memory, now: () => performance.now() } });
  parentPort.postMessage("ready");
  instance.exports.threadMain(index);
});
`;

export const createNodeThreads = (): Pick<Host, "bootThreads" | "startThread"> => {
  const booted = new Set<Worker>();

  const boot = (): Worker => {
    const worker = new Worker(threadCode, { eval: true });
    const forget = (): void => void booted.delete(worker);
    // One that does not boot is not used; the thread that is started in its place says what is wrong.
    worker.once("error", forget);
    worker.once("exit", forget);
    return worker;
  };
  const take = (): Worker => {
    const [worker = boot()] = booted;
    booted.delete(worker);
    worker.ref();
    return worker;
  };

  return {
    bootThreads(count) {
      while (booted.size < count) {
        const worker = boot();
        worker.unref();
        booted.add(worker);
      }
    },
    startThread: ({ module, memory, index, onFailed }) =>
      new Promise((started, failed) => {
        const worker = take();
        let running = false;
        let ended = false;
        const fail = (reason: string): void => {
          if (ended) return;
          ended = true;
          if (running) onFailed(reason);
          else failed(new Error(reason));
        };
        worker.on("error", (error) => fail(`Compute thread ${index} failed: ${messageOf(error)}`));
        worker.on("exit", (code) => fail(`Compute thread ${index} ended with code ${code}.`));
        worker.once("message", () => {
          running = true;
          // From now on it waits for work, which must not keep the process alive.
          worker.unref();
          started({
            terminate: () => {
              ended = true;
              void worker.terminate();
            },
          });
        });
        worker.postMessage({ module, memory, index });
      }),
  };
};
