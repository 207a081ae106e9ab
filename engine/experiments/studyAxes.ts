/** What a study varies: the values of each axis, what they are called, and what each of them makes of a document. */
import { defaultParams } from "../document/defaults.ts";
import { describeIssue } from "../document/describeIssue.ts";
import { type LayerscopeDocument, trainingSchema } from "../document/schema.ts";
import type { ParamValue } from "../layer.ts";
import { counted } from "../layer.ts";
import { layerOf } from "../registry.ts";
import { err, ok, type Result } from "../result.ts";
import { describeValue } from "./compareDocuments.ts";
import { activationKinds, type Study, type StudyAxis, type ValueRange } from "./study.ts";

const NORMALIZING_KINDS = { none: null, batch: "batchNorm", layer: "layerNorm", group: "groupNorm" } as const;

/** What an axis can be in a run. */
export type AxisValue = StudyAxis["values"] extends infer V ? (V extends readonly (infer T)[] ? T : never) : never;

type Changed = Result<LayerscopeDocument, string>;

/** One value of an axis, with what it makes of a document. */
export interface AxisChoice {
  readonly value: AxisValue;
  readonly apply: (document: LayerscopeDocument) => Changed;
}

export interface AxisChoices {
  readonly title: string;
  /** In order; of a range as many as it says, evenly spaced. */
  readonly listed: readonly AxisChoice[];
  /** By a number from 0 to less than 1: one of the list, or any of the range. */
  readonly draw: (share: number) => AxisChoice;
}

/** `learningRate`, `conv2d.filters`, `bypass bn1, bn2`. */
export const axisTitle = (axis: StudyAxis): string => {
  if (axis.vary === "bypass") return `bypass ${axis.nodes.join(", ")}`;
  return axis.vary === "param" ? `${axis.node ?? axis.kind ?? "?"}.${axis.name}` : axis.vary;
};

const isRange = (values: StudyAxis["values"]): values is ValueRange => !Array.isArray(values);

const at = ({ from, to, scale }: ValueRange, share: number): number => {
  // The ends exactly: powers would miss them by their last bits.
  if (share === 0) return from;
  if (share === 1) return to;
  return scale === "log" ? from * (to / from) ** share : from + (to - from) * share;
};

const chooseFrom = <Value extends AxisValue>(
  title: string,
  values: readonly Value[],
  apply: (document: LayerscopeDocument, value: Value) => Changed,
): AxisChoices => {
  const choice = (value: Value): AxisChoice => ({ value, apply: (document) => apply(document, value) });
  const listed = values.map(choice);
  const [first] = listed;
  if (first === undefined) throw new RangeError(`${title} has no values.`);
  return { title, listed, draw: (share) => listed[Math.floor(share * listed.length)] ?? first };
};

const chooseNumber = (
  title: string,
  values: readonly number[] | ValueRange,
  isWhole: boolean,
  apply: (document: LayerscopeDocument, value: number) => Changed,
): AxisChoices => {
  if (!("scale" in values)) return chooseFrom(title, values, apply);
  const rounded = (share: number): number => (isWhole ? Math.round(at(values, share)) : at(values, share));
  const spaced = Array.from({ length: values.count }, (_, index) => rounded(index / (values.count - 1)));
  return {
    ...chooseFrom(title, isWhole ? [...new Set(spaced)] : spaced, apply),
    draw: (share) => {
      const value = rounded(share);
      return { value, apply: (document) => apply(document, value) };
    },
  };
};

/** Settings changed by hand are checked as those of a file are. The error has no full stop. */
export const withTraining = (document: LayerscopeDocument, change: Readonly<Record<string, unknown>>): Changed => {
  const changed = { ...document.training, ...change };
  const checked = trainingSchema.safeParse(changed);
  if (checked.success) return ok({ ...document, training: checked.data });
  const [issue] = checked.error.issues;
  if (issue === undefined) return err("The training settings are not valid");
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

export const normalizes = ({ kind }: Node): boolean => layerOf(kind)?.family === "norm";

const withInitializer = (document: LayerscopeDocument, initializer: unknown): Changed => {
  const shared = mapNodes(
    document,
    ({ params }) => "initializer" in params,
    (node) => ({ ...node, params: { ...node.params, initializer: { name: "document" } } }),
  );
  return withTraining(shared, { initializer });
};

const withNormalization = (document: LayerscopeDocument, kind: string | null): Changed => {
  if (!document.nodes.some(normalizes)) return err("the document has no normalizing node");
  return ok(
    mapNodes(document, normalizes, (node) => {
      if (kind === null) return bypassedNode(node, true);
      const params = node.kind === kind ? node.params : defaultParams(kind);
      return { ...bypassedNode(node, false), kind, params };
    }),
  );
};

const withActivation = (document: LayerscopeDocument, kind: string): Changed => {
  const activates = (node: Node): boolean => activationKinds.some((known) => known === node.kind);
  if (!document.nodes.some(activates)) return err("the document has no activation node");
  const params = defaultParams(kind);
  return ok(mapNodes(document, activates, (node) => (node.kind === kind ? node : { ...node, kind, params })));
};

const withBypass = (document: LayerscopeDocument, ids: readonly string[], bypassed: boolean): Changed => {
  const missing = ids.find((id) => !document.nodes.some((node) => node.id === id));
  if (missing !== undefined) return err(`the document has no node "${missing}"`);
  return ok(
    mapNodes(
      document,
      ({ id }) => ids.includes(id),
      (node) => bypassedNode(node, bypassed),
    ),
  );
};

const withParam = (
  document: LayerscopeDocument,
  { node: id, kind, name }: Extract<StudyAxis, { vary: "param" }>,
  value: ParamValue,
): Changed => {
  const chosen = (node: Node): boolean => (id === undefined ? node.kind === kind : node.id === id);
  const first = document.nodes.find(chosen);
  if (first === undefined) {
    return err(`the document has no ${id === undefined ? "node of kind" : "node"} "${id ?? kind}"`);
  }
  if (!Object.hasOwn(defaultParams(first.kind), name)) return err(`${first.kind} has no param "${name}"`);
  return ok(mapNodes(document, chosen, (node) => ({ ...node, params: { ...node.params, [name]: value } })));
};

/** The values of an axis, ready to be applied. */
export const axisChoices = (axis: StudyAxis): AxisChoices => {
  const title = axisTitle(axis);
  switch (axis.vary) {
    case "initializerScale":
      return chooseNumber(title, axis.values, false, (document, std) =>
        withInitializer(document, { name: "normal", std }),
      );
    case "initializer":
      return chooseFrom(title, axis.values, withInitializer);
    case "normalization":
      return chooseFrom(title, axis.values, (document, value) => withNormalization(document, NORMALIZING_KINDS[value]));
    case "activation":
      return chooseFrom(title, axis.values, withActivation);
    case "bypass":
      return chooseFrom(title, axis.values, (document, value) => withBypass(document, axis.nodes, value));
    case "param": {
      const apply = (document: LayerscopeDocument, value: ParamValue) => withParam(document, axis, value);
      return isRange(axis.values)
        ? chooseNumber(title, axis.values, false, apply)
        : chooseFrom(title, axis.values, apply);
    }
    case "optimizer":
    case "schedule":
    case "clipNorm":
      return chooseFrom<AxisValue>(title, axis.values, (document, value) =>
        withTraining(document, { [axis.vary]: value }),
      );
    case "learningRate":
    case "weightDecay":
      return chooseNumber(title, axis.values, false, (document, value) =>
        withTraining(document, { [axis.vary]: value }),
      );
    case "batchSize":
    case "epochs":
    case "seed":
      return chooseNumber(title, axis.values, true, (document, value) =>
        withTraining(document, { [axis.vary]: value }),
      );
  }
};

/** Why an axis cannot be varied, a sentence; null: it can. `where` names it: `axes[0]`. In a list a value may come again. */
export const axisProblem = (axis: StudyAxis, where: string, search: Study["search"]): string | null => {
  const { values, names } = axis;
  if (isRange(values) && values.scale === "log" && !(values.from > 0 && values.to > 0)) {
    return `${where}.values goes from ${values.from} to ${values.to}; a log scale needs both above 0.`;
  }
  if (axis.vary === "param" && (axis.node === undefined) === (axis.kind === undefined)) {
    return `${where} varies the param "${axis.name}" and needs either "node" or "kind".`;
  }
  const { listed } = axisChoices(axis);
  const seen = new Map<string, number>();
  for (const [index, { value }] of listed.entries()) {
    const text = JSON.stringify(value);
    const before = seen.get(text);
    if (before !== undefined && search.by !== "list")
      return `${where}.values[${index}] is ${text}, as values[${before}] is.`;
    seen.set(text, index);
  }
  if (names !== undefined && names.length !== listed.length) {
    return `${where} has ${counted(listed.length, "value")} and ${counted(names.length, "name")}; each value needs one.`;
  }
  return null;
};

/** `0.0039810717…` → `0.00398`: as many digits as tell values of a study apart. */
const shortNumber = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(3)));

/** What a value is called: the name that the study gives it, or what it is in short. */
export const axisValueName = (axis: StudyAxis, value: AxisValue): string => {
  const text = JSON.stringify(value);
  const index =
    axis.names === undefined ? -1 : axisChoices(axis).listed.findIndex((c) => JSON.stringify(c.value) === text);
  return axis.names?.[index] ?? describeValue(typeof value === "number" ? shortNumber(value) : value);
};
