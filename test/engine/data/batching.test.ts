import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EpochOrders, shuffledOrder, stepsPerEpoch } from "../../../engine/data/batching.ts";
import { createStream } from "../../../engine/train/rng.ts";

describe("the order of an epoch", () => {
  test("visits every sample exactly once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(), (count, seed) => {
        const order = shuffledOrder(count, createStream(seed, "shuffle:1"));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
      { numRuns: 50 },
    );
  });

  test("all six orders of three samples are equally likely", () => {
    const counts = new Map<string, number>();
    for (let epoch = 1; epoch <= 12_000; epoch++) {
      const key = shuffledOrder(3, createStream(1, `shuffle:${epoch}`)).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(["012", "021", "102", "120", "201", "210"]);
    // 2,000 expected each, standard deviation 41.
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(180);
  });

  test("is the same whether it was prepared step by step, in part, or not at all", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.array(fc.nat(100), { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
        (count, preparations) => {
          const stream = (epoch: number) => createStream(3, `shuffle:${epoch}`);
          const orders = new EpochOrders(count, stream);
          preparations.forEach((parts, index) => {
            const epoch = index + 1;
            const order = orders.enter(epoch);
            const before = Array.from(order);
            expect(before).toEqual(Array.from(shuffledOrder(count, stream(epoch))));
            for (const numPlaces of parts) orders.prepare(epoch + 1, numPlaces);
            // The epoch under way does not notice.
            expect(Array.from(order)).toEqual(before);
          });
        },
      ),
    );
  });

  test("a smaller last batch is a step of its own", () => {
    expect([stepsPerEpoch(60_000, 64), stepsPerEpoch(128, 64), stepsPerEpoch(129, 64), stepsPerEpoch(5, 64)]).toEqual([
      938, 2, 3, 1,
    ]);
  });
});
