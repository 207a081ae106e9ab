/** Random graphs with forks and merges, for tests. */
import fc from "fast-check";
import { compile } from "../../../engine/compile/compile.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { elementsOf, type ParamValue, type Shape } from "../../../engine/layer.ts";
import { applied } from "../compile/documents.ts";

/** Values a sample may have at any place, so that a reference step stays quick. */
const MOST_VALUES = 300;

const pair = (least: number, most: number) =>
  fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));

const single = (kind: string, params: fc.Arbitrary<object> = fc.constant({})) =>
  fc.record({ kind: fc.constant(kind), params });

/** A layer, and which of the outputs so far it takes, counted from the newest. */
const stepArbitrary = fc.record({
  layer: fc.oneof(
    {
      weight: 5,
      arbitrary: single(
        "conv2d",
        fc.record({
          filters: fc.constantFrom(1, 3, 4, 6, 8),
          kernel: pair(1, 3),
          stride: fc.constantFrom([1, 1], [1, 1], [2, 1], [2, 2]),
          padding: fc.constantFrom("same", "same", "valid"),
          bias: fc.boolean(),
        }),
      ),
    },
    { weight: 3, arbitrary: single("batchNorm") },
    { weight: 3, arbitrary: single("relu") },
    {
      weight: 2,
      arbitrary: single("pool2d", fc.record({ pool: fc.constantFrom("max", "avg"), size: fc.constant([2, 2]) })),
    },
    {
      weight: 1,
      arbitrary: single(
        "pool2d",
        fc.record({ pool: fc.constantFrom("max", "avg"), size: pair(2, 3), stride: pair(1, 2), padding: pair(0, 1) }),
      ),
    },
    { weight: 2, arbitrary: single("flatten") },
    { weight: 3, arbitrary: single("dense", fc.record({ units: fc.constantFrom(3, 4, 6, 9), bias: fc.boolean() })) },
    { weight: 1, arbitrary: single("dropout", fc.constant({ rate: 0.25 })) },
    { weight: 6, arbitrary: single("add") },
    { weight: 4, arbitrary: single("concat") },
  ),
  from: fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
});

export const graphArbitrary = fc.record({
  inputShape: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom(1, 3, 4, 6), fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })),
    },
    { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 1, max: 9 })) },
  ),
  steps: fc.array(stepArbitrary, { minLength: 3, maxLength: 12 }),
});

type Graph = typeof graphArbitrary extends fc.Arbitrary<infer G> ? G : never;

const connect = (from: string, to: string): Command => ({
  ...{ type: "connectPorts", from: { node: from, port: "out" } },
  to: { node: to, port: "in" },
});

/**
 * A net of those layers that fit where they stand. A layer that joins takes outputs of a shape that it can; one with one input takes any of
 * the last four. What nothing takes in the end is flattened and joined, so that all of it trains. `outputs` values come out.
 */
export const graphDocument = (
  { inputShape, steps }: Graph,
  outputs: number,
  outputParams: Record<string, ParamValue> = {},
): LayerscopeDocument => {
  let document = newDocument();
  const ends: string[] = [];
  const shapes = new Map<string, Shape>();
  let count = 0;
  const place = (kind: string, params: object, producers: readonly string[]): string | null => {
    const id = `${kind}${count}`;
    const node: Command = {
      ...{ type: "addNode", kind, id, name: id, position: { x: 0, y: 0 } },
      params: JSON.parse(JSON.stringify(params)),
    };
    const grown = applied(document, [node, ...producers.map((from) => connect(from, id))]);
    const shape = compile(grown, { dataset: null }).facts.get(id)?.outputShape;
    if (shape == null || elementsOf(shape) > MOST_VALUES) return null;
    document = grown;
    count += 1;
    ends.push(id);
    shapes.set(id, shape);
    return id;
  };
  place("input", { shape: [...inputShape] }, []);
  for (const { layer, from } of steps) {
    const newest = [...ends].reverse();
    const isJoin = layer.kind === "add" || layer.kind === "concat";
    const first = newest[Math.min(from[0] ?? 0, newest.length - 1)] ?? "";
    const fitting = newest.filter((id) => {
      const [a = [], b = []] = [shapes.get(first), shapes.get(id)];
      const skip = layer.kind === "add" ? 0 : 1;
      return a.length === b.length && a.slice(skip).join() === b.slice(skip).join();
    });
    const chosen = isJoin ? [first, ...from.slice(1).map((at) => fitting[at % fitting.length] ?? first)] : [first];
    const producers = [...new Set(chosen)];
    if (!isJoin || producers.length > 1) place(layer.kind, layer.params, producers);
  }
  const taken = new Set(document.edges.map(({ from }) => from.node));
  const loose = ends.filter((id) => !taken.has(id));
  const flat = loose.map((id) => ((shapes.get(id)?.length ?? 1) === 1 ? id : (place("flatten", {}, [id]) ?? id)));
  const joined = flat.length > 1 ? "all" : (flat[0] ?? "");
  return applied(document, [
    ...(flat.length > 1
      ? [
          { type: "addNode", kind: "concat", id: "all", name: "all", position: { x: 0, y: 0 } } as const,
          ...flat.map((id) => connect(id, "all")),
        ]
      : []),
    { type: "addNode", kind: "dense", id: "last", name: "last", params: { units: outputs }, position: { x: 0, y: 0 } },
    connect(joined, "last"),
    { type: "addNode", kind: "output", id: "output", name: "output", params: outputParams, position: { x: 0, y: 0 } },
    connect("last", "output"),
  ]);
};
