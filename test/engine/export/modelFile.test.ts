import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { Program } from "../../../engine/compile/compiled.ts";
import { parse } from "../../../engine/document/parse.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { loadModel, type ModelRecord, modelBytes, textOfModel } from "../../../engine/export/modelFile.ts";
import { initialTensors } from "../../../engine/train/initializers.ts";

const readExample = (name: string): LayerscopeDocument => {
  const parsed = parse(readFileSync(`examples/${name}.layerscope`, "utf8"));
  if (!parsed.ok) throw new Error(`${name} does not parse.`);
  return parsed.value;
};

const programOf = (document: LayerscopeDocument): Program => {
  const { program } = compile(document);
  if (program === null) throw new Error("The example does not compile.");
  return program;
};

const document = readExample("mlp-bn");
const program = programOf(document);
const tensors = initialTensors(program, { name: "heNormal" }, 5);
const record: ModelRecord = {
  dataset: "MNIST",
  trainSamples: 60_000,
  seed: 5,
  steps: 938,
  epochs: 1,
  finalLoss: 0.1,
  testAccuracy: 0.97,
  savedAt: "2026-01-02T03:04:05.000Z",
};
const dataset = {
  shape: [1, 28, 28],
  classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  preprocessing: { unit: 255 as const, mean: [0.1306604762738429], std: [0.30810780385646264] },
};
const text = textOfModel(modelBytes({ document, program, tensors, dataset, record }));

const problem = (changed: string): { type: string; message: string } => {
  const loaded = loadModel(changed);
  if (loaded.ok) throw new Error("The file was accepted.");
  return loaded.error;
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** The text with another value at a path; undefined takes the key or array element out. */
const edited = (path: readonly (string | number)[], value: unknown): string => {
  const json: unknown = JSON.parse(text);
  const parent = path
    .slice(0, -1)
    .reduce((inner: unknown, key) => (isObject(inner) ? Reflect.get(inner, key) : undefined), json);
  const key = path.at(-1) ?? "";
  if (!isObject(parent)) throw new Error(`There is nothing at ${path.join(".")}.`);
  if (value === undefined && Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.set(parent, key, value);
  return JSON.stringify(json);
};

describe("model JSON", () => {
  test("gives back document, weights, state and the record, bit for bit", () => {
    const loaded = loadModel(text);
    if (!loaded.ok) throw new Error(loaded.error.message);
    expect(loaded.value.document).toEqual(document);
    expect(loaded.value.tensors).toEqual(tensors);
    expect(loaded.value.preprocessing).toEqual(dataset.preprocessing);
    expect(loaded.value.classNames).toEqual(dataset.classNames);
    expect(loaded.value.training).toEqual({ ...record, engineVersion: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });

  test("writing what was read gives the same text", () => {
    const loaded = loadModel(text);
    if (!loaded.ok) throw new Error(loaded.error.message);
    const { engineVersion: _, ...training } = loaded.value.training;
    const again = textOfModel(
      modelBytes({
        document: loaded.value.document,
        program: loaded.value.program,
        tensors: loaded.value.tensors,
        dataset,
        record: training,
      }),
    );
    expect(again).toBe(text);
  });

  test.each([
    ["with state", "mlp-bn"],
    ["without", "mlp-plain"],
  ])("a net %s is indented as JSON.stringify would, whatever names say", (_, example) => {
    const named: LayerscopeDocument = { ...readExample(example), notes: '"quoted"\n größer \u{1f600}' };
    const net = programOf(named);
    const pieces = modelBytes({
      ...{ document: named, program: net, tensors: initialTensors(net, { name: "heNormal" }, 5) },
      dataset: { ...dataset, classNames: ['"quoted"\n', "größer", "日本", "\u2028", ""] },
      record: { ...record, dataset: "Schärfe\t\\ \u{1f600}", finalLoss: null },
    });
    const written = textOfModel(pieces);
    expect(written === `${JSON.stringify(JSON.parse(written), null, 2)}\n`).toBe(true);
    expect(JSON.parse(written).state).toHaveLength(example === "mlp-bn" ? 10 : 0);
    expect(JSON.parse(written).classNames[2]).toBe("日本");
  });

  test("comes in pieces that are small, however large a tensor is", () => {
    const wide = readExample("mlp-plain");
    const net = programOf({
      ...wide,
      nodes: wide.nodes.map((node) => (node.id === "fc1" ? { ...node, params: { ...node.params, units: 500 } } : node)),
    });
    const pieces = [
      ...modelBytes({
        ...{ document: wide, program: net, dataset, record },
        tensors: initialTensors(net, { name: "zeros" }, 5),
      }),
    ];
    const lengths = pieces.map(({ length }) => length);
    expect(Math.max(...lengths)).toBe(1024 * 1024);
    expect(lengths.reduce((sum, length) => sum + length)).toBeGreaterThan(392_000 * (16 / 3));
  });

  test("keeps running statistics apart from weights, in program order, keys in a fixed order", () => {
    const json = JSON.parse(text);
    expect(Object.keys(json)).toEqual([
      "format",
      "version",
      "document",
      "weights",
      "state",
      "preprocessing",
      "classNames",
      "training",
    ]);
    expect([...json.weights, ...json.state].map(({ name }) => name).sort()).toEqual(
      tensors.map(({ name }) => name).sort(),
    );
    expect(json.state.length).toBe(10);
    for (const { name } of json.state) expect(name).toMatch(/\.running(Mean|Variance)$/);
    expect(json.weights[0].shape).toEqual([100, 784]);
  });

  test("what is not a model JSON is told apart", () => {
    expect(problem("{")).toMatchObject({ type: "notJson" });
    expect(problem("[]")).toEqual({
      type: "notModel",
      message: 'The file is not a model JSON: it has no format, not "layerscope-model".',
    });
    expect(problem(readFileSync("examples/mlp-bn.layerscope", "utf8"))).toMatchObject({
      type: "notModel",
      message: 'The file is not a model JSON: its format is "layerscope", not "layerscope-model".',
    });
    expect(problem(edited(["version"], 7))).toMatchObject({
      type: "versionTooNew",
      found: 7,
      supported: 2,
    });
  });

  test("a file of version 1, with one mean for all channels, is read", () => {
    const old = JSON.parse(text);
    old.version = 1;
    old.preprocessing = { sampleShape: [1, 28, 28], mean: 0.13, std: 0.31 };
    const loaded = loadModel(JSON.stringify(old));
    expect(loaded.ok && loaded.value.preprocessing).toEqual({ unit: 255, mean: [0.13], std: [0.31] });
  });

  test("means that do not belong to the samples' channels are refused with both numbers", () => {
    expect(problem(edited(["preprocessing", "mean"], [0.1, 0.2])).message).toBe(
      "preprocessing has 2 means and 1 deviations; samples of 1×28×28 need 1 each.",
    );
  });

  test("an invalid field is named with what was found", () => {
    expect(problem(edited(["preprocessing", "std"], [0]))).toMatchObject({
      type: "invalid",
      path: "preprocessing.std[0]",
      message: expect.stringContaining("preprocessing.std[0] is 0"),
    });
    expect(problem(edited(["extra"], 1))).toMatchObject({ type: "invalid" });
    expect(problem(edited(["document", "training", "batchSize"], "many"))).toMatchObject({
      type: "invalid",
      path: "document",
      message: expect.stringContaining("training.batchSize"),
    });
  });

  test("tensors must be those of the graph, each with its shape and its number of values", () => {
    const [first] = tensors;
    const name = first?.name;
    expect(problem(edited(["weights", 0], undefined))).toEqual({
      type: "wrongTensor",
      name,
      message: `${name} is missing; the graph needs it with 100×784.`,
    });
    expect(problem(edited(["weights", 0, "shape"], [784, 100]))).toMatchObject({
      message: `${name} is 784×100; the graph needs 100×784.`,
    });
    expect(problem(edited(["weights", 0, "data"], "AACAPw=="))).toMatchObject({
      message: `${name} holds 1 value; 100×784 takes 78,400.`,
    });
    expect(problem(edited(["weights", 0, "data"], "AACAPw="))).toMatchObject({
      message: `The values of ${name} are not base64 of float32 values.`,
    });
    expect(problem(edited(["state", 10], { name: "ghost.weight", shape: [1], data: "AACAPw==" }))).toMatchObject({
      name: "ghost.weight",
      message: "ghost.weight belongs to no node of the graph.",
    });
  });

  test("a graph that does not compile is refused with its first diagnostic", () => {
    expect(problem(edited(["document", "edges", 0], undefined))).toMatchObject({ type: "doesNotCompile" });
  });
});
