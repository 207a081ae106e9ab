/**
 * ONNX's messages as bytes (onnx/onnx.proto of ONNX 1.12), with the fields that a net of layers needs:
 *
 *   ModelProto:     1 ir_version, 2 producer_name, 3 producer_version, 6 doc_string, 7 graph, 8 opset_import, 14 metadata_props
 *   GraphProto:     1 node, 2 name, 5 initializer, 11 input, 12 output
 *   NodeProto:      1 input, 2 output, 3 name, 4 op_type, 5 attribute
 *   AttributeProto: 1 name, 2 f, 3 i, 8 ints, 20 type
 *   TensorProto:    1 dims, 2 data_type, 8 name, 9 raw_data (little-endian)
 *   ValueInfoProto: 1 name, 2 type { 1 tensor_type { 1 elem_type, 2 shape { 1 dim { 1 dim_value | 2 dim_param } } } }
 */
import type { OnnxAttribute } from "../layer.ts";
import { MessageWriter } from "./protobuf.ts";

/** Of ONNX 1.12. */
const IR_VERSION = 8;
const OPERATOR_SET = 17;

const FLOAT = 1;
const INT64 = 7;

const ATTRIBUTE_TYPES = { float: 1, int: 2, ints: 7 } as const;

export interface OnnxNodeRecord {
  readonly name: string;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly value: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: "float32" | "int64";
  /** Little-endian. */
  readonly bytes: Uint8Array;
}

/** float32 values of one sample after the other: the first extent, of the batch, is free. */
export interface OnnxValue {
  readonly name: string;
  readonly sampleShape: readonly number[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly description: string;
  readonly producerVersion: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly input: OnnxValue;
  readonly outputs: readonly OnnxValue[];
  readonly tensors: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNodeRecord[];
}

const attributeMessage = (name: string, attribute: OnnxAttribute): MessageWriter => {
  const message = new MessageWriter().text(1, name);
  if ("float" in attribute) return message.float(2, attribute.float).integer(20, ATTRIBUTE_TYPES.float);
  if ("int" in attribute) return message.integer(3, attribute.int).integer(20, ATTRIBUTE_TYPES.int);
  return message.integers(8, attribute.ints).integer(20, ATTRIBUTE_TYPES.ints);
};

const nodeMessage = ({ name, operator, inputs, value, attributes }: OnnxNodeRecord): MessageWriter => {
  const message = new MessageWriter();
  for (const input of inputs) message.text(1, input);
  message.text(2, value).text(3, name).text(4, operator);
  for (const [key, attribute] of Object.entries(attributes)) message.message(5, attributeMessage(key, attribute));
  return message;
};

const tensorMessage = ({ name, shape, type, bytes }: OnnxTensor): MessageWriter =>
  new MessageWriter()
    .integers(1, shape)
    .integer(2, type === "float32" ? FLOAT : INT64)
    .text(8, name)
    .bytes(9, bytes);

const valueMessage = ({ name, sampleShape }: OnnxValue): MessageWriter => {
  const shape = new MessageWriter().message(1, new MessageWriter().text(2, "N"));
  for (const extent of sampleShape) shape.message(1, new MessageWriter().integer(1, extent));
  const tensor = new MessageWriter().integer(1, FLOAT).message(2, shape);
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensor));
};

/** The bytes of an `.onnx` file. */
export const encodeOnnx = (graph: OnnxGraph): Uint8Array<ArrayBuffer> => {
  const inside = new MessageWriter();
  for (const node of graph.nodes) inside.message(1, nodeMessage(node));
  inside.text(2, graph.name);
  for (const tensor of graph.tensors) inside.message(5, tensorMessage(tensor));
  inside.message(11, valueMessage(graph.input));
  for (const output of graph.outputs) inside.message(12, valueMessage(output));
  const model = new MessageWriter()
    .integer(1, IR_VERSION)
    .text(2, "Layerscope")
    .text(3, graph.producerVersion)
    .text(6, graph.description)
    .message(7, inside)
    // The default domain, which has no name.
    .message(8, new MessageWriter().integer(2, OPERATOR_SET));
  for (const [key, value] of Object.entries(graph.metadata)) {
    model.message(14, new MessageWriter().text(1, key).text(2, value));
  }
  return model.finish();
};
