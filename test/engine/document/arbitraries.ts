/** Random documents: anything that `parse` accepts, sensible or not. */
import fc from "fast-check";
import { defaultParams, newDocument } from "../../../engine/document/defaults.ts";
import type {
  CanvasNote,
  DocumentEdge,
  DocumentNode,
  Group,
  LayerscopeDocument,
} from "../../../engine/document/schema.ts";
import type { ParamValue, Shape } from "../../../engine/layer.ts";
import { layers } from "../../../engine/registry.ts";

const json: fc.Arbitrary<ParamValue> = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)));

/** Values that come near to meaning something. */
const nearlySensible: fc.Arbitrary<ParamValue> = fc.oneof(
  fc.integer({ min: -2, max: 40 }),
  fc.constantFrom("max", "avg", "same", "valid", "none", "softmaxCrossEntropy", null, true, 0.5, 1e9, -1),
  fc.array(fc.integer({ min: -1, max: 30 }), { maxLength: 4 }),
  fc.constantFrom({ name: "zeros" }, { name: "normal" }, { name: "normal", std: 0.1 }),
  json,
);

const kinds = layers.map((layer) => layer.kind);

const params = (kind: string): fc.Arbitrary<DocumentNode["params"]> =>
  fc
    .record({
      changed: fc.dictionary(fc.constantFrom(...Object.keys(defaultParams(kind)), "other"), nearlySensible, {
        maxKeys: 2,
      }),
      keepsDefaults: fc.boolean(),
    })
    .map(({ changed, keepsDefaults }) => ({ ...(keepsDefaults ? defaultParams(kind) : {}), ...changed }));

const coordinate = fc.oneof(fc.integer({ min: -2000, max: 2000 }), fc.double({ noNaN: true, noDefaultInfinity: true }));

export const nodeIds = ["a", "b", "c", "d", "e", "f", "g", "h"];

const node = (id: fc.Arbitrary<string>): fc.Arbitrary<DocumentNode> =>
  fc.constantFrom(...kinds, ...kinds, "mystery").chain((kind) =>
    fc.record(
      {
        id,
        kind: fc.constant(kind),
        name: fc.oneof(fc.constantFrom("fc1", "conv1"), fc.string({ maxLength: 20, unit: "binary" })),
        params: fc.oneof(
          { arbitrary: fc.constant(defaultParams(kind)), weight: 3 },
          { arbitrary: params(kind), weight: 1 },
        ),
        position: fc.record({ x: coordinate, y: coordinate }),
        bypassed: fc.constant(true as const),
        folded: fc.constant(true as const),
      },
      { requiredKeys: ["id", "kind", "name", "params", "position"] },
    ),
  );

const end = (port: string) =>
  fc.record({
    node: fc.constantFrom(...nodeIds),
    port: fc.oneof(
      { arbitrary: fc.constant(port), weight: 12 },
      { arbitrary: fc.constantFrom("in", "out", "side"), weight: 1 },
    ),
  });

const point = fc.record({ x: coordinate, y: coordinate });

const edge: fc.Arbitrary<DocumentEdge> = fc.record(
  { from: end("out"), to: end("in"), points: fc.array(point, { minLength: 1, maxLength: 3 }) },
  { requiredKeys: ["from", "to"] },
);

const color = fc.constantFrom("neutral" as const, "blue" as const, "violet" as const);

const group: fc.Arbitrary<Group> = fc.record(
  {
    id: fc.constantFrom("group1", "group2"),
    title: fc.string({ maxLength: 20, unit: "binary" }),
    color,
    nodeIds: fc.uniqueArray(fc.constantFrom(...nodeIds), { minLength: 1, maxLength: 4 }),
    collapsed: fc.constant(true as const),
    repeat: fc.integer({ min: 2, max: 5 }),
  },
  { requiredKeys: ["id", "title", "color", "nodeIds"] },
);

const canvasNote: fc.Arbitrary<CanvasNote> = fc.record({
  id: fc.constantFrom("note1", "note2"),
  text: fc.string({ maxLength: 40, unit: "binary" }),
  color,
  position: point,
  size: fc.record({
    width: fc.double({ min: 80, max: 2000, noNaN: true }),
    height: fc.integer({ min: 40, max: 2000 }),
  }),
});

const path = fc.string({ minLength: 1, unit: "binary" });

const training: fc.Arbitrary<LayerscopeDocument["training"]> = fc.record({
  optimizer: fc.oneof(
    fc.constant({ name: "sgd" } as const),
    fc.constant({ name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const),
  ),
  learningRate: fc.double({ min: 1e-9, max: 1e3, noNaN: true }),
  schedule: fc.constantFrom(
    { name: "constant" } as const,
    { name: "step", everyEpochs: 2.5, factor: 0.1 } as const,
    { name: "cosine", finalFactor: 0.01 } as const,
    { name: "oneCycle", riseShare: 0.3, initialFactor: 0.04, finalFactor: 0 } as const,
    { name: "exponential", initialFactor: 1e-5, finalFactor: 1 } as const,
  ),
  warmupEpochs: fc.double({ min: 0, max: 10, noNaN: true }),
  weightDecay: fc.double({ min: 0, max: 1, noNaN: true }),
  clipNorm: fc.constantFrom(null, 1, 0.25),
  batchSize: fc.integer({ min: 1, max: 65_536 }),
  epochs: fc.integer({ min: 1, max: 100_000 }),
  seed: fc.integer({ min: 0, max: 0xffff_ffff }),
  initializer: fc.oneof(
    fc.constant({ name: "heNormal" } as const),
    fc.constant({ name: "normal", std: 0.01 } as const),
  ),
  earlyStopping: fc.constantFrom(
    null,
    { metric: "testLoss", patience: 3, minDelta: 0, restoreBest: true } as const,
    { metric: "testAccuracy", patience: 1, minDelta: 0.001, restoreBest: false } as const,
  ),
  validation: fc.constantFrom(null, { share: 0.1 }, { count: 500 }),
  augmentation: fc.constantFrom(null, { horizontalFlip: true, shift: 0, crop: 4 }),
});

const withNodes = (nodes: fc.Arbitrary<DocumentNode[]>): fc.Arbitrary<LayerscopeDocument> =>
  fc
    .record({
      format: fc.constant("layerscope" as const),
      version: fc.constant(3 as const),
      nodes,
      edges: fc.array(edge, { maxLength: 10 }),
      groups: fc.array(group, { maxLength: 2 }),
      canvasNotes: fc.array(canvasNote, { maxLength: 2 }),
      dataset: fc.oneof(
        fc.constant({ source: "mnist" } as const),
        fc.record({ source: fc.constant("idx" as const), directory: path }),
        fc.record({ source: fc.constant("cifar10" as const), directory: fc.option(path) }),
        fc.record({
          source: fc.constant("csv" as const),
          file: path,
          testFile: fc.option(path),
          label: fc.option(fc.string({ minLength: 1, maxLength: 20 })),
          task: fc.constantFrom("classification" as const, "regression" as const),
          header: fc.constantFrom("detect" as const, "present" as const, "absent" as const),
          testShare: fc.constantFrom(0.2, 0.5),
        }),
        fc.constant({ source: "generated", pattern: "xor", count: 200, noise: 0.1, seed: 3 } as const),
      ),
      training,
      notes: fc.string({ unit: "binary" }),
    })
    // fast-check's records have no prototype; documents are plain objects.
    .map((document) => structuredClone(document));

/** Ids may repeat, edges may lead anywhere. */
export const anyDocument = withNodes(fc.array(node(fc.constantFrom(...nodeIds)), { maxLength: 8 }));

/** Every id once, as the app's own commands leave documents. */
export const documentWithUniqueIds = withNodes(
  fc.uniqueArray(node(fc.constantFrom(...nodeIds)), { selector: ({ id }) => id, maxLength: 8 }),
);

/** A chain of layers from an input to an output with params near their ranges: most of it connects, much of it does not fit. */
export const chainDocument: fc.Arbitrary<LayerscopeDocument> = fc
  .record({
    middle: fc.array(
      fc
        .constantFrom("conv2d", "batchNorm", "relu", "pool2d", "dense", "flatten", "dropout")
        .chain((kind) => params(kind).map((p) => ({ kind, params: p }))),
      { maxLength: 10 },
    ),
    shape: fc.constantFrom<Shape>([1, 28, 28], [784], [3, 5, 4], [2]),
    units: fc.integer({ min: 1, max: 12 }),
    batchSize: fc.constantFrom(1, 64, 65_536),
  })
  .map(({ middle, shape, units, batchSize }) => {
    const sketches = [
      { kind: "input", params: { shape: [...shape] } },
      ...middle,
      { kind: "dense", params: { units } },
      { kind: "output", params: {} },
    ];
    const document = newDocument();
    return {
      ...document,
      training: { ...document.training, batchSize },
      nodes: sketches.map((sketch, index) => ({
        id: `n${index}`,
        kind: sketch.kind,
        name: `n${index}`,
        params: sketch.params,
        position: { x: 0, y: index * 118 },
      })),
      edges: sketches.slice(1).map((_, index) => ({
        from: { node: `n${index}`, port: "out" },
        to: { node: `n${index + 1}`, port: "in" },
      })),
    };
  });
