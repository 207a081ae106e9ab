/** Phases and buffers → addresses, and the bytes of the driver's tables. Pure: what it returns is written into the memory as it is. */
import { HEADER_ADDRESS, HEADER_BYTES, OPERATION_BYTES, PHASE_BYTES, SEGMENT_BYTES } from "../kernels/header.ts";
import { type FieldType, type KernelName, kernelTable } from "../kernels/table.ts";
import type { Lowered } from "./lower.ts";
import { type Lifetime, planMemory } from "./plan.ts";
import { type Phase, schedule } from "./schedule.ts";
import type { Argument, Buffer, Operation } from "./step.ts";

export type JobName = "training" | "evaluation" | "forward" | "prepare" | "scan";

/** Phases that the kernels run one after the other, or work for the main thread between them. */
export type Stage =
  | { readonly type: "kernels"; readonly start: number; readonly end: number }
  | { readonly type: "host"; readonly phase: Phase };

export interface JobTable {
  readonly stages: readonly Stage[];
  readonly phases: readonly Phase[];
}

/** Bytes beside the net's own: a name and a size, an address comes back. */
export interface Extra {
  readonly name: string;
  readonly bytes: number;
}

export interface MemoryImage {
  readonly bytes: number;
  readonly addressOf: (buffer: Buffer) => number;
  readonly extraAddress: (name: string) => number;
  /** Of the records of an operation in the driver's tables. */
  readonly operationAddresses: (operation: Operation) => readonly number[];
  readonly jobs: Readonly<Record<JobName, JobTable>>;
  /** Where each thread counts the milliseconds of a job's operations, by their place in it, and of its waiting: f64. */
  readonly profile: { readonly address: number; readonly threadBytes: number };
  /** Writes constant tables, arguments and phases. `numbers` are the kernels' numbers in this build. */
  readonly write: (memory: ArrayBufferLike, numbers: Readonly<Record<KernelName, number>>) => void;
}

const ALIGNMENT = 64;
const aligned = (value: number): number => Math.ceil(value / ALIGNMENT) * ALIGNMENT;

/** When the bytes of each shared buffer must be its own: from the first to the last phase that touches it. */
const lifetimesOf = (phases: readonly Phase[]): Map<Buffer, { first: number; last: number }> => {
  const lifetimes = new Map<Buffer, { first: number; last: number }>();
  phases.forEach((phase, number) => {
    for (const { operations } of phase.segments) {
      for (const { reads, writes } of operations) {
        for (const { buffer } of [...reads, ...writes]) {
          const known = lifetimes.get(buffer);
          if (known === undefined) lifetimes.set(buffer, { first: number, last: number });
          else known.last = number;
        }
      }
    }
  });
  return lifetimes;
};

/** Name and type of each word of a kernel's arguments, listed once: a step has thousands of operations. */
const fieldsByKernel = new Map<KernelName, readonly (readonly [string, FieldType])[]>();

const fieldsOf = (kernel: KernelName): readonly (readonly [string, FieldType])[] => {
  const known = fieldsByKernel.get(kernel) ?? Object.entries(kernelTable[kernel].fields);
  fieldsByKernel.set(kernel, known);
  return known;
};

/** In the order in which a thread meets them. */
export const operationsOf = (phases: readonly Phase[]): Operation[] =>
  phases.flatMap(({ segments }) => segments.flatMap(({ operations }) => operations));

const domainNumber = { rows: 0, channels: 1, single: 2, host: 2 } as const;
const flagOf = { always: 0, measuring: 1, finite: 2 } as const;

export const createMemoryImage = (lowered: Lowered, extras: readonly Extra[], threads: number): MemoryImage => {
  const { lowering } = lowered;
  const phases: Record<JobName, Phase[]> = {
    training: schedule(lowered.training, lowering.batchSize),
    evaluation: schedule(lowered.evaluation, lowering.batchSize),
    // Its phases are the first ones of training: later operations never join a phase before earlier ones could.
    forward: schedule(lowered.forward, lowering.batchSize),
    prepare: schedule(lowered.prepare, lowering.batchSize),
    scan: schedule(lowered.scan, lowering.batchSize),
  };
  const addresses = new Map<Buffer, number>();
  let end = aligned(HEADER_ADDRESS + HEADER_BYTES);
  const reserve = (bytes: number): number => {
    const address = end;
    end += aligned(bytes);
    return address;
  };

  for (const buffer of lowering.buffers) if (buffer.lifetime === "kept") addresses.set(buffer, reserve(buffer.bytes));
  const lifetimes = lifetimesOf(phases.training);
  const shared = lowering.buffers
    .filter(({ lifetime }) => lifetime === "step")
    .map((buffer): Lifetime & { readonly buffer: Buffer } => {
      const lifetime = lifetimes.get(buffer) ?? { first: 0, last: phases.training.length };
      return { buffer, bytes: buffer.bytes, ...lifetime };
    });
  const plan = planMemory(shared);
  const sharedStart = reserve(plan.bytes);
  shared.forEach(({ buffer }, index) => {
    addresses.set(buffer, sharedStart + (plan.offsets[index] ?? 0));
  });
  const addressOf = (buffer: Buffer): number => {
    const address = addresses.get(buffer);
    if (address === undefined) throw new RangeError(`Buffer ${buffer.name} has no address.`);
    return address;
  };

  const writers: ((view: DataView, numbers: Readonly<Record<KernelName, number>>) => void)[] = [];
  const operationAddresses = new Map<Operation, readonly number[]>();
  const resolve = (argument: Argument | undefined): number => {
    if (argument === undefined) return 0;
    return typeof argument === "number" ? argument : addressOf(argument.buffer) + argument.offset;
  };
  const layOutPhases = (list: readonly Phase[], numberOf: ReadonlyMap<Operation, number>): Stage => {
    const start = reserve(list.length * PHASE_BYTES);
    list.forEach((phase, number) => {
      const segments = reserve(phase.segments.length * SEGMENT_BYTES);
      phase.segments.forEach((segment, segmentNumber) => {
        const operations = reserve(segment.operations.length * OPERATION_BYTES);
        segment.operations.forEach((operation, operationNumber) => {
          const { kernel } = operation;
          if (kernel === "reference") throw new RangeError("Work for the main thread is no phase of the kernels.");
          const fields = fieldsOf(kernel);
          const values = reserve(fields.length * 4);
          const record = operations + operationNumber * OPERATION_BYTES;
          operationAddresses.set(operation, [...(operationAddresses.get(operation) ?? []), record]);
          writers.push((view, numbers) => {
            fields.forEach(([name, type], at) => {
              const value = resolve(operation.arguments[name]);
              if (type === "f32") view.setFloat32(values + at * 4, value, true);
              else view.setInt32(values + at * 4, value | 0, true);
            });
            view.setInt32(record, numbers[kernel], true);
            view.setInt32(record + 4, values, true);
            view.setInt32(record + 8, numberOf.get(operation) ?? 0, true);
          });
        });
        writers.push((view) => {
          const at = segments + segmentNumber * SEGMENT_BYTES;
          [operations, segment.operations.length, segment.block].forEach((value, word) => {
            view.setInt32(at + word * 4, value, true);
          });
        });
      });
      writers.push((view) => {
        const { domain, when } = phase;
        const record = [
          segments,
          phase.segments.length,
          phase.numTasks,
          domainNumber[domain.type],
          phase.chunk,
          flagOf[when],
        ];
        record.forEach((value, word) => {
          view.setInt32(start + number * PHASE_BYTES + word * 4, value, true);
        });
      });
    });
    return { type: "kernels", start, end: start + list.length * PHASE_BYTES };
  };
  const layOut = (list: readonly Phase[]): JobTable => {
    const stages: Stage[] = [];
    let run: Phase[] = [];
    const numberOf = new Map(operationsOf(list).map((operation, number) => [operation, number]));
    const closeRun = (): void => {
      if (run.length > 0) stages.push(layOutPhases(run, numberOf));
      run = [];
    };
    for (const phase of list) {
      if (phase.domain.type !== "host") run.push(phase);
      else {
        closeRun();
        stages.push({ type: "host", phase });
      }
    }
    closeRun();
    return { stages, phases: list };
  };
  const jobs = {
    training: layOut(phases.training),
    evaluation: layOut(phases.evaluation),
    forward: layOut(phases.forward),
    prepare: layOut(phases.prepare),
    scan: layOut(phases.scan),
  };
  const numCounts = 1 + Math.max(...Object.values(phases).map((list) => operationsOf(list).length));
  const profile = { address: reserve(numCounts * 8 * threads), threadBytes: numCounts * 8 };
  const extraAddresses = new Map(extras.map(({ name, bytes }) => [name, reserve(bytes)]));

  return {
    bytes: end,
    addressOf,
    extraAddress: (name) => {
      const address = extraAddresses.get(name);
      if (address === undefined) throw new RangeError(`There is no ${name} in the memory.`);
      return address;
    },
    operationAddresses: (operation) => operationAddresses.get(operation) ?? [],
    jobs,
    profile,
    write: (memory, numbers) => {
      for (const buffer of lowering.buffers) {
        if (buffer.fill !== undefined) new Uint8Array(memory, addressOf(buffer), buffer.bytes).set(buffer.fill());
        if (buffer.content === undefined) continue;
        const { content } = buffer;
        new Uint8Array(memory, addressOf(buffer), content.byteLength).set(
          new Uint8Array(content.buffer, content.byteOffset, content.byteLength),
        );
      }
      const view = new DataView(memory);
      for (const write of writers) write(view, numbers);
    },
  };
};
