/** Chooses the build that this machine runs, compiles it once, and instantiates it on a memory. */
import type { Host } from "../host/host.ts";
import { type KernelName, kernelTable } from "./table.ts";

export type KernelBuild = "relaxed-simd" | "simd";

export interface CompiledKernels {
  readonly build: KernelBuild;
  readonly module: WebAssembly.Module;
}

export interface Kernels {
  /** Runs the job in the header on all threads. */
  readonly runJob: () => void;
  /** The number of a kernel in the driver's tables. */
  readonly numbers: Readonly<Record<KernelName, number>>;
  /** Calls one kernel directly: rows n0 … n1, quads of channels c0 … c1, partial results to slot `task`. */
  readonly dispatch: (
    kernel: number,
    args: number,
    n0: number,
    n1: number,
    c0: number,
    c1: number,
    task: number,
  ) => void;
}

/** By where they are loaded from: a process trains net after net, and what its processor has optimized of them stays. */
const compiled = new WeakMap<Host["loadKernels"], Map<KernelBuild | null, Promise<CompiledKernels>>>();

/** The build asked for, else the relaxed one where the machine runs it, else the plain one. */
export const compileKernels = (
  host: Pick<Host, "loadKernels">,
  build: KernelBuild | null,
): Promise<CompiledKernels> => {
  const known = compiled.get(host.loadKernels) ?? new Map<KernelBuild | null, Promise<CompiledKernels>>();
  compiled.set(host.loadKernels, known);
  const earlier = known.get(build);
  if (earlier !== undefined) return earlier;
  const kernels = compileOnce(host, build);
  known.set(build, kernels);
  // What could not be read may be there the next time.
  kernels.catch(() => known.delete(build));
  return kernels;
};

const compileOnce = async (host: Pick<Host, "loadKernels">, build: KernelBuild | null): Promise<CompiledKernels> => {
  const load = async (name: KernelBuild) => new Uint8Array(await host.loadKernels(name));
  const compile = async (name: KernelBuild, bytes: Uint8Array<ArrayBuffer>) => ({
    build: name,
    module: await WebAssembly.compile(bytes),
  });
  if (build !== null) return compile(build, await load(build));
  const relaxed = await load("relaxed-simd");
  return WebAssembly.validate(relaxed) ? compile("relaxed-simd", relaxed) : compile("simd", await load("simd"));
};

const callable = (exports: WebAssembly.Exports, name: string): ((...args: number[]) => void) => {
  const value = exports[name];
  if (typeof value !== "function") throw new Error(`The kernels export no function ${name}. Rebuild them.`);
  return (...args) => {
    value(...args);
  };
};

export const instantiateKernels = async (
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  { now }: Pick<Host, "now">,
): Promise<Kernels> => {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory, now } });
  const numberOf = (name: string): number => {
    const id = exports[`id_${name}`];
    if (!(id instanceof WebAssembly.Global)) throw new Error(`The kernels have no kernel ${name}. Rebuild them.`);
    return Number(id.value);
  };
  const names = Object.keys(kernelTable).filter((name): name is KernelName => name in kernelTable);
  return {
    runJob: callable(exports, "runJob"),
    dispatch: callable(exports, "dispatch"),
    numbers: Object.fromEntries(names.map((name) => [name, numberOf(name)])) as Record<KernelName, number>,
  };
};
