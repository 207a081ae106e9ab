/** Lays a program out in one WebAssembly memory and starts its threads. */
import type { Program } from "../compile/compiled.ts";
import { UnsupportedProgram } from "../compile/lower.ts";
import {
  largestBatch,
  type MemoryLimit,
  machineLimit,
  notGivenMessage,
  tooLargeMessage,
  webAssemblyLimit,
} from "../compile/memory.ts";
import {
  type ImageOptions,
  layOutForTraining,
  layOutProgram,
  PAGE_BYTES,
  type ProgramImage,
} from "../compile/programImage.ts";
import { numChannelsOf } from "../data/augmentation.ts";
import { bytesOfLabels, labelBytes, targetWidthOf } from "../data/labels.ts";
import type { TrainingSettings } from "../document/schema.ts";
import type { ComputeThread, Host } from "../host/host.ts";
import { HEADER_ADDRESS, header } from "../kernels/header.ts";
import { compileKernels, instantiateKernels, type KernelBuild } from "../kernels/loadKernels.ts";
import { elementsOf } from "../layer.ts";
import type { RunFailure } from "../protocol.ts";
import { err, ok, type Result } from "../result.ts";
import type { Network, NetworkData } from "./network.ts";
import { WasmNetwork } from "./wasmNetwork.ts";

/** What 32 bits address. */
const MAX_PAGES = 2 ** 32 / PAGE_BYTES;
/** Looks at a shared word before a thread goes to sleep: about 10 µs. */
const SPIN = 4000;

export interface NetworkOptions {
  readonly program: Program;
  readonly data: NetworkData;
  readonly optimizer: TrainingSettings["optimizer"];
  readonly weightDecay: number;
  /** Absent or null: gradients are not clipped. */
  readonly clipNorm?: number | null;
  readonly seed: number;
  /** null: as many as the machine has and the net can use. */
  readonly threads: number | null;
  readonly host: Pick<
    Host,
    "loadKernels" | "bootThreads" | "startThread" | "numCores" | "now" | "freeMemoryBytes" | "reservesAddresses"
  >;
  /** null: the faster one that the machine runs. */
  readonly build?: KernelBuild;
}

const ofChannel = (values: number | readonly number[], channel: number): number =>
  typeof values === "number" ? values : (values[channel] ?? Number.NaN);

const imageOptions = ({ data, optimizer, seed, threads, host, clipNorm }: NetworkOptions): ImageOptions => {
  const { images, count } = data.train;
  return {
    lowering: {
      ...{ optimizer: optimizer.name, clips: (clipNorm ?? null) !== null },
      ...{ seed, sampleShape: data.sampleShape, floats: images instanceof Float32Array },
    },
    data: {
      sampleBytes: elementsOf(data.sampleShape) * images.BYTES_PER_ELEMENT,
      numChannels: numChannelsOf(data.sampleShape),
      labelBytes: labelBytes(targetWidthOf(data.train.labels)),
      trainCount: count,
      testCount: data.test.count,
    },
    threads,
    numCores: host.numCores,
  };
};

const tryLayOut = (options: NetworkOptions): Result<ProgramImage, RunFailure> => {
  try {
    return ok(layOutForTraining(options.program, imageOptions(options)));
  } catch (error) {
    if (!(error instanceof UnsupportedProgram)) throw error;
    return err({ reason: "invalidDocument", message: error.message });
  }
};

/** Refuses what exceeds the addresses or the machine, with the batch that would fit; both are known before anything is allocated. */
const allocate = (options: NetworkOptions, bytes: number): Result<WebAssembly.Memory, RunFailure> => {
  const { batchSize } = options.program;
  const freeBytes = options.host.freeMemoryBytes();
  const isFreeLess = freeBytes !== null && freeBytes < webAssemblyLimit.bytes;
  const limit: MemoryLimit = isFreeLess ? machineLimit(freeBytes) : webAssemblyLimit;
  if (bytes > limit.bytes) {
    const bytesOf = (size: number): number =>
      layOutProgram({ ...options.program, batchSize: size }, imageOptions(options)).memoryBytes;
    const fitting = largestBatch(bytesOf, limit.bytes, batchSize);
    return err({ reason: "outOfMemory", message: tooLargeMessage({ bytes, limit, batchSize, fitting }) });
  }
  const pages = bytes / PAGE_BYTES;
  try {
    const maximum = options.host.reservesAddresses ? MAX_PAGES : pages;
    return ok(new WebAssembly.Memory({ initial: pages, maximum, shared: true }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return err({ reason: "outOfMemory", message: notGivenMessage(bytes, freeBytes) });
  }
};

/**
 * The network of a program: buffers planned, data copied in, threads waiting. Weights are zero until `setTensors`.
 * Fails when the memory is not to be had.
 */
export const createNetwork = async (options: NetworkOptions): Promise<Result<Network, RunFailure>> => {
  const { data, host } = options;
  const laidOut = tryLayOut(options);
  if (!laidOut.ok) return laidOut;
  const { lowered, image, threads } = laidOut.value;
  const { workspaceBytes } = lowered.lowering;
  // They boot while the memory is filled.
  host.bootThreads(threads - 1);
  const sampleBytes = elementsOf(data.sampleShape) * data.train.images.BYTES_PER_ELEMENT;
  const bytesOfLabel = labelBytes(targetWidthOf(data.train.labels));
  const memory = allocate(options, laidOut.value.memoryBytes);
  if (!memory.ok) return memory;

  const { build, module } = await compileKernels(host, options.build ?? null);
  const kernels = await instantiateKernels(module, memory.value, host);
  image.write(memory.value.buffer, kernels.numbers);
  for (const [name, values, length] of [
    ["train images", data.train.images, data.train.count * sampleBytes],
    ["train labels", bytesOfLabels(data.train.labels), data.train.count * bytesOfLabel],
    ["test images", data.test.images, data.test.count * sampleBytes],
    ["test labels", bytesOfLabels(data.test.labels), data.test.count * bytesOfLabel],
  ] as const) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, length);
    new Uint8Array(memory.value.buffer, image.extraAddress(name), length).set(bytes);
  }

  const numChannels = numChannelsOf(data.sampleShape);
  const scaling = new Float32Array(memory.value.buffer, image.extraAddress("scaling"), 2 * numChannels);
  for (let channel = 0; channel < numChannels; channel++) {
    scaling[2 * channel] = ofChannel(data.scale, channel);
    scaling[2 * channel + 1] = ofChannel(data.offset, channel);
  }

  const view = new DataView(memory.value.buffer);
  view.setInt32(HEADER_ADDRESS + header.scaling, image.extraAddress("scaling") | 0, true);
  view.setInt32(HEADER_ADDRESS + header.threads, threads, true);
  view.setInt32(HEADER_ADDRESS + header.spin, SPIN, true);
  view.setInt32(HEADER_ADDRESS + header.workspace, image.extraAddress("workspace") | 0, true);
  view.setInt32(HEADER_ADDRESS + header.workspaceBytes, workspaceBytes, true);
  view.setInt32(HEADER_ADDRESS + header.tickets, image.extraAddress("tickets") | 0, true);
  view.setInt32(HEADER_ADDRESS + header.profileBytes, image.profile.threadBytes, true);

  const failures: string[] = [];
  const workers: ComputeThread[] = await Promise.all(
    Array.from({ length: threads - 1 }, (_, index) =>
      host.startThread({
        module,
        memory: memory.value,
        index: index + 1,
        onFailed: (reason) => failures.push(reason),
      }),
    ),
  );
  const network = new WasmNetwork({
    options,
    build,
    lowered,
    image,
    memory: memory.value,
    kernels,
    threads,
    workers,
    failures,
  });
  network.setUpdates({ ...options, clipNorm: options.clipNorm ?? null });
  return ok(network);
};
