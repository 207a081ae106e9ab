/**
 * What two documents differ in, as far as it can change a run: nodes, params, wiring, repeats, training settings, data. Names, positions,
 * colours and notes train nothing and are not compared; a param left out counts as its default.
 */
import { datasetTitle } from "../document/datasetReference.ts";
import { defaultParams } from "../document/defaults.ts";
import { initializers } from "../document/initializers.ts";
import { optimizers } from "../document/optimizers.ts";
import { schedules } from "../document/schedule.ts";
import { type DocumentEdge, type DocumentNode, type LayerscopeDocument, trainingSchema } from "../document/schema.ts";
import type { ParamValue } from "../layer.ts";
import { layerOf } from "../registry.ts";
import { shortenNumbers } from "./shortNumbers.ts";

export interface DocumentDifference {
  readonly about: "node" | "param" | "wiring" | "repeat" | "training" | "dataset";
  /** The nodes that it is true of, by id; empty for settings and data. */
  readonly nodeIds: readonly string[];
  /** Of a node `node`, `kind` or `bypassed`; else the key of the param or setting: `units`, `learningRate`. */
  readonly name: string;
  /** As on screen: `100`, `3×3`, `Adam`; null where the first document has no such thing. */
  readonly before: string | null;
  readonly after: string | null;
  /** The whole as a statement: `fc1, fc2: units 100 → 50`. */
  readonly text: string;
}

/** `learningRate` → `learning rate`. */
const wordsOf = (key: string): string => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

interface Named {
  readonly title: string;
  readonly start: ParamValue;
}

/** The number of an initializer is what it is: none goes without saying. */
const starts = Object.fromEntries(
  Object.entries(initializers).map(([name, { title }]): [string, Named] => [name, { title, start: {} }]),
);

const alternatives: Readonly<Record<string, Named>> = { ...optimizers, ...schedules, ...starts };

const same = (a: unknown, b: unknown): boolean => {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  const [before, after] = [new Map<string, unknown>(Object.entries(a)), new Map<string, unknown>(Object.entries(b))];
  return (
    before.size === after.size && [...before].every(([key, value]) => after.has(key) && same(value, after.get(key)))
  );
};

const fieldOf = (value: ParamValue, key: string): ParamValue | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value[key] : undefined;

/** Significant digits of a number in words. */
const DIGITS = 6;

/** A param or setting in words: `3×3`, `none`, `Momentum, momentum 0.8` (numbers that it would have by itself are left out). */
export const describeValue = (value: ParamValue): string => {
  if (value === null) return "none";
  if (typeof value === "number") {
    const number = Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
    return String(number).replaceAll("-", "−");
  }
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(describeValue).join("×");
  const { name, ...rest } = value;
  const known = typeof name === "string" ? alternatives[name] : undefined;
  const numbers = Object.entries(rest)
    .filter(([key, number]) => known === undefined || !same(fieldOf(known.start, key), number))
    .map(([key, number]) => `${wordsOf(key)} ${describeValue(number ?? null)}`);
  if (name === undefined) return numbers.join(", ");
  return [known?.title ?? describeValue(name), ...numbers].join(", ");
};

const MOST_NAMES = 8;

const listed = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? names.join(", ")
    : `${names.slice(0, MOST_NAMES - 1).join(", ")} and ${names.length - MOST_NAMES + 1} more`;

/** The first of an id counts, as it does when the document is compiled. */
const nodesById = ({ nodes }: LayerscopeDocument): ReadonlyMap<string, DocumentNode> => {
  const found = new Map<string, DocumentNode>();
  for (const node of nodes) if (!found.has(node.id)) found.set(node.id, node);
  return found;
};

const titleOf = ({ kind }: DocumentNode): string => layerOf(kind)?.title ?? kind;

type NodeChange = Omit<DocumentDifference, "nodeIds" | "text"> & { readonly id: string };

const changeOf = (
  about: "node" | "param",
  id: string,
  name: string,
  before: string | null,
  after: string | null,
): NodeChange => ({ about, id, name, before, after });

const changesOf = (id: string, a: DocumentNode | undefined, b: DocumentNode | undefined): readonly NodeChange[] => {
  if (a === undefined || b === undefined) {
    return [changeOf("node", id, "node", a === undefined ? null : titleOf(a), b === undefined ? null : titleOf(b))];
  }
  const isOff = (node: DocumentNode): string => describeValue(node.bypassed === true);
  const bypassed = a.bypassed === b.bypassed ? [] : [changeOf("node", id, "bypassed", isOff(a), isOff(b))];
  if (a.kind !== b.kind) return [changeOf("node", id, "kind", titleOf(a), titleOf(b)), ...bypassed];
  const defaults = defaultParams(a.kind);
  const [before, after] = [
    { ...defaults, ...a.params },
    { ...defaults, ...b.params },
  ];
  const textOf = (value: ParamValue | undefined): string | null => (value === undefined ? null : describeValue(value));
  const params = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !same(before[key], after[key]))
    .map((key) => changeOf("param", id, key, textOf(before[key]), textOf(after[key])));
  return [...bypassed, ...params];
};

/** `0.0316 → 0.0631`; the values themselves are told exactly. */
const changeText = (...values: readonly [string | null, string | null]): string =>
  shortenNumbers(values)
    .map((value) => value ?? "–")
    .join(" → ");

const statementOf = ({ name, before, after }: NodeChange, nodes: string): string => {
  if (name === "node") return before === null ? `${after} added: ${nodes}` : `${before} removed: ${nodes}`;
  if (name === "kind") return `${nodes}: ${before} → ${after}`;
  if (name === "bypassed") return after === "on" ? `${nodes}: bypassed` : `${nodes}: no longer bypassed`;
  return `${nodes}: ${wordsOf(name)} ${changeText(before, after)}`;
};

const compareNodes = (a: LayerscopeDocument, b: LayerscopeDocument): readonly DocumentDifference[] => {
  const [before, after] = [nodesById(a), nodesById(b)];
  const merged = new Map<string, NodeChange[]>();
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    for (const change of changesOf(id, before.get(id), after.get(id))) {
      const key = JSON.stringify([change.about, change.name, change.before, change.after]);
      merged.set(key, [...(merged.get(key) ?? []), change]);
    }
  }
  const nameOf = (id: string): string => before.get(id)?.name || after.get(id)?.name || id;
  return [...merged.values()].flatMap((changes) => {
    const [first] = changes;
    if (first === undefined) return [];
    const { id: _, ...rest } = first;
    const nodeIds = changes.map(({ id }) => id);
    return [{ ...rest, nodeIds, text: statementOf(first, listed(nodeIds.map(nameOf))) }];
  });
};

interface Connection {
  readonly from: DocumentEdge["from"];
  readonly to: DocumentEdge["to"];
}

/**
 * What feeds what among the nodes that both documents have, straight or through others: an inserted node takes an edge apart and connects its
 * halves, which is told once, as the node.
 */
const connectionsOf = (
  { edges }: LayerscopeDocument,
  isShared: (id: string) => boolean,
): ReadonlyMap<string, Connection> => {
  const leaving = new Map<string, DocumentEdge[]>();
  for (const edge of edges) leaving.set(edge.from.node, [...(leaving.get(edge.from.node) ?? []), edge]);
  const found = new Map<string, Connection>();
  for (const start of edges.filter(({ from }) => isShared(from.node))) {
    const passed = new Set<string>();
    const waiting = [start];
    for (const edge of waiting) {
      if (isShared(edge.to.node)) {
        found.set(JSON.stringify([start.from, edge.to]), { from: start.from, to: edge.to });
      } else if (!passed.has(edge.to.node)) {
        passed.add(edge.to.node);
        waiting.push(...(leaving.get(edge.to.node) ?? []));
      }
    }
  }
  return found;
};

const compareWiring = (a: LayerscopeDocument, b: LayerscopeDocument): readonly DocumentDifference[] => {
  const [before, after] = [nodesById(a), nodesById(b)];
  const isShared = (id: string): boolean => before.has(id) && after.has(id);
  const [left, right] = [connectionsOf(a, isShared), connectionsOf(b, isShared)];
  const nameOf = (id: string): string => before.get(id)?.name || id;
  const statements = (
    from: ReadonlyMap<string, Connection>,
    other: ReadonlyMap<string, Connection>,
    isNew: boolean,
  ): readonly DocumentDifference[] =>
    [...from]
      .filter(([key]) => !other.has(key))
      .map(([, connection]) => {
        const ends = [connection.from.node, connection.to.node];
        const text = ends.map(nameOf).join(" → ");
        const [old, now] = isNew ? [null, text] : [text, null];
        const verb = isNew ? "feeds" : "no longer feeds";
        return {
          ...{ about: "wiring", nodeIds: ends, name: "edge", before: old, after: now },
          text: ends.map(nameOf).join(` ${verb} `),
        };
      });
  return [...statements(left, right, false), ...statements(right, left, true)];
};

const compareRepeats = (a: LayerscopeDocument, b: LayerscopeDocument): readonly DocumentDifference[] => {
  const times = (document: LayerscopeDocument, id: string): number =>
    document.groups.find((group) => group.id === id)?.repeat ?? 1;
  const groups = new Map([...b.groups, ...a.groups].map((group) => [group.id, group]));
  return [...groups.values()]
    .filter(({ id }) => times(a, id) !== times(b, id))
    .map(({ id, title, nodeIds }) => {
      const [before, after] = [String(times(a, id)), String(times(b, id))];
      return {
        ...{ about: "repeat", nodeIds, name: "repeat", before, after },
        text: `${title || id}: repeated ${before} → ${after} times`,
      };
    });
};

const compareTraining = (a: LayerscopeDocument, b: LayerscopeDocument): readonly DocumentDifference[] =>
  trainingSchema
    .keyof()
    .options.filter((name) => !same(a.training[name], b.training[name]))
    .map((name) => {
      const [before, after] = [describeValue(a.training[name]), describeValue(b.training[name])];
      return {
        ...{ about: "training", nodeIds: [], name, before, after },
        text: `${wordsOf(name)} ${changeText(before, after)}`,
      };
    });

const compareDatasets = (a: LayerscopeDocument, b: LayerscopeDocument): readonly DocumentDifference[] => {
  const [left, right] = [datasetTitle(a.dataset), datasetTitle(b.dataset)];
  const one = (name: string, before: string | null, after: string | null): DocumentDifference => ({
    ...{ about: "dataset", nodeIds: [], name, before, after },
    text: `${name === "source" ? "data" : `data, ${wordsOf(name)}`} ${changeText(before, after)}`,
  });
  const [before, after] = [new Map(Object.entries(a.dataset)), new Map(Object.entries(b.dataset))];
  if (before.get("source") !== after.get("source") || before.get("pattern") !== after.get("pattern")) {
    return [one("source", left, right)];
  }
  const textOf = (value: ParamValue | undefined): string | null => (value === undefined ? null : describeValue(value));
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => !same(before.get(key), after.get(key)))
    .map((key) => one(key, textOf(before.get(key)), textOf(after.get(key))));
};

/** From `a` to `b`; empty: their runs are the same to the bit. What several nodes have in common is one statement. */
export const compareDocuments = (a: LayerscopeDocument, b: LayerscopeDocument): readonly DocumentDifference[] => [
  ...compareNodes(a, b),
  ...compareWiring(a, b),
  ...compareRepeats(a, b),
  ...compareTraining(a, b),
  ...compareDatasets(a, b),
];

export interface DifferingSetting {
  /** `learning rate`, `fc1: units`, `bn1, bn2 and 3 more: bypassed`. */
  readonly title: string;
  /** One for each document, as on screen; null where a document has no such thing. */
  readonly values: readonly (string | null)[];
}

const TITLE_NAMES = 3;

const settingTitle = (about: DocumentDifference["about"], name: string, nodes: readonly string[]): string => {
  if (about === "training") return wordsOf(name);
  if (about === "dataset") return name === "source" ? "data" : `data, ${wordsOf(name)}`;
  const where =
    nodes.length <= TITLE_NAMES
      ? nodes.join(about === "wiring" ? " → " : ", ")
      : `${nodes.slice(0, TITLE_NAMES - 1).join(", ")} and ${nodes.length - TITLE_NAMES + 1} more`;
  return name === "node" || about === "wiring" ? where : `${where}: ${wordsOf(name)}`;
};

/** What is not the same in all of several documents: the columns of a table of their runs. */
export const differingSettings = (documents: readonly LayerscopeDocument[]): readonly DifferingSetting[] => {
  const [first, ...others] = documents;
  if (first === undefined) return [];
  interface Cell {
    readonly difference: DocumentDifference;
    readonly nodeIds: readonly string[];
    readonly values: (string | null)[];
  }
  const cells = new Map<string, Cell>();
  for (const [index, other] of others.entries()) {
    for (const difference of compareDocuments(first, other)) {
      // Node by node: another run may differ at some of them only.
      const { about, name, nodeIds, before, after } = difference;
      const places = about === "node" || about === "param" ? nodeIds.map((id) => [id]) : [nodeIds];
      for (const ids of places) {
        const key = JSON.stringify([about, name, ids]);
        const cell = cells.get(key) ?? { difference, nodeIds: ids, values: documents.map(() => before) };
        cell.values[index + 1] = after;
        cells.set(key, cell);
      }
    }
  }
  const names = new Map(documents.flatMap(({ nodes }) => nodes.map(({ id, name }) => [id, name || id])));
  const merged = new Map<string, Cell[]>();
  for (const [key, cell] of cells) {
    const { about, name } = cell.difference;
    const group = about === "node" || about === "param" ? JSON.stringify([about, name, cell.values]) : key;
    merged.set(group, [...(merged.get(group) ?? []), cell]);
  }
  return [...merged.values()].flatMap((group) => {
    const [cell] = group;
    if (cell === undefined) return [];
    const { about, name } = cell.difference;
    const nodes = group.flatMap(({ nodeIds }) => nodeIds).map((id) => names.get(id) ?? id);
    return [{ title: settingTitle(about, name, nodes), values: cell.values }];
  });
};
