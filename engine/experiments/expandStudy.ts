/**
 * The runs of a study. Runs are paired: unless the seed itself is varied they share it and the ids of their nodes, and every random stream is
 * named after seed and node, so layers of the same shape start with the same bits and batches come in the same order.
 */
import { defaultParams } from "../document/defaults.ts";
import { describeIssue } from "../document/describeIssue.ts";
import { type LayerscopeDocument, trainingSchema } from "../document/schema.ts";
import { layerOf } from "../registry.ts";
import { err, ok, type Result } from "../result.ts";
import { createStream } from "../train/rng.ts";
import type { Study, StudyAxis, ValueRange } from "./study.ts";

const MAX_RUNS = 10_000;
const NORMALIZING_KINDS = { batch: "batchNorm", layer: "layerNorm", group: "groupNorm" } as const;

/** What an axis can be in a run. */
export type AxisValue = StudyAxis["values"] extends infer V ? (V extends readonly (infer T)[] ? T : never) : never;

export interface StudyRun {
  /** `run-001`; the same study gives the same ids. */
  readonly id: string;
  /** What each axis is in this run, by the axis's title. */
  readonly assignment: Readonly<Record<string, AxisValue>>;
  /** Frozen: with everything that the study sets. */
  readonly document: LayerscopeDocument;
}

/** `learningRate`, `conv2d.filters`, `bypass bn1, bn2`. */
export const axisTitle = (axis: StudyAxis): string => {
  if (axis.vary === "bypass") return `bypass ${axis.nodes.join(", ")}`;
  return axis.vary === "param" ? `${axis.node ?? axis.kind ?? "?"}.${axis.name}` : axis.vary;
};

const isWhole = (axis: StudyAxis): boolean =>
  axis.vary === "batchSize" || axis.vary === "epochs" || axis.vary === "seed";

const at = ({ from, to, scale }: ValueRange, share: number): number => {
  // The ends exactly: powers would miss them by their last bits.
  if (share === 0) return from;
  if (share === 1) return to;
  return scale === "log" ? from * (to / from) ** share : from + (to - from) * share;
};

const isRange = (values: StudyAxis["values"]): values is ValueRange => !Array.isArray(values);

const listedValues = (axis: StudyAxis): readonly AxisValue[] => {
  const { values } = axis;
  if (!isRange(values)) return values;
  const { count } = values;
  const spaced = Array.from({ length: count }, (_, index) => at(values, index / (count - 1)));
  return isWhole(axis) ? [...new Set(spaced.map(Math.round))] : spaced;
};

const checkAxis = (axis: StudyAxis, where: string): string | null => {
  const { values } = axis;
  if (isRange(values) && values.scale === "log" && !(values.from > 0 && values.to > 0)) {
    return `${where}.values goes from ${values.from} to ${values.to}; a log scale needs both above 0.`;
  }
  if (axis.vary === "param" && (axis.node === undefined) === (axis.kind === undefined)) {
    return `${where} varies the param "${axis.name}" and needs either "node" or "kind".`;
  }
  const seen = new Map<string, number>();
  for (const [index, value] of listedValues(axis).entries()) {
    const text = JSON.stringify(value);
    const before = seen.get(text);
    if (before !== undefined) return `${where}.values[${index}] is ${text}, as values[${before}] is.`;
    seen.set(text, index);
  }
  return null;
};

type Combination = readonly AxisValue[];

const combine = ({ search, axes }: Study): Result<readonly Combination[], string> => {
  const lists = axes.map(listedValues);
  if (search.by === "grid") {
    const count = lists.reduce((product, list) => product * list.length, 1);
    if (count > MAX_RUNS) return err(`The grid has ${count} runs; ${MAX_RUNS} are allowed.`);
    return ok(
      lists.reduce<readonly Combination[]>(
        (found, list) => found.flatMap((before) => list.map((value) => [...before, value])),
        [[]],
      ),
    );
  }
  if (search.by === "list") {
    const [first = []] = lists;
    const odd = lists.findIndex((list) => list.length !== first.length);
    if (odd !== -1) {
      return err(
        `axes[0] has ${first.length} values and axes[${odd}] ${lists[odd]?.length}; a list needs as many of each.`,
      );
    }
    return ok(first.map((_, run) => lists.map((list) => list[run] as AxisValue)));
  }
  const { count, seed } = search;
  const streams = axes.map((axis) => createStream(seed, `study:${axisTitle(axis)}`));
  return ok(
    Array.from({ length: count }, () =>
      axes.map((axis, index): AxisValue => {
        const draw = streams[index]?.() ?? 0;
        const { values } = axis;
        if (!isRange(values)) return values[Math.floor(draw * values.length)] as AxisValue;
        const drawn = at(values, draw);
        return isWhole(axis) ? Math.round(drawn) : drawn;
      }),
    ),
  );
};

const withTraining = (
  document: LayerscopeDocument,
  change: Readonly<Record<string, unknown>>,
): Result<LayerscopeDocument, string> => {
  const changed = { ...document.training, ...change };
  const checked = trainingSchema.safeParse(changed);
  if (checked.success) return ok({ ...document, training: checked.data });
  const [issue] = checked.error.issues;
  if (issue === undefined) return err("The training settings are not valid.");
  const { path, found, expected } = describeIssue(issue, changed);
  return err(`${path} is ${found}, expected ${expected}`);
};

type Node = LayerscopeDocument["nodes"][number];

const mapNodes = (
  document: LayerscopeDocument,
  chosen: (node: Node) => boolean,
  change: (node: Node) => Node,
): LayerscopeDocument => ({
  ...document,
  nodes: document.nodes.map((node) => (chosen(node) ? change(node) : node)),
});

const bypassedNode = ({ bypassed: _, ...node }: Node, bypassed: boolean): Node =>
  bypassed ? { ...node, bypassed } : node;

const normalizes = ({ kind }: Node): boolean => layerOf(kind)?.family === "norm";

const apply = (document: LayerscopeDocument, axis: StudyAxis, value: AxisValue): Result<LayerscopeDocument, string> => {
  if (axis.vary === "initializerScale" || axis.vary === "initializer") {
    const initializer = axis.vary === "initializer" ? value : { name: "normal", std: value };
    const shared = mapNodes(
      document,
      ({ params }) => "initializer" in params,
      (node) => ({ ...node, params: { ...node.params, initializer: { name: "document" } } }),
    );
    return withTraining(shared, { initializer });
  }
  if (axis.vary === "normalization") {
    if (!document.nodes.some(normalizes)) return err("the document has no normalizing node");
    const kind = Object.entries(NORMALIZING_KINDS).find(([name]) => name === value)?.[1];
    return ok(
      mapNodes(document, normalizes, (node) => {
        if (kind === undefined) return bypassedNode(node, true);
        const params = node.kind === kind ? node.params : defaultParams(kind);
        return { ...bypassedNode(node, false), kind, params };
      }),
    );
  }
  if (axis.vary === "bypass") {
    const missing = axis.nodes.find((id) => !document.nodes.some((node) => node.id === id));
    if (missing !== undefined) return err(`the document has no node "${missing}"`);
    return ok(
      mapNodes(
        document,
        ({ id }) => axis.nodes.includes(id),
        (node) => bypassedNode(node, value === true),
      ),
    );
  }
  if (axis.vary === "param") {
    const chosen = (node: Node): boolean => (axis.node === undefined ? node.kind === axis.kind : node.id === axis.node);
    const first = document.nodes.find(chosen);
    if (first === undefined)
      return err(
        `the document has no ${axis.node === undefined ? "node of kind" : "node"} "${axis.node ?? axis.kind}"`,
      );
    if (!Object.hasOwn(defaultParams(first.kind), axis.name)) return err(`${first.kind} has no param "${axis.name}"`);
    return ok(mapNodes(document, chosen, (node) => ({ ...node, params: { ...node.params, [axis.name]: value } })));
  }
  return withTraining(document, { [axis.vary]: value });
};

/** Every run of a study of `document`, in the order in which it is trained. The error is a sentence that names the axis and the value. */
export const expandStudy = (study: Study, document: LayerscopeDocument): Result<readonly StudyRun[], string> => {
  const titles = study.axes.map(axisTitle);
  for (const [index, axis] of study.axes.entries()) {
    const problem = checkAxis(axis, `axes[${index}]`);
    if (problem !== null) return err(problem);
    const before = titles.indexOf(axisTitle(axis));
    if (before !== index) return err(`axes[${index}] varies ${axisTitle(axis)}, as axes[${before}] does.`);
  }
  const based = withTraining({ ...document, dataset: study.dataset ?? document.dataset }, study.training ?? {});
  if (!based.ok) return err(`training: ${based.error}.`);
  const combinations = combine(study);
  if (!combinations.ok) return combinations;
  const digits = Math.max(3, String(combinations.value.length).length);
  const runs: StudyRun[] = [];
  for (const [run, values] of combinations.value.entries()) {
    let changed = based.value;
    for (const [index, axis] of study.axes.entries()) {
      const value = values[index] as AxisValue;
      const applied = apply(changed, axis, value);
      if (!applied.ok) return err(`axes[${index}] (${titles[index]}) with ${JSON.stringify(value)}: ${applied.error}.`);
      changed = applied.value;
    }
    runs.push({
      id: `run-${String(run + 1).padStart(digits, "0")}`,
      assignment: Object.fromEntries(titles.map((title, index) => [title, values[index] as AxisValue])),
      document: changed,
    });
  }
  return ok(runs);
};
