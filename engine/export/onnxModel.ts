/** A trained net as an ONNX file: for onnxruntime and other programs that run nets, and for Netron to draw. */
import type { ProgramLayer } from "../compile/compiled.ts";
import { formatShape, type NamedTensor, type OnnxForm, type Shape } from "../layer.ts";
import { layerOf } from "../registry.ts";
import { ENGINE_VERSION } from "../version.ts";
import { bytesOfFloats } from "./floatBytes.ts";
import type { Model } from "./modelFile.ts";
import { encodeOnnx, type OnnxNodeRecord, type OnnxTensor } from "./onnxProto.ts";

/** What enters: samples as the dataset stores them. */
const SAMPLES = "samples";

const floats = (name: string, shape: Shape, values: ArrayLike<number>): OnnxTensor => ({
  name,
  shape,
  type: "float32",
  bytes: bytesOfFloats(values instanceof Float32Array ? values : Float32Array.from(values)),
});

const wholes = (name: string, shape: Shape, values: readonly number[]): OnnxTensor => {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setBigInt64(8 * index, BigInt(value), true);
  return { name, shape, type: "int64", bytes };
};

/** (stored / unit − mean) / std, each step where it changes anything. */
const scalingOf = ({ sampleShape, preprocessing }: Pick<Model, "sampleShape" | "preprocessing">) => {
  const { unit, mean, std } = preprocessing;
  // Of each channel of an image, or each feature.
  const shape = [mean.length, ...sampleShape.slice(1).map(() => 1)];
  const steps = [
    { operator: "Div", name: "unit", shape: [], values: unit === 1 ? [] : [unit] },
    { operator: "Sub", name: "mean", shape, values: mean.some((value) => value !== 0) ? mean : [] },
    { operator: "Div", name: "std", shape, values: std.some((value) => value !== 1) ? std : [] },
  ].filter(({ values }) => values.length > 0);
  return {
    nodes: steps.map(
      ({ operator, name }, index): OnnxNodeRecord => ({
        name: `${SAMPLES}.${name}`,
        operator,
        inputs: [index === 0 ? SAMPLES : `${SAMPLES}.after.${steps[index - 1]?.name}`, `${SAMPLES}.${name}`],
        value: `${SAMPLES}.after.${name}`,
        attributes: {},
      }),
    ),
    tensors: steps.map(({ name, shape: extents, values }) => floats(`${SAMPLES}.${name}`, extents, values)),
  };
};

/** Names of layers may repeat; those of values may not. */
const uniqueNames = (layers: readonly ProgramLayer[], taken: Iterable<string>): ReadonlyMap<string, string> => {
  const used = new Set(taken);
  return new Map(
    layers.map(({ nodeId, name }) => {
      let free = name;
      for (let number = 2; used.has(free); number += 1) free = `${name} ${number}`;
      used.add(free);
      return [nodeId, free];
    }),
  );
};

const formOf = ({ kind, params, inputs, inputShapes, outputShape }: ProgramLayer, sampleShape: Shape): OnnxForm => {
  const layer = layerOf(kind);
  if (layer === undefined) throw new RangeError(`There is no kind ${kind}.`);
  return layer.onnx(params, inputs.length === 0 ? [sampleShape] : inputShapes, outputShape);
};

/**
 * The bytes of an ONNX model (operator set 17, IR 8) that takes `samples`, float32 N×`sampleShape` as the dataset stores them, scales them
 * as in training and computes the net in evaluation: `probabilities` and `logits` of classes, `predictions` of numbers. Weights have the
 * names of the model JSON's tensors with the layers' names for their ids; metadata hold the class names and the record of the training as JSON.
 * https://onnx.ai/onnx/operators
 */
export const onnxModel = (model: Model, { title }: { readonly title: string }): Uint8Array<ArrayBuffer> => {
  const { program, sampleShape } = model;
  const own = new Map(model.tensors.map((tensor): [string, NamedTensor] => [tensor.name, tensor]));
  const forms = program.layers.map((layer) => ({ layer, form: formOf(layer, sampleShape) }));
  const results = forms.flatMap(({ layer, form }) =>
    layerOf(layer.kind)?.outputs.length === 0 ? form.nodes.map(({ value = "" }) => value) : [],
  );
  const names = uniqueNames(program.layers, [SAMPLES, ...results]);
  const scaling = scalingOf(model);
  const nodes: OnnxNodeRecord[] = [...scaling.nodes];
  const tensors: OnnxTensor[] = [...scaling.tensors];
  const values = new Map<string, string>();
  for (const { layer, form } of forms) {
    const name = names.get(layer.nodeId) ?? layer.nodeId;
    const local = new Map<string, string>();
    const inputs =
      layer.inputs.length === 0 ? [nodes.at(-1)?.value ?? SAMPLES] : layer.inputs.map((id) => values.get(id) ?? "");
    for (const [index, value] of inputs.entries()) local.set(`in${index}`, value);
    for (const spec of [...layer.weights, ...layer.state]) {
      const tensor = own.get(`${layer.nodeId}.${spec.name}`);
      if (tensor === undefined) throw new RangeError(`${layer.nodeId}.${spec.name} is missing.`);
      local.set(spec.name, `${name}.${spec.name}`);
      tensors.push(floats(`${name}.${spec.name}`, spec.shape, tensor.data));
    }
    for (const [key, { shape, values: numbers, whole }] of Object.entries(form.constants ?? {})) {
      local.set(key, `${name}.${key}`);
      tensors.push((whole ? wholes : floats)(`${name}.${key}`, shape, numbers));
    }
    const isEnd = layerOf(layer.kind)?.outputs.length === 0;
    for (const [index, { operator, inputs: read, value, attributes = {} }] of form.nodes.entries()) {
      const isLast = index === form.nodes.length - 1;
      const written = isEnd ? (value ?? name) : isLast ? name : `${name}.${value}`;
      if (value !== undefined) local.set(value, written);
      const inputNames = read.map((key) => local.get(key) ?? key);
      nodes.push({ name: written, operator, inputs: inputNames, value: written, attributes });
    }
    values.set(layer.nodeId, form.nodes.length === 0 ? (inputs[0] ?? SAMPLES) : name);
  }
  const end = program.layers.at(-1);
  return encodeOnnx({
    name: title,
    description: `${title}: takes ${formatShape(sampleShape)} samples as ${model.training.dataset} stores them.`,
    producerVersion: ENGINE_VERSION,
    metadata: { classNames: JSON.stringify(model.classNames), training: JSON.stringify(model.training) },
    input: { name: SAMPLES, sampleShape },
    outputs: results.map((name) => ({ name, sampleShape: end?.inputShapes[0] ?? [] })),
    tensors,
    nodes,
  });
};
