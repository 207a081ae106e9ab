/** The engine in a Web Worker. Kernels and MNIST come from the server that served the page. */
import {
  type Dataset,
  type DatasetFiles,
  type DatasetPart,
  type DatasetProblem,
  parseDataset,
} from "../data/dataset.ts";
import { idxFileNames } from "../data/datasets.ts";
import { err, type Result } from "../result.ts";
import type { TrainerHost } from "./host.ts";

/** Rejects with a sentence that names the path and what the server answered. */
const fetchBytes = async (path: string): Promise<Uint8Array> => {
  const response = await fetch(new URL(path, self.location.origin));
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${response.statusText}`.trimEnd());
  return new Uint8Array(await response.arrayBuffer());
};

const bootThread = (): Worker => new Worker(new URL("./webThread.ts", import.meta.url), { type: "module" });

export const createWebHost = (): TrainerHost => {
  const channel = new MessageChannel();
  const booted: Worker[] = [];
  let wake: (() => void) | null = null;
  channel.port1.onmessage = () => {
    const resume = wake;
    wake = null;
    resume?.();
  };
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
    // A message to oneself queues behind the messages that wait; a timer would cost 4 ms each.
    yieldToMessages: () =>
      new Promise((resume) => {
        wake = resume;
        channel.port2.postMessage(null);
      }),
    loadDataset: async (reference) =>
      reference.source === "mnist"
        ? readMnist()
        : err({
            type: "notHere",
            message: `The folder ${reference.directory} cannot be read in a browser. Train on MNIST here, or open the document in the desktop app.`,
          }),
  };
};

const readMnist = async (): Promise<Result<Dataset, DatasetProblem>> => {
  const read = async (part: DatasetPart): Promise<DatasetFiles[DatasetPart]> => {
    const fileName = idxFileNames[part][0];
    return { fileName, bytes: await fetchBytes(`/data/mnist/${fileName}`) };
  };
  try {
    return parseDataset("MNIST", {
      trainImages: await read("trainImages"),
      trainLabels: await read("trainLabels"),
      testImages: await read("testImages"),
      testLabels: await read("testLabels"),
    });
  } catch (error) {
    return err({ type: "unreadable", message: `MNIST: ${error instanceof Error ? error.message : String(error)}` });
  }
};
