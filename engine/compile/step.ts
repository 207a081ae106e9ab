/**
 * What a program is lowered to: kernel calls on buffers. Buffers have no address yet and operations no order but their dependencies;
 * `schedule.ts` groups operations into phases, `plan.ts` gives buffers addresses.
 */
import type { FieldOf, KernelName } from "../kernels/table.ts";

export interface Buffer {
  readonly name: string;
  readonly bytes: number;
  /** `step`: its bytes may be shared with buffers that live at other times. `kept`: its own, zero at first. */
  readonly lifetime: "kept" | "step";
  /** Constant tables: what the memory holds from the start. */
  readonly content?: Uint32Array | Float32Array;
  /** The same, worked out only where a memory is really made. */
  readonly fill?: () => Uint8Array;
}

/** A byte inside a buffer. */
export interface Place {
  readonly buffer: Buffer;
  readonly offset: number;
}

export type Argument = number | Place;

/**
 * How an operation splits into tasks: by samples, by channels (`quads` of 4 in all), or not at all. `host`: no kernel, it runs on the
 * main thread while all others wait.
 */
export type Domain =
  | { readonly type: "rows" }
  | { readonly type: "channels"; readonly quads: number }
  | { readonly type: "single" }
  | { readonly type: "host" };

/** What an operation on the main thread sees. */
export interface HostContext {
  readonly memory: ArrayBufferLike;
  readonly addressOf: (buffer: Buffer) => number;
  /** Samples of the batch. */
  readonly rows: number;
  readonly step: number;
}

/** `local`: a task touches its own rows or channels only. `all`: it needs what other tasks of the domain write. */
export interface Access {
  readonly buffer: Buffer;
  readonly scope: "local" | "all";
}

export interface Operation {
  /** `reference`: computed by `host`. */
  readonly kernel: KernelName | "reference";
  readonly host?: (context: HostContext) => void;
  readonly arguments: Readonly<Record<string, Argument>>;
  readonly domain: Domain;
  /** Rows of a call within a task: 0 all of them; null takes its neighbours' number. */
  readonly block: number | null;
  readonly reads: readonly Access[];
  readonly writes: readonly Access[];
  readonly nodes: readonly string[];
  readonly pass: "forward" | "statistics" | "backward" | "update";
  /** Statistics that run in the phase of their neighbours, in every step; the kernel looks whether it is measured. */
  readonly inPlace?: true;
}

/** Checks the names of the arguments against the kernel's row; fields left out are 0. */
export const operation = <K extends KernelName>(
  kernel: K,
  values: Partial<Readonly<Record<FieldOf<K>, Argument>>>,
  rest: Omit<Operation, "kernel" | "arguments">,
): Operation => ({ kernel, arguments: values as Readonly<Record<string, Argument>>, ...rest });

/** Work for the main thread. */
export const hostOperation = (
  host: (context: HostContext) => void,
  rest: Pick<Operation, "reads" | "writes" | "nodes" | "pass">,
): Operation => ({ kernel: "reference", arguments: {}, host, domain: { type: "host" }, block: null, ...rest });

export const local = (...buffers: readonly (Buffer | null | undefined)[]): Access[] =>
  buffers.filter((buffer) => buffer != null).map((buffer) => ({ buffer, scope: "local" }));

export const all = (...buffers: readonly (Buffer | null | undefined)[]): Access[] =>
  buffers.filter((buffer) => buffer != null).map((buffer) => ({ buffer, scope: "all" }));

/** What other tasks update too is read whole when tasks are rows, and panel by panel when they are channels. */
export const scoped = (domain: Domain, buffer: Buffer | null): Access[] =>
  domain.type === "channels" ? local(buffer) : all(buffer);

export const at = (buffer: Buffer, offset = 0): Place => ({ buffer, offset });
