/** Documents made in code: nodes with their params, each fed by named nodes. */
import { newDocument } from "../../document/defaults.ts";
import type { LayerscopeDocument } from "../../document/schema.ts";
import type { ParamValue } from "../../layer.ts";

export interface NodeSketch {
  readonly kind: string;
  readonly id: string;
  readonly params?: Readonly<Record<string, ParamValue>>;
  /** Ids of the nodes that feed it; the node before where it is absent. */
  readonly from?: readonly string[];
}

export const documentOf = (sketches: readonly NodeSketch[]): LayerscopeDocument => ({
  ...newDocument(),
  nodes: sketches.map(({ kind, id, params }, index) => ({
    ...{ id, kind, name: id, params: { ...params } },
    position: { x: 0, y: index * 118 },
  })),
  edges: sketches.flatMap(({ id, from }, index) =>
    (from ?? sketches.slice(Math.max(0, index - 1), index).map((before) => before.id)).map((source) => ({
      from: { node: source, port: "out" },
      to: { node: id, port: "in" },
    })),
  ),
});
