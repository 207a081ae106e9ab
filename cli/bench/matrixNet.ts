/** Dense layers of any size, and next to nothing beside them: what the kernels of matrix products reach, large and small. */
import { applyCommands, compile, newDocument, type Program } from "../../engine/index.ts";
import { type BenchNet, randomData } from "./benchNets.ts";

export interface ProductShape {
  readonly samples: number;
  readonly inputs: number;
  readonly outputs: number;
}

const square = 512;
/** Where nothing is small. */
export const SQUARE: ProductShape = { samples: square, inputs: square, outputs: square };

/** The layer of a matrix net that has all three products of its shape. */
export const PRODUCT_NODE = "product";

const NUM_CLASSES = 10;

type Commands = Parameters<typeof applyCommands>[1];

/** The layer stands behind one that learns, for an input gradient, and before one of ten classes unless it has as many outputs itself. */
export const loadMatrixNet = ({
  samples,
  inputs,
  outputs,
}: ProductShape): Pick<BenchNet, "document" | "program" | "data"> => {
  const sampleShape = [Math.min(inputs, square)];
  const layers = [
    { id: "input", kind: "input", params: { shape: sampleShape } },
    { id: "first", kind: "dense", params: { units: inputs } },
    { id: PRODUCT_NODE, kind: "dense", params: { units: outputs } },
    ...(outputs === NUM_CLASSES ? [] : [{ id: "classes", kind: "dense", params: { units: NUM_CLASSES } }]),
    { id: "output", kind: "output", params: {} },
  ];
  const commands = layers.flatMap(({ id, kind, params }, index): Commands => {
    const before = layers[index - 1];
    return [
      { type: "addNode", kind, id, name: id, position: { x: 0, y: 120 * index }, params },
      ...(before === undefined
        ? []
        : [{ type: "connectPorts", from: { node: before.id, port: "out" }, to: { node: id, port: "in" } } as const]),
    ];
  });
  const settings: Commands[number] = {
    type: "setTraining",
    training: { batchSize: samples, optimizer: { name: "sgd" } },
  };
  const document = applyCommands(newDocument(), [...commands, settings]);
  if (!document.ok) throw new Error("The benchmark's dense layers are refused.");
  const facts = { sampleShape, numClasses: NUM_CLASSES, trainCount: samples };
  const { program } = compile(document.value, { dataset: facts });
  if (program === null) throw new Error("The benchmark's dense layers do not compile.");
  return { document: document.value, program, data: randomData(sampleShape) };
};

/** A dense layer of a net. */
export interface DenseLayer {
  readonly nodeId: string;
  readonly shape: ProductShape;
}

export const denseLayers = ({ layers, batchSize }: Program): readonly DenseLayer[] =>
  layers.flatMap(({ nodeId, operation, inputShapes, outputShape }) => {
    const [inputs] = inputShapes[0] ?? [];
    const [outputs] = outputShape;
    if (operation?.op !== "dense" || inputs === undefined || outputs === undefined) return [];
    return [{ nodeId, shape: { samples: batchSize, inputs, outputs } }];
  });
