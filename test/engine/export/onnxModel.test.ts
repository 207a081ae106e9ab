/**
 * Every kind in ONNX computes what its reference does, and whole nets with what enters them. What onnxruntime answered is kept in
 * test/judges/answers/onnxModels.json with the hash of the graph that it ran; ASK_ONNX=1 asks it anew, which takes `npm ci` in test/judges,
 * and has to be done when a form or a case has changed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { parse } from "../../../engine/document/parse.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { bytesOfFloats } from "../../../engine/export/floatBytes.ts";
import type { Model } from "../../../engine/export/modelFile.ts";
import { onnxModel } from "../../../engine/export/onnxModel.ts";
import { readMessage, textOf } from "../../../engine/export/protobuf.ts";
import { elementsOf, type ParamValue, type Shape, type Tensor } from "../../../engine/layer.ts";
import { layerOf, layers } from "../../../engine/registry.ts";
import { createStream } from "../../../engine/train/rng.ts";
import { applied, chain, type NodeSketch } from "../compile/documents.ts";
import { layerCases } from "../layers/cases.ts";
import { relativeError, uniformTensor } from "../layers/tensors.ts";

const JUDGE = fileURLToPath(new URL("../../judges/onnxModels.mjs", import.meta.url));
const ANSWERS = fileURLToPath(new URL("../../judges/answers/onnxModels.json", import.meta.url));
const NUM_SAMPLES = 3;
/** onnxruntime computes in float32. */
const TOLERANCE = 1e-5;

interface Answer {
  readonly name: string;
  /** SHA-256 of the graph. */
  readonly graph: string;
  readonly outputs: Readonly<Record<string, { readonly shape: Shape; readonly data: readonly number[] }>>;
}

const modelOf = (document: LayerscopeDocument, sampleShape: Shape, isImage: boolean): Model => {
  const { program, diagnostics } = compile(document, { plan: false, dataset: null });
  if (program === null) throw new Error(diagnostics.map(({ message }) => message).join(" "));
  const numScaled = sampleShape[0] ?? 0;
  return {
    document,
    program,
    tensors: program.layers.flatMap((layer) =>
      [...layer.weights, ...layer.state].map((spec) => {
        const name = `${layer.nodeId}.${spec.name}`;
        // Large nets neither grow nor fade.
        const reach = Math.sqrt(3 / Math.max(1, elementsOf(spec.shape.slice(1))));
        const isMatrix = spec.shape.length > 1 && layerOf(layer.kind)?.family !== "norm";
        const drawn = isMatrix
          ? uniformTensor(spec.shape, name, -reach, reach)
          : uniformTensor(spec.shape, name, 0.2, 1.7);
        return { name, shape: spec.shape, data: Float32Array.from(drawn.data) };
      }),
    ),
    sampleShape,
    preprocessing: {
      unit: isImage ? 255 : 1,
      mean: [...Float32Array.from(uniformTensor([numScaled], "mean", 0.3, 0.6).data)],
      std: [...Float32Array.from(uniformTensor([numScaled], "std", 0.2, 0.4).data)],
    },
    classNames: ["a", "b"],
    training: {
      dataset: "made up",
      trainSamples: 0,
      seed: 1,
      steps: 0,
      epochs: 0,
      finalLoss: null,
      testAccuracy: null,
      engineVersion: "0",
      savedAt: "2026-01-02T03:04:05.000Z",
    },
  };
};

/** Bytes of pixels, or numbers. */
const samplesOf = ({ sampleShape, preprocessing }: Model): Tensor => {
  const shape = [NUM_SAMPLES, ...sampleShape];
  const { data } = uniformTensor(
    shape,
    "samples",
    preprocessing.unit === 255 ? 0 : -1,
    preprocessing.unit === 255 ? 255 : 1,
  );
  return {
    shape,
    data: Float64Array.from(data, (value) => (preprocessing.unit === 255 ? Math.round(value) : Math.fround(value))),
  };
};

/** The net in float64, by the layers' references. */
const expectedOf = ({ program, tensors, preprocessing, sampleShape }: Model, samples: Tensor) => {
  const inner = elementsOf(sampleShape.slice(1));
  const scaled = samples.data.map((value, index) => {
    const c = Math.floor(index / inner) % (sampleShape[0] ?? 1);
    return (value / preprocessing.unit - (preprocessing.mean[c] ?? 0)) / (preprocessing.std[c] ?? 1);
  });
  const values = new Map<string, Tensor>();
  let entered: Tensor | undefined;
  for (const { nodeId, kind, params, inputs, weights, state, outputShape } of program.layers) {
    const layer = layerOf(kind);
    if (layer === undefined) throw new Error(kind);
    const named = (specs: readonly { readonly name: string; readonly shape: Shape }[]) =>
      Object.fromEntries(
        specs.map(({ name, shape }) => {
          const found = tensors.find((tensor) => tensor.name === `${nodeId}.${name}`);
          return [name, { shape, data: Float64Array.from(found?.data ?? []) }];
        }),
      );
    const read = inputs.map((id) => values.get(id) as Tensor);
    const sources = [{ shape: [NUM_SAMPLES, ...outputShape], data: scaled }];
    [entered] = read;
    const { output } = layer.reference.forward({
      ...{
        params,
        weights: named(weights),
        state: named(state),
        mode: "evaluation",
        random: createStream(1, "dropout"),
      },
      inputs: read.length === 0 ? sources : read,
    });
    values.set(nodeId, output);
  }
  const end = values.get(program.layers.at(-1)?.nodeId ?? "") as Tensor;
  const isRegression = program.layers.at(-1)?.operation?.op === "meanSquaredError";
  return isRegression ? { predictions: end } : { probabilities: end, logits: entered as Tensor };
};

/** A net of the layer between an input and an output; several inputs come out of the sample by convolutions or dense layers. */
const netOf = (
  kind: string,
  params: Readonly<Record<string, unknown>>,
  inputShapes: readonly Shape[],
  output: Shape,
) => {
  const given = params as Record<string, ParamValue>;
  const [first = []] = inputShapes;
  const ending: NodeSketch[] = [
    ...(output.length === 3 ? ([["flatten", "flatten"]] as const) : []),
    ["output", "output", { loss: "meanSquaredError" }],
  ];
  if (kind === "input") return chain(["input", "input", given], ...ending);
  if (kind === "output") return chain(["input", "input", { shape: [...first] }], ["output", "output", given]);
  const input: NodeSketch = ["input", "input", { shape: [...first] }];
  if (inputShapes.length === 1) return chain(input, [kind, "layer", given], ...ending);
  const [, ...others] = inputShapes;
  const branches = others.flatMap(([channels = 0], index): Command[] => [
    {
      ...{ type: "addNode", id: `branch${index}`, name: `branch${index}`, position: { x: 0, y: 0 } },
      ...(first.length === 3
        ? { kind: "conv2d", params: { filters: channels, kernel: [1, 1] } }
        : { kind: "dense", params: { units: channels } }),
    },
    { type: "connectPorts", from: { node: "input", port: "out" }, to: { node: `branch${index}`, port: "in" } },
    { type: "connectPorts", from: { node: `branch${index}`, port: "out" }, to: { node: "layer", port: "in" } },
  ]);
  const [flatten, ...rest] = ending;
  const tail = output.length === 3 ? [flatten as NodeSketch, ...rest] : ending;
  const stem = applied(chain(input, [kind, "layer", given]), branches);
  return tail.reduce((document, [tailKind, id, tailParams], index) => {
    const before = index === 0 ? "layer" : (tail[index - 1]?.[1] ?? "");
    return applied(document, [
      { type: "addNode", kind: tailKind, id, name: id, position: { x: 0, y: 0 }, params: tailParams ?? {} },
      { type: "connectPorts", from: { node: before, port: "out" }, to: { node: id, port: "in" } },
    ]);
  }, stem);
};

const example = (name: string): LayerscopeDocument => {
  const document = parse(readFileSync(new URL(`../../../examples/${name}.layerscope`, import.meta.url), "utf8"));
  if (!document.ok) throw new Error(name);
  return document.value;
};

const cases = [
  ...layers.flatMap(({ kind }) =>
    (layerCases[kind] ?? []).map(({ params, inputShapes, outputShape }) => ({
      name: `${kind} ${JSON.stringify(params)} ${JSON.stringify(inputShapes)}`,
      model: modelOf(netOf(kind, params, inputShapes, outputShape), inputShapes[0] ?? [], inputShapes[0]?.length === 3),
    })),
  ),
  { name: "a flattened image", model: modelOf(example("mlp-bn"), [1, 28, 28], true) },
  { name: "lenet-bn-max", model: modelOf(example("lenet-bn-max"), [1, 28, 28], true) },
  { name: "lenet-bn-avg", model: modelOf(example("lenet-bn-avg"), [1, 28, 28], true) },
  { name: "residual-cifar10", model: modelOf(example("residual-cifar10"), [3, 32, 32], true) },
  { name: "spiral-bn", model: modelOf(example("spiral-bn"), [2], false) },
].map(({ name, model }) => {
  const bytes = onnxModel(model, { title: name });
  const samples = samplesOf(model);
  return { name, model, bytes, samples, expected: expectedOf(model, samples) };
});

const fieldsOf = (bytes: Uint8Array) => {
  const fields = readMessage(bytes);
  if (!fields.ok) throw new Error(fields.error);
  return fields.value;
};

const parts = (bytes: Uint8Array, field: number): readonly Uint8Array[] =>
  fieldsOf(bytes).flatMap(({ field: found, value }) => (found === field && typeof value !== "number" ? [value] : []));

const graphOf = (bytes: Uint8Array): Uint8Array => parts(bytes, 7)[0] ?? new Uint8Array();

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(graphOf(bytes)).digest("hex");

const askOnnxruntime = (): readonly Answer[] => {
  const asked = cases.map(({ bytes, samples }) => ({
    model: Buffer.from(bytes).toString("base64"),
    samples: { shape: samples.shape, data: [...samples.data] },
  }));
  const judged = spawnSync(process.execPath, [JUDGE], {
    ...{ input: JSON.stringify(asked), encoding: "utf8", maxBuffer: 2 ** 28 },
  });
  if (judged.status !== 0) throw new Error(`onnxruntime gave no answer: ${judged.stderr}`);
  const outputs: readonly Answer["outputs"][] = JSON.parse(judged.stdout);
  return cases.map(({ name, bytes }, index) => ({ name, graph: hashOf(bytes), outputs: outputs[index] ?? {} }));
};

describe("ONNX models", () => {
  it("compute what the references compute, each kind by itself and whole nets", () => {
    if (process.env.ASK_ONNX !== undefined) {
      const lines = askOnnxruntime().map((answer) => JSON.stringify(answer));
      writeFileSync(ANSWERS, `[\n${lines.join(",\n")}\n]\n`);
    }
    const answers: readonly Answer[] = JSON.parse(readFileSync(ANSWERS, "utf8"));
    // An answer to another question says nothing: ASK_ONNX=1 asks this one.
    expect(answers.map(({ name, graph }) => ({ name, graph }))).toEqual(
      cases.map(({ name, bytes }) => ({ name, graph: hashOf(bytes) })),
    );
    for (const [index, { name, expected }] of cases.entries()) {
      const outputs = answers[index]?.outputs ?? {};
      expect([name, Object.keys(outputs).sort()]).toEqual([name, Object.keys(expected).sort()]);
      for (const [key, { shape, data }] of Object.entries(expected)) {
        expect([name, key, outputs[key]?.shape]).toEqual([name, key, shape]);
        expect(relativeError(outputs[key]?.data ?? [], data), `${name} ${key}`).toBeLessThan(TOLERANCE);
      }
    }
  });

  it("hold each tensor of the model JSON bit for bit, under the layer's name", () => {
    for (const { model, bytes } of cases) {
      const found = new Map(
        parts(graphOf(bytes), 5).map((tensor) => {
          const [name] = parts(tensor, 8);
          const [raw] = parts(tensor, 9);
          return [textOf(name ?? 0), raw ?? new Uint8Array()];
        }),
      );
      for (const { name, data } of model.tensors) {
        const [nodeId, tensor] = [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf("."))];
        const layer = model.program.layers.find((one) => one.nodeId === nodeId);
        const stored = found.get(`${layer?.name}${tensor}`) ?? new Uint8Array();
        expect([name, Buffer.compare(stored, bytesOfFloats(data))]).toEqual([name, 0]);
      }
    }
  });

  it("give layers of one name, and those named like what goes in or out, names of their own", () => {
    const net = chain(
      ["input", "input", { shape: [4] }],
      ["dense", "a", { units: 4 }],
      ["dense", "b", { units: 4 }],
      ["dense", "c", { units: 2 }],
      ["output", "output"],
    );
    const named = {
      ...net,
      nodes: net.nodes.map((node) => ({ ...node, name: { a: "fc", b: "fc", c: "logits" }[node.id] ?? node.name })),
    };
    const graph = graphOf(onnxModel(modelOf(named, [4], false), { title: "a net" }));
    const values = parts(graph, 1).map((node) => textOf(parts(node, 2)[0] ?? 0));
    expect(new Set(values).size).toBe(values.length);
    expect(values.slice(-5)).toEqual(["fc", "fc 2", "logits 2", "probabilities", "logits"]);
  });
});
