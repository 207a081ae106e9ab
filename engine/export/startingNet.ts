/**
 * A trained net that a run starts from, in place of initializers. A layer takes its weights and state, where both nets have it under the same
 * id, of the same kind, and with tensors of the same names and shapes; otherwise all of the layer starts anew: half of it would be neither.
 */
import { z } from "zod";
import type { Program, ProgramLayer } from "../compile/compiled.ts";
import { formatShape, type NamedTensor, type Shape, type StateSpec, type WeightSpec } from "../layer.ts";

/** How a run that started from a trained net tells of it: in its events, its record, its checkpoints and its model JSON. */
export const startedFromSchema = z.strictObject({
  /** Of the file. */
  name: z.string().min(1).max(255),
  /** SHA-256 of all weights and state in it, as `finished` has it of a run: that of the run which it was exported from. */
  weightsHash: z.string().length(64),
  /** Ids of the layers that started from initializers all the same. */
  anew: z.array(z.string()),
});

export type StartedFrom = z.infer<typeof startedFromSchema>;

/** What is to be known of a trained net to tell which layers take its weights; a `Model` has it. */
export interface TensorSource {
  readonly program: Pick<Program, "layers">;
}

/** A layer with weights or state that starts from initializers, and why. */
export interface LayerAnew {
  readonly nodeId: string;
  readonly name: string;
  /** In words, after the layer's name: `starts anew: its weight is 10×84 in lenet.model.json, 10×120 here` (`describeAnew`). */
  readonly reason:
    | { readonly type: "missing" }
    | { readonly type: "otherKind"; readonly kind: string; readonly found: string }
    | { readonly type: "otherTensor"; readonly tensor: string; readonly shape: Shape; readonly found: Shape | null };
}

export interface LayerFit {
  /** Ids of the layers that take their tensors from the trained net. */
  readonly taken: readonly string[];
  readonly anew: readonly LayerAnew[];
}

type Spec = WeightSpec | StateSpec;

const specsOf = ({ weights, state }: ProgramLayer): readonly Spec[] => [...weights, ...state];

const reasonOf = (layer: ProgramLayer, source: ProgramLayer | undefined): LayerAnew["reason"] | null => {
  if (source === undefined) return { type: "missing" };
  if (source.kind !== layer.kind) return { type: "otherKind", kind: layer.kind, found: source.kind };
  const [own, others] = [specsOf(layer), specsOf(source)];
  for (const { name, shape } of own) {
    const other = others.find((spec) => spec.name === name);
    if (other === undefined || formatShape(other.shape) !== formatShape(shape)) {
      return { type: "otherTensor", tensor: name, shape, found: other?.shape ?? null };
    }
  }
  return null;
};

/** Which layers of a program take the weights of a trained net; layers without weights and state are in neither list. */
export const layerFit = (program: Pick<Program, "layers">, source: TensorSource): LayerFit => {
  const sources = new Map(source.program.layers.map((layer) => [layer.nodeId, layer]));
  const taken: string[] = [];
  const anew: LayerAnew[] = [];
  for (const layer of program.layers) {
    if (specsOf(layer).length === 0) continue;
    const reason = reasonOf(layer, sources.get(layer.nodeId));
    if (reason === null) taken.push(layer.nodeId);
    else anew.push({ nodeId: layer.nodeId, name: layer.name || layer.nodeId, reason });
  }
  return { taken, anew };
};

/** Those of a trained net's tensors that belong to some of a program's layers. */
export const tensorsOf = (
  program: Pick<Program, "layers">,
  nodeIds: readonly string[],
  tensors: readonly NamedTensor[],
): readonly NamedTensor[] => {
  const layers = new Set(nodeIds);
  const wanted = new Set(
    program.layers.flatMap((layer) =>
      layers.has(layer.nodeId) ? specsOf(layer).map(({ name }) => `${layer.nodeId}.${name}`) : [],
    ),
  );
  return tensors.filter(({ name }) => wanted.has(name));
};

/** `starts anew: lenet.model.json has no such layer`: what follows a layer's name. */
export const describeAnew = ({ reason }: LayerAnew, fileName: string): string => {
  if (reason.type === "missing") return `starts anew: ${fileName} has no such layer`;
  if (reason.type === "otherKind") return `starts anew: it is ${reason.found} in ${fileName}, ${reason.kind} here`;
  const { tensor, shape, found } = reason;
  return found === null
    ? `starts anew: ${fileName} has no ${tensor} of it`
    : `starts anew: its ${tensor} is ${formatShape(found)} in ${fileName}, ${formatShape(shape)} here`;
};
