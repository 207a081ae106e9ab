/** Documents for tests, made with the commands that the canvas uses. */
import { applyCommands } from "../../../engine/document/applyCommands.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import type { ParamValue } from "../../../engine/layer.ts";

export type NodeSketch = readonly [kind: string, id: string, params?: Record<string, ParamValue>];

/** Applies commands that must not be refused. */
export const applied = (document: LayerscopeDocument, commands: readonly Command[]): LayerscopeDocument => {
  const outcome = applyCommands(document, commands);
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome.error)}`);
  return outcome.value;
};

/** A chain of nodes, one below the other. */
export const chain = (...nodes: readonly NodeSketch[]): LayerscopeDocument =>
  applied(
    newDocument(),
    nodes.flatMap(([kind, id, params], index): Command[] => {
      const before = nodes[index - 1];
      return [
        { type: "addNode", kind, id, name: id, position: { x: 0, y: index * 118 }, params: params ?? {} },
        ...(before === undefined
          ? []
          : [{ type: "connectPorts", from: { node: before[1], port: "out" }, to: { node: id, port: "in" } } as const]),
      ];
    }),
  );

/** 1×28×28 → dense 10, nothing wrong with it. */
export const smallNet = (): LayerscopeDocument =>
  chain(["input", "input"], ["flatten", "flatten"], ["dense", "fc1", { units: 10 }], ["output", "output"]);

/** A net that holds every kind, 28×28 pixels to 10 classes. */
export const lenet = (): LayerscopeDocument =>
  chain(
    ["input", "input"],
    ["conv2d", "conv1", { filters: 20, kernel: [3, 3] }],
    ["batchNorm", "bn1"],
    ["relu", "relu1"],
    ["pool2d", "pool1", { pool: "avg" }],
    ["conv2d", "conv2", { filters: 50, kernel: [5, 5] }],
    ["batchNorm", "bn2"],
    ["relu", "relu2"],
    ["pool2d", "pool2", { pool: "avg" }],
    ["flatten", "flatten"],
    ["dense", "fc1", { units: 128 }],
    ["dropout", "dropout1"],
    ["dense", "fc2", { units: 10 }],
    ["output", "output"],
  );
