/**
 * Groups operations into phases. Between phases all threads meet; within one, a task runs its operations one after the other on its
 * own rows or channels while the data is in the cache. Operations join a phase when everything they depend on was finished before it
 * or lies in the same task, whatever net they come from.
 */
import { SmallestFirst } from "./smallestFirst.ts";
import type { Access, Buffer, Domain, Operation } from "./step.ts";

export interface Segment {
  /** Rows of a call; 0: all of the task. */
  readonly block: number;
  readonly operations: readonly Operation[];
}

export interface Phase {
  readonly domain: Domain;
  /** Rows, or quads of channels, of a task; 0 where every operation is a task. */
  readonly chunk: number;
  readonly numTasks: number;
  /** `finite`: only while the loss is finite. */
  readonly when: "always" | "measuring" | "finite";
  readonly segments: readonly Segment[];
}

/** Rows of a task. Partial sums are kept per task, so their number is bounded; multiples of six suit the kernels' tiles. */
export const rowsPerTask = (batchSize: number): number =>
  batchSize >= 96 ? 6 * Math.ceil(batchSize / (6 * 22)) : Math.ceil(batchSize / 16);

/** Quads of a task: one panel of 8 channels, more when there are many: products share what they read. */
export const quadsPerTask = (quads: number): number => 2 * Math.max(1, Math.floor(quads / 2 / 24));

const sameDomain = (a: Domain, b: Domain): boolean =>
  a.type === b.type && (a.type !== "channels" || b.type !== "channels" || a.quads === b.quads);

/** An operation by its index, and whether a dependence on it lies within a task. */
interface Successor {
  readonly index: number;
  readonly isLocal: boolean;
}

/**
 * For each operation, by index, those that depend on it: read after write, write after read, write after write. Found buffer by buffer,
 * not pair by pair: a net of 200 layers has 5,000 operations. Two that share several buffers are listed as often.
 */
const findSuccessors = (operations: readonly Operation[]): Successor[][] => {
  const successors: Successor[][] = operations.map(() => []);
  const readers = new Map<Buffer, Successor[]>();
  const writers = new Map<Buffer, Successor[]>();
  const follow = (earlier: readonly Successor[] | undefined, index: number, isLocal: boolean): void => {
    for (const before of earlier ?? []) {
      successors[before.index]?.push({ index, isLocal: isLocal && before.isLocal });
    }
  };
  const remember = (accesses: Map<Buffer, Successor[]>, { buffer, scope }: Access, index: number): void => {
    const own = { index, isLocal: scope === "local" };
    const known = accesses.get(buffer);
    if (known === undefined) accesses.set(buffer, [own]);
    else known.push(own);
  };
  operations.forEach(({ reads, writes }, index) => {
    for (const { buffer, scope } of reads) follow(writers.get(buffer), index, scope === "local");
    for (const { buffer, scope } of writes) {
      follow(readers.get(buffer), index, scope === "local");
      follow(writers.get(buffer), index, scope === "local");
    }
    for (const access of reads) remember(readers, access, index);
    for (const access of writes) remember(writers, access, index);
  });
  return successors;
};

/** Consecutive operations that take the same number of rows. A `null` goes with its neighbours, else image by image. */
const segmentsOf = (operations: readonly Operation[]): Segment[] => {
  const segments: { block: number | null; operations: Operation[] }[] = [];
  for (const operation of operations) {
    const last = segments.at(-1);
    const joins =
      last !== undefined &&
      (operation.block === last.block ||
        (operation.block === null && last.block !== 0) ||
        (last.block === null && operation.block !== 0));
    if (!joins) segments.push({ block: operation.block, operations: [operation] });
    else {
      last.block ??= operation.block;
      last.operations.push(operation);
    }
  }
  return segments.map(({ block, operations: members }) => ({ block: block ?? 1, operations: members }));
};

export const schedule = (operations: readonly Operation[], batchSize: number): Phase[] => {
  const successors = findSuccessors(operations);
  /** Of each operation: what it still waits for, and the first phase that it may join. */
  const waitingFor = new Uint32Array(operations.length);
  const earliest = new Uint32Array(operations.length);
  for (const list of successors) for (const { index } of list) waitingFor[index] = (waitingFor[index] ?? 0) + 1;

  const phases: Phase[] = [];
  let lossPhase = Number.POSITIVE_INFINITY;
  // Operations that wait for nothing, or only for the next phase: an operation depends on earlier ones only, so one that becomes ready
  // is further down the list than the one that it waited for.
  const ready = new SmallestFirst();
  waitingFor.forEach((count, index) => {
    if (count === 0) ready.push(index);
  });
  for (let numLeft = operations.length; numLeft > 0; ) {
    const number = phases.length;
    const members: Operation[] = [];
    const later: number[] = [];
    for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
      const operation = operations[index];
      if (operation === undefined) continue;
      const first = members[0];
      const fits =
        first === undefined ||
        (sameDomain(first.domain, operation.domain) && isOnlyMeasured(first) === isOnlyMeasured(operation));
      if (!fits || (earliest[index] ?? 0) > number) {
        later.push(index);
        continue;
      }
      members.push(operation);
      for (const successor of successors[index] ?? []) {
        const { type } = operations[successor.index]?.domain ?? operation.domain;
        const sharesTask = successor.isLocal && (type === "rows" || type === "channels");
        const from = sharesTask ? number : number + 1;
        earliest[successor.index] = Math.max(earliest[successor.index] ?? 0, from);
        waitingFor[successor.index] = (waitingFor[successor.index] ?? 0) - 1;
        if (waitingFor[successor.index] === 0) ready.push(successor.index);
      }
    }
    const first = members[0];
    if (first === undefined) throw new RangeError("The operations of the program depend on each other in a circle.");
    phases.push(createPhase(members, first, batchSize, number > lossPhase));
    if (members.some(({ kernel }) => kernel === "lossTotal")) lossPhase = number;
    for (const index of later) ready.push(index);
    numLeft -= members.length;
  }
  return phases;
};

/** Whether it is left out of steps that are not measured. */
const isOnlyMeasured = ({ pass, inPlace }: Operation): boolean => pass === "statistics" && inPlace !== true;

const createPhase = (members: readonly Operation[], first: Operation, batchSize: number, afterLoss: boolean): Phase => {
  const { domain } = first;
  const when = isOnlyMeasured(first) ? "measuring" : afterLoss ? "finite" : "always";
  switch (domain.type) {
    case "rows": {
      const chunk = rowsPerTask(batchSize);
      return { domain, chunk, numTasks: Math.ceil(batchSize / chunk), when, segments: segmentsOf(members) };
    }
    case "channels": {
      const chunk = quadsPerTask(domain.quads);
      return {
        domain,
        chunk,
        numTasks: Math.ceil(domain.quads / chunk),
        when,
        segments: [{ block: 0, operations: members }],
      };
    }
    case "single":
    case "host":
      return {
        domain,
        chunk: 0,
        numTasks: members.length,
        when,
        segments: members.map((operation) => ({ block: 0, operations: [operation] })),
      };
  }
};
