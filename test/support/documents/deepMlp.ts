/** Deep MLPs without normalization, as the tutorials on initialization have them: 28×28 digits, dense layers of 100, 10 classes. */
import { applyCommands } from "../../../engine/document/applyCommands.ts";
import type { Command } from "../../../engine/document/commands.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import type { Initializer } from "../../../engine/layer.ts";

export interface DeepMlp {
  /** Dense layers: fc1 … , the last one gives the logits. */
  readonly depth: number;
  readonly activation: "relu" | "tanh" | "sigmoid";
  readonly initializer: Initializer;
}

const NODES_PER_COLUMN = 10;

export const deepMlp = ({ depth, activation, initializer }: DeepMlp): LayerscopeDocument => {
  const nodes: readonly (readonly [kind: string, id: string, params?: Record<string, number[] | number>])[] = [
    ["input", "input", { shape: [784] }],
    ...Array.from({ length: depth - 1 }, (_, index) => [
      ["dense", `fc${index + 1}`, { units: 100 }] as const,
      [activation, `${activation}${index + 1}`] as const,
    ]).flat(),
    ["dense", `fc${depth}`, { units: 10 }],
    ["output", "output"],
  ];
  const commands = nodes.flatMap(([kind, id, params = {}], index): readonly Command[] => {
    const [column, row] = [Math.floor(index / NODES_PER_COLUMN), index % NODES_PER_COLUMN];
    const before = nodes[index - 1];
    return [
      { type: "addNode", kind, id, name: id, params, position: { x: column * 300, y: row * 118 } },
      ...(before === undefined
        ? []
        : [{ type: "connectPorts", from: { node: before[1], port: "out" }, to: { node: id, port: "in" } } as const]),
    ];
  });
  const training = { initializer, batchSize: 100, learningRate: 0.01, epochs: 1, seed: 1 };
  const made = applyCommands(newDocument(), [...commands, { type: "setTraining", training }]);
  if (!made.ok) throw new Error(`refused: ${JSON.stringify(made.error)}`);
  return made.value;
};
