/** The engine in a Web Worker. Kernels and MNIST come from the server that served the page. */
import { loadDataset } from "../data/loadDataset.ts";
import { recognizeDataset } from "../data/recognizeDataset.ts";
import { randomSource } from "../train/rng.ts";
import { Sha256 } from "../train/sha256.ts";
import type { TrainerHost } from "./host.ts";
import { joinedBytes } from "./joinedBytes.ts";
import { fetchBytes, webDatasetFiles } from "./webDatasetFiles.ts";

const bootThread = (): Worker => new Worker(new URL("./webThread.ts", import.meta.url), { type: "module" });

/** The browser's own takes all bytes at once, and is there where the page came by https or from this machine. */
const sha256 = async (pieces: Iterable<Uint8Array>): Promise<string> => {
  const { subtle } = crypto as { readonly subtle?: SubtleCrypto };
  if (subtle === undefined) {
    const hash = new Sha256();
    for (const piece of pieces) hash.update(piece);
    return hash.digest();
  }
  const digest = await subtle.digest("SHA-256", joinedBytes([...pieces]));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
};

export const createWebHost = (): TrainerHost => {
  const channel = new MessageChannel();
  const booted: Worker[] = [];
  const waiting: (() => void)[] = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  return {
    now: () => performance.now(),
    timestamp: () => new Date().toISOString(),
    numCores: navigator.hardwareConcurrency,
    // A browser tells a page nothing of what is free.
    freeMemoryBytes: () => null,
    loadKernels: (build) => fetchBytes(`/kernels/${build}.wasm`),
    bootThreads(count) {
      while (booted.length < count) booted.push(bootThread());
    },
    startThread: ({ module, memory, index, onFailed }) =>
      new Promise((started, failed) => {
        const worker = booted.pop() ?? bootThread();
        let running = false;
        worker.onerror = (event) => {
          event.preventDefault();
          const reason = `Compute thread ${index} failed: ${event.message}`;
          if (running) onFailed(reason);
          else failed(new Error(reason));
        };
        worker.onmessage = () => {
          running = true;
          started({ terminate: () => worker.terminate() });
        };
        worker.postMessage({ module, memory, index });
      }),
    sha256,
    // A message to oneself queues behind the messages that wait; a timer would cost 4 ms each.
    yieldToMessages: () =>
      new Promise((resume) => {
        waiting.push(resume);
        channel.port2.postMessage(null);
      }),
    recognizeDataset: (path) => recognizeDataset(path, webDatasetFiles),
    loadDataset: (reference) => loadDataset(reference, { files: webDatasetFiles, random: randomSource }),
  };
};
