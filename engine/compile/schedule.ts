/**
 * Groups operations into phases. Between phases all threads meet; within one, a task runs its operations one after the other on its
 * own rows or channels while the data is in the cache. Operations join a phase when everything they depend on was finished before it
 * or lies in the same task, whatever net they come from.
 */
import type { Access, Domain, Operation } from "./step.ts";

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

/** Quads of a task: one panel of 8 channels, more when there are very many. */
const quadsPerTask = (quads: number): number => 2 * Math.max(1, Math.floor(quads / 2 / 48));

const sameDomain = (a: Domain, b: Domain): boolean =>
  a.type === b.type && (a.type !== "channels" || b.type !== "channels" || a.quads === b.quads);

type Dependency = "none" | "local" | "all";

const stronger = (a: Dependency, b: Dependency): Dependency => {
  if (a === "all" || b === "all") return "all";
  return a === "local" || b === "local" ? "local" : "none";
};

const conflict = (first: readonly Access[], second: readonly Access[]): Dependency => {
  let found: Dependency = "none";
  for (const a of first) {
    for (const b of second) {
      if (a.buffer !== b.buffer) continue;
      found = stronger(found, a.scope === "local" && b.scope === "local" ? "local" : "all");
    }
  }
  return found;
};

/** How `later` depends on `earlier`: read after write, write after read, write after write. */
const dependency = (earlier: Operation, later: Operation): Dependency =>
  stronger(
    conflict(earlier.writes, later.reads),
    stronger(conflict(earlier.reads, later.writes), conflict(earlier.writes, later.writes)),
  );

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
  const phaseOf = new Map<Operation, number>();
  const phases: Phase[] = [];
  const dependencies = new Map<Operation, { readonly on: Operation; readonly how: Dependency }[]>();
  operations.forEach((later, index) => {
    const list = operations
      .slice(0, index)
      .map((on) => ({ on, how: dependency(on, later) }))
      .filter(({ how }) => how !== "none");
    dependencies.set(later, list);
  });

  let lossPhase = Number.POSITIVE_INFINITY;
  let remaining = [...operations];
  while (remaining.length > 0) {
    const number = phases.length;
    const members: Operation[] = [];
    const left: Operation[] = [];
    for (const operation of remaining) {
      const first = members[0];
      const fits =
        first === undefined ||
        (sameDomain(first.domain, operation.domain) &&
          (first.pass === "statistics") === (operation.pass === "statistics"));
      const ready = (dependencies.get(operation) ?? []).every(({ on, how }) => {
        const phase = phaseOf.get(on);
        if (phase === undefined) return false;
        const splits = operation.domain.type === "rows" || operation.domain.type === "channels";
        return phase < number || (how === "local" && splits);
      });
      if (fits && ready) {
        members.push(operation);
        phaseOf.set(operation, number);
      } else {
        left.push(operation);
      }
    }
    const first = members[0];
    if (first === undefined) throw new RangeError("The operations of the program depend on each other in a circle.");
    phases.push(createPhase(members, first, batchSize, number > lossPhase));
    if (members.some(({ kernel }) => kernel === "lossTotal")) lossPhase = number;
    remaining = left;
  }
  return phases;
};

const createPhase = (members: readonly Operation[], first: Operation, batchSize: number, afterLoss: boolean): Phase => {
  const { domain } = first;
  const when = first.pass === "statistics" ? "measuring" : afterLoss ? "finite" : "always";
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
