/** Calls single kernels on a small memory: tensors are laid out as the engine does, arguments go in by the names of the kernel's row. */
import { createLayout, type Layout, layoutBytes, offsetIn } from "../../../engine/compile/layout.ts";
import { HEADER_ADDRESS, header } from "../../../engine/kernels/header.ts";
import {
  compileKernels,
  instantiateKernels,
  type KernelBuild,
  type Kernels,
} from "../../../engine/kernels/loadKernels.ts";
import { type FieldOf, type FieldType, type KernelName, kernelTable } from "../../../engine/kernels/table.ts";
import { elementsOf, type Padding2d, type Tensor } from "../../../engine/layer.ts";
import { host } from "./nets.ts";

const PAGES = 64;
const FIRST_FREE = 2 * 65536;
/** What a kernel may have spoilt behind the last that was reserved. */
const BEYOND = 65536;

/** A batch of images (or vectors) in the memory. */
export interface Placed {
  readonly address: number;
  readonly layout: Layout;
  readonly shape: readonly number[];
}

export class Workbench {
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: Kernels;
  #next = FIRST_FREE;

  private constructor(memory: WebAssembly.Memory, kernels: Kernels) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#spoil(PAGES * 65536);
  }

  static async create(build: KernelBuild): Promise<Workbench> {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
    const { module } = await compileKernels(host, build);
    return new Workbench(memory, await instantiateKernels(module, memory, { now: () => performance.now() }));
  }

  /** Frees everything, and fills the memory with NaN: what a kernel reads beyond its data shows. */
  reset(): void {
    this.#spoil(Math.min(this.#next + BEYOND, PAGES * 65536));
    this.#next = FIRST_FREE;
  }

  #spoil(end: number): void {
    this.floats(FIRST_FREE, (end - FIRST_FREE) / 4).fill(Number.NaN);
  }

  reserve(bytes: number): number {
    const address = this.#next;
    this.#next += Math.ceil(bytes / 64) * 64 + 64;
    if (this.#next > PAGES * 65536) throw new RangeError("The workbench is full.");
    return address;
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, length);
  }

  words(address: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, length);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  /** An f32 vector, padded with zeros to whole quads. */
  vector(values: ArrayLike<number>): number {
    const length = Math.ceil(values.length / 4) * 4;
    const address = this.reserve(length * 4);
    this.floats(address, length).fill(0);
    this.floats(address, values.length).set(Array.from(values));
    return address;
  }

  table(values: ArrayLike<number>): number {
    const address = this.reserve(values.length * 4);
    this.words(address, values.length).set(Array.from(values, (value) => value | 0));
    return address;
  }

  /** Places a tensor `[N, C, H, W]` or `[N, F]`; padding channels and border are zero. */
  place(tensor: Tensor, border?: Padding2d, packed?: boolean): Placed {
    const placed = this.room(tensor.shape, border, packed);
    const { layout, address } = placed;
    const area = layout.height * layout.width;
    const floats = new DataView(this.#memory.buffer);
    tensor.data.forEach((value, at) => {
      floats.setFloat32(address + layout.originBytes + this.#offset(layout, area, at), value, true);
    });
    return placed;
  }

  /** Room for a tensor, all zero. */
  room(shape: readonly number[], border?: Padding2d, packed?: boolean): Placed {
    const layout = createLayout(shape.slice(1), border, packed);
    const bytes = layoutBytes(layout, shape[0] ?? 0);
    const address = this.reserve(bytes);
    this.bytes(address, bytes).fill(0);
    return { address, layout, shape };
  }

  read({ address, layout, shape }: Placed): Float64Array {
    const area = layout.height * layout.width;
    const floats = new DataView(this.#memory.buffer);
    return Float64Array.from({ length: elementsOf(shape) }, (_, at) =>
      floats.getFloat32(address + layout.originBytes + this.#offset(layout, area, at), true),
    );
  }

  #offset(layout: Layout, area: number, at: number): number {
    const perSample = layout.channels * area;
    const feature = at % perSample;
    const pixel = feature % area;
    const row = Math.floor(pixel / layout.width);
    return (
      Math.floor(at / perSample) * layout.sampleBytes +
      offsetIn(layout, Math.floor(feature / area), row, pixel % layout.width)
    );
  }

  setHeader(values: Partial<Record<keyof typeof header, number>>): void {
    const view = new DataView(this.#memory.buffer);
    const rates = [
      "learningRate",
      "weightDecay",
      "clipNorm",
      "beta1",
      "beta2",
      "epsilon",
      "correction1",
      "correction2",
    ];
    const floats = new Set(rates);
    for (const [name, value] of Object.entries(values)) {
      const address = HEADER_ADDRESS + header[name as keyof typeof header];
      if (floats.has(name)) view.setFloat32(address, value, true);
      else view.setInt32(address, value, true);
    }
  }

  getHeader(name: "diverged" | "correct" | "lossSum"): number {
    const view = new DataView(this.#memory.buffer);
    const address = HEADER_ADDRESS + header[name];
    return name === "lossSum" ? view.getFloat64(address, true) : view.getInt32(address, true);
  }

  /** One call on rows n0 … n1, all channels unless given, partial results to slot `task`. */
  run<K extends KernelName>(
    kernel: K,
    values: Partial<Record<FieldOf<K>, number>>,
    range: {
      readonly n0: number;
      readonly n1: number;
      readonly c0?: number;
      readonly c1?: number;
      readonly task?: number;
    },
  ): void {
    const fields: [string, FieldType][] = Object.entries(kernelTable[kernel].fields);
    const address = this.reserve(fields.length * 4);
    const view = new DataView(this.#memory.buffer);
    fields.forEach(([name, type], at) => {
      const value = (values as Record<string, number | undefined>)[name] ?? 0;
      if (type === "f32") view.setFloat32(address + at * 4, value, true);
      else view.setInt32(address + at * 4, value | 0, true);
    });
    const { n0, n1, c0 = 0, c1 = 0x3fffffff, task = 0 } = range;
    this.#kernels.dispatch(this.#kernels.numbers[kernel], address, n0, n1, c0, c1, task);
  }

  /** `x`, `xN`, `xH`, `xW` of a placed tensor. */
  static view<P extends string>(
    prefix: P,
    { address, layout }: Placed,
  ): Record<P | `${P}N` | `${P}H` | `${P}W`, number> {
    return {
      [prefix]: address + layout.originBytes,
      [`${prefix}N`]: layout.sampleBytes,
      [`${prefix}H`]: layout.rowBytes,
      [`${prefix}W`]: layout.pixelBytes,
    } as Record<P | `${P}N` | `${P}H` | `${P}W`, number>;
  }
}
