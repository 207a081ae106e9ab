/** Phases against the definition of a dependence, pair by pair, on random lists of operations. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Phase, schedule } from "../../../engine/compile/schedule.ts";
import type { Access, Buffer, Domain, Operation } from "../../../engine/compile/step.ts";

const buffers: readonly Buffer[] = Array.from({ length: 5 }, (_, at) => ({
  name: `buffer ${at}`,
  bytes: 64,
  lifetime: "step",
}));

const domains: readonly Domain[] = [
  { type: "rows" },
  { type: "channels", quads: 4 },
  { type: "channels", quads: 6 },
  { type: "single" },
  { type: "host" },
];

const access: fc.Arbitrary<Access> = fc.record({
  buffer: fc.constantFrom(...buffers),
  scope: fc.constantFrom("local", "all"),
});

const operations: fc.Arbitrary<Operation[]> = fc.array(
  fc.record({
    kernel: fc.constant("sum" as const),
    arguments: fc.constant({}),
    // Rows more often: they are what shares phases.
    domain: fc.oneof(fc.constant(domains[0] as Domain), fc.constantFrom(...domains)),
    block: fc.constant(0),
    reads: fc.array(access, { maxLength: 3 }),
    writes: fc.array(access, { minLength: 1, maxLength: 2 }),
    nodes: fc.constant([]),
    pass: fc.constant("forward" as const),
  }),
  { maxLength: 14 },
);

/** Both touch a buffer and one of them writes it: the pairs of accesses. */
const conflicts = (before: Operation, after: Operation): [Access, Access][] => {
  const pairs = (first: readonly Access[], second: readonly Access[]): [Access, Access][] =>
    first.flatMap((one) =>
      second.flatMap((other): [Access, Access][] => (one.buffer === other.buffer ? [[one, other]] : [])),
    );
  return [
    ...pairs(before.writes, after.reads),
    ...pairs(before.reads, after.writes),
    ...pairs(before.writes, after.writes),
  ];
};

/** Phase, and place within it, of each operation. */
const placesOf = (phases: readonly Phase[]): Map<Operation, { readonly phase: number; readonly place: number }> =>
  new Map(
    phases.flatMap(({ segments }, phase) =>
      segments
        .flatMap((segment) => segment.operations)
        .map((operation, place) => [operation, { phase, place }] as const),
    ),
  );

describe("schedule", () => {
  it("runs every operation once, in phases of one domain", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const phases = schedule(list, 32);
        const all = phases.flatMap(({ segments }) => segments.flatMap((segment) => segment.operations));
        expect(all.length).toBe(list.length);
        expect(new Set(all)).toEqual(new Set(list));
        for (const { domain, segments } of phases) {
          for (const { operations: members } of segments)
            for (const each of members) expect(each.domain).toEqual(domain);
        }
      }),
    );
  });

  it("lets threads meet between operations of which one needs what other tasks of the other touch", () => {
    fc.assert(
      fc.property(operations, (list) => {
        const places = placesOf(schedule(list, 32));
        list.forEach((after, index) => {
          for (const before of list.slice(0, index)) {
            const pairs = conflicts(before, after);
            if (pairs.length === 0) continue;
            const [one, other] = [places.get(before), places.get(after)];
            if (one === undefined || other === undefined) throw new Error("An operation is missing.");
            // A task runs its own operations in order; it may only rely on what is its own.
            const isWithinTask =
              after.domain.type !== "single" &&
              after.domain.type !== "host" &&
              pairs.every((pair) => pair.every(({ scope }) => scope === "local"));
            if (isWithinTask && one.phase === other.phase) expect(other.place).toBeGreaterThan(one.place);
            else expect(other.phase).toBeGreaterThan(one.phase);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it("keeps a chain of local operations in one phase", () => {
    const [first, second, third] = buffers as [Buffer, Buffer, Buffer];
    const step = (from: Buffer, to: Buffer): Operation => ({
      ...{ kernel: "sum", arguments: {}, domain: { type: "rows" }, block: 0, nodes: [], pass: "forward" },
      reads: [{ buffer: from, scope: "local" }],
      writes: [{ buffer: to, scope: "local" }],
    });
    expect(schedule([step(first, second), step(second, third)], 32)).toHaveLength(1);
  });
});
