/** Random graphs with forks, Add and Concat: the kernels against the float64 reference, and on several threads. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementsOf } from "../../../engine/layer.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { graphArbitrary, graphDocument } from "./graphs.ts";
import { dataOf, networkOf, normalValues, programOf, startOf, targetsOf } from "./nets.ts";

const NUM_OUTPUTS = 3;
/** Sixty nets are laid out twice or thrice, beside whatever else the machine does. */
const TIMEOUT_MS = 180_000;

const cases = fc.record({
  graph: graphArbitrary,
  loss: fc.constantFrom("softmaxCrossEntropy", "meanSquaredError"),
  labelSmoothing: fc.constantFrom(0, 0.1),
  batchSize: fc.integer({ min: 4, max: 12 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  build: fc.constantFrom("relaxed-simd" as const, "simd" as const),
  /** Layers of the program that are to run without kernels. */
  slow: fc.oneof(
    { weight: 3, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(14), { maxLength: 4 }) },
  ),
});

type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

const settingsOf = ({ graph, loss, labelSmoothing, batchSize, seed, build, slow }: Case) => {
  const program = programOf(graphDocument(graph, NUM_OUTPUTS, { loss, labelSmoothing }), batchSize);
  const samples = normalValues(batchSize * elementsOf(program.inputShape), seed);
  const labels = Array.from({ length: batchSize }, (_, n) => (n * 3 + seed) % NUM_OUTPUTS);
  const data =
    loss === "meanSquaredError"
      ? targetsOf(program.inputShape, samples, normalValues(batchSize * NUM_OUTPUTS, seed + 1), NUM_OUTPUTS)
      : dataOf(program.inputShape, samples, labels);
  const layers = program.layers.map((layer, number) =>
    slow.includes(number) && layer.inputs.length > 0 && layer.kind !== "output" ? { ...layer, operation: null } : layer,
  );
  return { program: { ...program, layers }, data, seed, build };
};

describe("a random graph", () => {
  it(
    "trains, evaluates and is measured as in float64",
    async () => {
      let forks = 0;
      await fc.assert(
        fc.asyncProperty(cases, async (each) => {
          const settings = settingsOf(each);
          const taken = settings.program.layers.flatMap(({ inputs }) => inputs);
          forks += taken.length - new Set(taken).size;
          await expectSameAsReference(settings, "last");
        }),
        { numRuns: 60, seed: 4711 },
      );
      // The graphs are graphs: an output that feeds several layers in nearly each of them.
      expect(forks).toBeGreaterThan(60);
    },
    TIMEOUT_MS,
  );

  it(
    "trains to the same bits on one thread and on two",
    async () => {
      await fc.assert(
        fc.asyncProperty(cases, async (each) => {
          const settings = {
            ...settingsOf(each),
            optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const,
          };
          const { count } = settings.data.train;
          const traces: string[] = [];
          for (const threads of [1, 2]) {
            const network = await networkOf({ ...settings, threads });
            try {
              network.setTensors(startOf(settings.program, settings.seed));
              const seen: unknown[] = [];
              for (let step = 1; step <= 3; step++) {
                const indices = Uint32Array.from({ length: count - (step % 2) }, (_, n) => (n + step) % count);
                seen.push(network.trainStep({ indices, step, learningRate: 0.01, measure: step === 2 }));
              }
              seen.push(...network.tensors().map(({ data }) => Array.from(data)));
              traces.push(JSON.stringify(seen));
            } finally {
              network.dispose();
            }
          }
          expect(traces[1]).toBe(traces[0]);
        }),
        { numRuns: 8, seed: 12 },
      );
    },
    TIMEOUT_MS,
  );
});
