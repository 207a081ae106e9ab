/** The engine's only view of the platform: clock, cores, the compiled kernels and threads. One implementation for Node and Electron, one for the web. */

import type { Dataset, DatasetProblem } from "../data/dataset.ts";
import type { DownloadFile, DownloadName } from "../data/downloads.ts";
import type { DatasetReference } from "../document/schema.ts";
import type { Result } from "../result.ts";

/** A compute thread that shares the memory of a network. It runs until disposed. */
export interface ComputeThread {
  terminate(): void;
}

export interface Host {
  /** Milliseconds from an arbitrary start, monotonic. */
  now(): number;
  /** Wall clock as ISO 8601, for records only. */
  timestamp(): string;
  readonly numCores: number;
  /**
   * Set where the kernels run without bounds checks. A memory then reserves all that 32 bits address, so that an access beyond its end
   * meets a page nobody may touch and ends the process, and never reaches other memory.
   */
  readonly reservesAddresses?: boolean;
  /** What this process may still take without pushing others out; null where the platform does not tell. */
  freeMemoryBytes(): number | null;
  /** The bytes of `dist/kernels/<build>.wasm`. */
  loadKernels(build: "relaxed-simd" | "simd"): Promise<Uint8Array>;
  /** Boots as many threads ahead, without waiting for them; `startThread` takes those first. */
  bootThreads(count: number): void;
  /**
   * Starts a compute thread on the shared memory; resolves when it waits for work. `onFailed` is called if it dies.
   * The thread loads the same module and runs the exported `threadMain(index)` on it.
   */
  startThread(call: {
    readonly module: WebAssembly.Module;
    readonly memory: WebAssembly.Memory;
    readonly index: number;
    readonly onFailed: (reason: string) => void;
  }): Promise<ComputeThread>;
  /** SHA-256 of pieces that follow one another, as 64 hexadecimal digits: the platform's own takes a fifteenth of the time of ours. */
  sha256(pieces: Iterable<Uint8Array>): Promise<string>;
  /** Lets pending messages be handled; resolves soon. */
  yieldToMessages(): Promise<void>;
}

/** Fetches datasets that have a name from the network; absent where the platform cannot. */
export interface DatasetDownloads {
  /** What is there of a dataset: all of it, or so many bytes; and what is missing, in which folder. */
  find(name: DownloadName): Promise<{
    readonly isComplete: boolean;
    readonly receivedBytes: number;
    readonly folder: string;
    readonly missing: readonly DownloadFile[];
  }>;
  /** The error is a sentence; what was received stays, and the next call goes on from there. `onProgress` counts bytes of all files. */
  download(
    name: DownloadName,
    onProgress: (receivedBytes: number, totalBytes: number) => void,
  ): Promise<Result<null, string>>;
}

/** What a trainer needs besides: the datasets that this machine can read. */
export interface TrainerHost extends Host {
  loadDataset(reference: DatasetReference): Promise<Result<Dataset, DatasetProblem>>;
  /** Which dataset a file or folder is. */
  recognizeDataset(path: string): Promise<Result<DatasetReference, DatasetProblem>>;
  readonly downloads?: DatasetDownloads;
}
