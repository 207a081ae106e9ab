/** A link drawn from a port into empty canvas: which kinds fit at its other end, and the gesture that adds one there. Pure. */
import {
  type AnyLayer,
  type Compiled,
  type DocumentNode,
  defaultParams,
  formatShape,
  type LayerscopeDocument,
  layerOf,
  NODE_WIDTH,
  nodeHeight,
  type PortReference,
  type Position,
  type Shape,
} from "../../engine/index.ts";
import { nodeOf, reaches, takesSeveral } from "./documentGraph.ts";
import type { Gesture } from "./gesture.ts";
import { addConnected } from "./gestures.ts";
import { inColumnOf, nearestFreePlace } from "./placement.ts";

/** The port that holds the link: an output that wants a layer after it, or an input that wants one before it. */
export type LooseEnd =
  | { readonly side: "output"; readonly port: PortReference }
  | { readonly side: "input"; readonly port: PortReference };

/** `never`: the kind has no port for the link. `misfit`: it can be linked, but not computed; the reason has both shapes or sizes. */
export type Fit =
  | { readonly status: "fits" }
  | { readonly status: "misfit"; readonly reason: string }
  | { readonly status: "never" };

const FITS: Fit = { status: "fits" };
const NEVER: Fit = { status: "never" };
const misfit = (reason: string): Fit => ({ status: "misfit", reason });

/** Tried where nothing is known of what will arrive: an image and a vector. */
const ANY_SHAPES: readonly Shape[] = [[8, 64, 64], [64]];

type Outcome = { readonly shape: Shape } | { readonly reason: string } | null;

/** What a layer gives for the shapes; null where its params are invalid, so that nothing can be said. */
const outcomeOf = (layer: AnyLayer, params: unknown, inputs: readonly Shape[]): Outcome => {
  const checked = layer.params.safeParse(params);
  if (!checked.success) return null;
  const inferred = layer.inferShape(checked.data, inputs);
  return inferred.ok ? { shape: inferred.value } : { reason: inferred.error.badge };
};

const isSource = (layer: AnyLayer): boolean => layer.inputs.length === 0;
const isSink = (layer: AnyLayer): boolean => layer.outputs.length === 0;

const hasAnother = (document: LayerscopeDocument, is: (layer: AnyLayer) => boolean): boolean =>
  document.nodes.some(({ kind }) => {
    const layer = layerOf(kind);
    return layer !== undefined && is(layer);
  });

/** As many copies of a shape as the kind needs inputs. */
const filled = (layer: AnyLayer, shape: Shape): readonly Shape[] =>
  Array.from({ length: Math.max(layer.inputs.length, layer.leastEdges ?? 1) }, () => shape);

const fitAfter = (document: LayerscopeDocument, compiled: Compiled, port: PortReference, layer: AnyLayer): Fit => {
  if (isSource(layer)) return NEVER;
  if (isSink(layer) && hasAnother(document, isSink)) return misfit("the net has an output");
  const shape = compiled.facts.get(port.node)?.outputShape ?? null;
  if (shape === null) return FITS;
  const params = defaultParams(layer.kind);
  const outcome = outcomeOf(layer, params, filled(layer, shape));
  if (outcome !== null && "reason" in outcome) return misfit(outcome.reason);
  const problem =
    compiled.dataset === null ? null : layer.checkDataset?.(params, filled(layer, shape), compiled.dataset);
  return problem ? misfit(problem.badge) : FITS;
};

/** Shapes that may arrive at a new node before `port`: of the layer that feeds it now, else of any that does not follow from it. */
const arrivingShapes = (
  document: LayerscopeDocument,
  compiled: Compiled,
  port: PortReference,
  target: DocumentNode,
): readonly Shape[] => {
  const shapeOf = (nodeId: string): Shape | null => compiled.facts.get(nodeId)?.outputShape ?? null;
  const feeding = occupying(document, port);
  const known = feeding === null ? null : shapeOf(feeding.node);
  if (known !== null) return [known];
  const others = document.nodes
    .filter(({ id }) => id !== target.id && !reaches(document, target.id, id))
    .map(({ id }) => shapeOf(id));
  const distinct = new Map(others.flatMap((shape) => (shape === null ? [] : [[formatShape(shape), shape] as const])));
  return [...distinct.values(), ...ANY_SHAPES];
};

/** The output that feeds an input which takes one edge; null where another edge may join. */
const occupying = (document: LayerscopeDocument, port: PortReference): PortReference | null => {
  if (takesSeveral(document, port.node)) return null;
  return document.edges.find(({ to }) => to.node === port.node && to.port === port.port)?.from ?? null;
};

const fitBefore = (document: LayerscopeDocument, compiled: Compiled, port: PortReference, layer: AnyLayer): Fit => {
  if (isSink(layer)) return NEVER;
  if (isSource(layer) && hasAnother(document, isSource)) return misfit("the net has an input");
  const target = nodeOf(document, port.node);
  const targetLayer = layerOf(target?.kind ?? "");
  if (target === undefined || targetLayer === undefined) return FITS;
  const besides = document.edges
    .filter(({ to }) => targetLayer.leastEdges !== undefined && to.node === port.node)
    .map(({ from }) => compiled.facts.get(from.node)?.outputShape ?? null)
    .filter((shape) => shape !== null);
  const sampleShape = compiled.dataset?.sampleShape;
  const given = isSource(layer)
    ? sampleShape === undefined
      ? []
      : [sampleShape]
    : arrivingShapes(document, compiled, port, target);
  let reason: string | null = null;
  for (const shape of given) {
    const made = isSource(layer) ? { shape } : outcomeOf(layer, defaultParams(layer.kind), filled(layer, shape));
    if (made === null) return FITS;
    if ("reason" in made) {
      reason ??= made.reason;
      continue;
    }
    const inputs = besides.length > 0 ? [...besides, made.shape] : filled(targetLayer, made.shape);
    const taken = outcomeOf(targetLayer, target.params, inputs);
    if (taken === null || "shape" in taken) return FITS;
    reason ??= taken.reason;
  }
  return reason === null ? FITS : misfit(reason);
};

/** Whether a kind, with its default params, fits at the other end of the link. */
export const fitAt = (
  document: LayerscopeDocument,
  compiled: Compiled,
  { side, port }: LooseEnd,
  layer: AnyLayer,
): Fit => (side === "output" ? fitAfter : fitBefore)(document, compiled, port, layer);

/**
 * Adds a kind whose port is at `point`, and connects it. Before an input that something feeds already, that goes through the new
 * node. null where the kind has no port for the link.
 */
export const addAtLooseEnd = (
  document: LayerscopeDocument,
  kind: string,
  { side, port }: LooseEnd,
  point: Position,
): Gesture | null => {
  const layer = layerOf(kind);
  const [input, output] = [layer?.inputs[0], layer?.outputs[0]];
  const wanted = { x: point.x - NODE_WIDTH / 2, y: side === "output" ? point.y : point.y - nodeHeight({ kind }) };
  const held = nodeOf(document, port.node)?.position;
  const place = nearestFreePlace(document, { kind, position: held ? inColumnOf(wanted, held) : wanted });
  if (side === "output") {
    if (input === undefined) return null;
    return addConnected(document, kind, place, (id) => [
      { type: "connectPorts", from: port, to: { node: id, port: input } },
    ]);
  }
  if (output === undefined) return null;
  const feeding = occupying(document, port);
  return addConnected(document, kind, place, (id) => [
    ...(feeding !== null && input !== undefined
      ? [{ type: "connectPorts", from: feeding, to: { node: id, port: input } } as const]
      : []),
    { type: "connectPorts", from: { node: id, port: output }, to: port },
  ]);
};
