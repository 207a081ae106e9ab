/** A program laid out in one memory with its data: what the trainer allocates, and what is stated of it beforehand. */
import { AUGMENTATION_WORDS } from "../data/augmentation.ts";
import { TICKET_BYTES } from "../kernels/header.ts";
import type { Program } from "./compiled.ts";
import { type Lowered, lower } from "./lower.ts";
import type { LoweringOptions } from "./lowering.ts";
import { createMemoryImage, type MemoryImage } from "./memoryImage.ts";

/** The unit in which WebAssembly allocates. */
export const PAGE_BYTES = 65536;

/** Below this many multiply-adds a step, threads wait for each other longer than they compute. */
const MULTIPLY_ADDS_WORTH_A_THREAD = 2_000_000;
/** A batch is split into at most about 22 tasks. */
const MAX_THREADS = 16;

/** The samples that lie in the memory beside the net. */
export interface DataSize {
  readonly sampleBytes: number;
  /** What has a scale and an offset of its own. */
  readonly numChannels: number;
  /** Of one sample's label. */
  readonly labelBytes: number;
  readonly trainCount: number;
  readonly testCount: number;
}

export interface ImageOptions {
  readonly lowering: LoweringOptions;
  readonly data: DataSize;
  /** null: as many as the machine has and the net can use. */
  readonly threads: number | null;
  readonly numCores: number;
}

export interface ProgramImage {
  readonly lowered: Lowered;
  readonly image: MemoryImage;
  readonly threads: number;
  /** Of the whole memory, in full pages. */
  readonly memoryBytes: number;
}

const threadsFor = (program: Program, { threads, numCores }: ImageOptions): number => {
  if (threads !== null) return Math.max(1, Math.min(threads, MAX_THREADS));
  const perSample = program.layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0);
  // Forward, gradient of the input, gradient of the weights.
  const perStep = 3 * perSample * program.batchSize;
  return perStep < MULTIPLY_ADDS_WORTH_A_THREAD ? 1 : Math.max(1, Math.min(numCores, MAX_THREADS));
};

/** Throws an `UnsupportedProgram` where there is no way to compute the program. */
export const layOutProgram = (program: Program, options: ImageOptions): ProgramImage => {
  const lowered = lower(program, options.lowering);
  const threads = threadsFor(program, options);
  const { sampleBytes, numChannels, labelBytes, trainCount, testCount } = options.data;
  const extras = [
    { name: "workspace", bytes: lowered.lowering.workspaceBytes * threads },
    { name: "tickets", bytes: TICKET_BYTES * threads },
    { name: "indices", bytes: program.batchSize * 4 },
    { name: "scaling", bytes: numChannels * 8 },
    { name: "augmentations", bytes: program.batchSize * AUGMENTATION_WORDS * 4 },
    { name: "train images", bytes: trainCount * sampleBytes + 16 },
    { name: "train labels", bytes: trainCount * labelBytes },
    { name: "test images", bytes: testCount * sampleBytes + 16 },
    { name: "test labels", bytes: testCount * labelBytes },
  ];
  const image = createMemoryImage(lowered, extras, threads);
  return { lowered, image, threads, memoryBytes: Math.ceil(image.bytes / PAGE_BYTES) * PAGE_BYTES };
};

/** Of the last nets of this process, by all that they were laid out from. */
const keptImages = new Map<string, ProgramImage>();
const MOST_KEPT = 2;

/**
 * What `layOutProgram` returns, for a net that is about to train: the runs of a study often differ in nothing that a layout depends on, and share it.
 * Layers that run by their references keep values between the passes of a step, so a net that has some is laid out for itself.
 */
export const layOutForTraining = (program: Program, options: ImageOptions): ProgramImage => {
  const key = JSON.stringify([program, options]);
  const kept = keptImages.get(key);
  if (kept !== undefined) return kept;
  const laidOut = layOutProgram(program, options);
  if (laidOut.lowered.training.some(({ host }) => host !== undefined)) return laidOut;
  const [oldest] = keptImages.keys();
  if (keptImages.size >= MOST_KEPT && oldest !== undefined) keptImages.delete(oldest);
  keptImages.set(key, laidOut);
  return laidOut;
};
