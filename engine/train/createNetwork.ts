/** Lays a program out in one WebAssembly memory and starts its threads. */
import type { Program } from "../compile/compiled.ts";
import { type Lowered, lower, UnsupportedProgram } from "../compile/lower.ts";
import { createMemoryImage } from "../compile/memoryImage.ts";
import type { TrainingSettings } from "../document/schema.ts";
import type { ComputeThread, Host } from "../host/host.ts";
import { HEADER_ADDRESS, header } from "../kernels/header.ts";
import { compileKernels, instantiateKernels, type KernelBuild } from "../kernels/loadKernels.ts";
import { elementsOf } from "../layer.ts";
import type { RunFailure } from "../protocol.ts";
import { err, ok, type Result } from "../result.ts";
import type { Network, NetworkData } from "./network.ts";
import { WasmNetwork } from "./wasmNetwork.ts";

const PAGE_BYTES = 65536;
/** What 32-bit addresses reach. */
const MAX_PAGES = 65536;
/** Below this many multiply-adds a step, threads wait for each other longer than they compute. */
const MULTIPLY_ADDS_WORTH_A_THREAD = 2_000_000;
/** A batch is split into at most about 22 tasks. */
const MAX_THREADS = 16;
/** Looks at a shared word before a thread goes to sleep: about 10 µs. */
const SPIN = 4000;

export interface NetworkOptions {
  readonly program: Program;
  readonly data: NetworkData;
  readonly optimizer: TrainingSettings["optimizer"];
  readonly weightDecay: number;
  readonly seed: number;
  /** null: as many as the machine has and the net can use. */
  readonly threads: number | null;
  readonly host: Pick<Host, "loadKernels" | "startThread" | "numCores" | "now">;
  /** null: the faster one that the machine runs. */
  readonly build?: KernelBuild;
}

const threadsFor = (program: Program, requested: number | null, numCores: number): number => {
  if (requested !== null) return Math.max(1, Math.min(requested, MAX_THREADS));
  const perSample = program.layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0);
  // Forward, gradient of the input, gradient of the weights.
  const perStep = 3 * perSample * program.batchSize;
  return perStep < MULTIPLY_ADDS_WORTH_A_THREAD ? 1 : Math.max(1, Math.min(numCores, MAX_THREADS));
};

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2).toLocaleString("en-US")} MB`;

const allocate = (bytes: number): Result<WebAssembly.Memory, RunFailure> => {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  if (pages > MAX_PAGES) {
    return err({
      reason: "outOfMemory",
      message: `The net and its data need ${megabytes(bytes)}; WebAssembly can address ${megabytes(MAX_PAGES * PAGE_BYTES)}. Use a smaller batch.`,
    });
  }
  try {
    return ok(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return err({
      reason: "outOfMemory",
      message: `The net and its data need ${megabytes(bytes)}, which this machine does not give. Use a smaller batch.`,
    });
  }
};

const tryLower = (options: NetworkOptions): Result<Lowered, RunFailure> => {
  const { program, data, optimizer, seed } = options;
  try {
    const floats = data.train.images instanceof Float32Array;
    return ok(lower(program, { optimizer: optimizer.name, seed, scale: data.scale, offset: data.offset, floats }));
  } catch (error) {
    if (!(error instanceof UnsupportedProgram)) throw error;
    return err({ reason: "invalidDocument", message: error.message });
  }
};

/**
 * The network of a program: buffers planned, data copied in, threads waiting. Weights are zero until `setTensors`.
 * Fails when the memory is not to be had.
 */
export const createNetwork = async (options: NetworkOptions): Promise<Result<Network, RunFailure>> => {
  const { program, data, optimizer, host } = options;
  const sampleBytes = elementsOf(data.sampleShape) * data.train.images.BYTES_PER_ELEMENT;
  const lowered = tryLower(options);
  if (!lowered.ok) return lowered;
  const threads = threadsFor(program, options.threads, host.numCores);
  const { workspaceBytes } = lowered.value.lowering;
  const extras = [
    { name: "workspace", bytes: workspaceBytes * threads },
    { name: "indices", bytes: program.batchSize * 4 },
    { name: "train images", bytes: data.train.count * sampleBytes + 16 },
    { name: "train labels", bytes: data.train.count },
    { name: "test images", bytes: data.test.count * sampleBytes + 16 },
    { name: "test labels", bytes: data.test.count },
  ];
  const image = createMemoryImage(lowered.value, extras, threads);
  const memory = allocate(image.bytes);
  if (!memory.ok) return memory;

  const { build, module } = await compileKernels(host, options.build ?? null);
  const kernels = await instantiateKernels(module, memory.value, host);
  image.write(memory.value.buffer, kernels.numbers);
  for (const [name, values, length] of [
    ["train images", data.train.images, data.train.count * sampleBytes],
    ["train labels", data.train.labels, data.train.count],
    ["test images", data.test.images, data.test.count * sampleBytes],
    ["test labels", data.test.labels, data.test.count],
  ] as const) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, length);
    new Uint8Array(memory.value.buffer, image.extraAddress(name), length).set(bytes);
  }

  const view = new DataView(memory.value.buffer);
  view.setInt32(HEADER_ADDRESS + header.threads, threads, true);
  view.setInt32(HEADER_ADDRESS + header.spin, SPIN, true);
  view.setInt32(HEADER_ADDRESS + header.workspace, image.extraAddress("workspace") | 0, true);
  view.setInt32(HEADER_ADDRESS + header.workspaceBytes, workspaceBytes, true);
  view.setInt32(HEADER_ADDRESS + header.profileBytes, image.profile.threadBytes, true);
  view.setFloat32(HEADER_ADDRESS + header.weightDecay, options.weightDecay, true);
  if (optimizer.name === "adam") {
    view.setFloat32(HEADER_ADDRESS + header.beta1, optimizer.beta1, true);
    view.setFloat32(HEADER_ADDRESS + header.beta2, optimizer.beta2, true);
    view.setFloat32(HEADER_ADDRESS + header.epsilon, optimizer.epsilon, true);
  }

  const failures: string[] = [];
  const workers: ComputeThread[] = [];
  for (let index = 1; index < threads; index++) {
    workers.push(
      await host.startThread({
        module,
        memory: memory.value,
        index,
        onFailed: (reason) => failures.push(reason),
      }),
    );
  }
  return ok(
    new WasmNetwork({
      options,
      build,
      lowered: lowered.value,
      image,
      memory: memory.value,
      kernels,
      threads,
      workers,
      failures,
    }),
  );
};
