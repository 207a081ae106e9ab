/** Writes a document as text that differs little when the document does. */
import type { ParamValue } from "../layer.ts";
import { defaultParams } from "./defaults.ts";
import type { CanvasNote, DocumentEdge, DocumentNode, Group, LayerscopeDocument, Position } from "./schema.ts";

/** JSON on one line: `[3, 3]`, `{ "x": 0, "y": 118 }`. */
const inline = (value: ParamValue): string => {
  // JSON.stringify would write −0 as 0.
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return JSON.stringify(value);
};

const indentation = (depth: number): string => "  ".repeat(depth);

const block = (open: string, lines: readonly string[], close: string, depth: number): string =>
  lines.length === 0
    ? open + close
    : `${open}\n${lines.map((line) => indentation(depth + 1) + line).join(",\n")}\n${indentation(depth)}${close}`;

/** One line for each item, as the top level of a file holds it. */
export const listText = (lines: readonly string[]): string => block("[", lines, "]", 1);

const field = (key: string, text: string): string => `${JSON.stringify(key)}: ${text}`;

/** What tells the alternatives of a union apart (`name`, `source`) first, then alphabetical, all the way down. */
const sortKeys = (value: ParamValue): ParamValue => {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const rank = (key: string): string => (key === "name" || key === "source" ? "" : key);
  const keys = Object.keys(value).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key] ?? null)]));
};

/** By kind: the schema of a kind does not change, and to ask it takes longer than to write a node. */
const paramNames = new Map<string, readonly string[]>();

const paramNamesOf = (kind: string): readonly string[] => {
  const names = paramNames.get(kind) ?? Object.keys(defaultParams(kind));
  paramNames.set(kind, names);
  return names;
};

/** The kind's own params in the order of its schema, then the ones it does not know, alphabetically. */
const paramLines = (node: DocumentNode): string[] => {
  const known = paramNamesOf(node.kind).filter((key) => Object.hasOwn(node.params, key));
  const unknown = Object.keys(node.params)
    .filter((key) => !known.includes(key))
    .sort();
  return [...known, ...unknown].map((key) => field(key, inline(sortKeys(node.params[key] ?? null))));
};

const point = ({ x, y }: Position): ParamValue => ({ x, y });

export const nodeText = (node: DocumentNode, depth: number): string =>
  block(
    "{",
    [
      field("id", inline(node.id)),
      field("kind", inline(node.kind)),
      field("name", inline(node.name)),
      field("params", block("{", paramLines(node), "}", depth + 1)),
      field("position", inline(point(node.position))),
      ...(node.bypassed ? [field("bypassed", "true")] : []),
      ...(node.folded ? [field("folded", "true")] : []),
    ],
    "}",
    depth,
  );

export const edgeText = ({ from, to, points }: DocumentEdge): string =>
  inline({
    from: { node: from.node, port: from.port },
    to: { node: to.node, port: to.port },
    ...(points === undefined ? {} : { points: points.map(point) }),
  });

export const groupText = ({ id, title, color, nodeIds, collapsed, repeat }: Group): string =>
  inline({
    id,
    title,
    color,
    nodeIds,
    ...(collapsed === undefined ? {} : { collapsed }),
    ...(repeat === undefined ? {} : { repeat }),
  });

export const canvasNoteText = ({ id, text, color, position, size }: CanvasNote): string =>
  inline({ id, text, color, position: point(position), size: { width: size.width, height: size.height } });

/** Stable key order, two spaces, one line for each param, position and edge, and a newline at the end. */
export const serialize = (document: LayerscopeDocument): string => {
  const { training } = document;
  const text = block(
    "{",
    [
      field("format", inline(document.format)),
      field("version", inline(document.version)),
      field("nodes", listText(document.nodes.map((node) => nodeText(node, 2)))),
      field("edges", listText(document.edges.map(edgeText))),
      field("groups", listText(document.groups.map(groupText))),
      field("canvasNotes", listText(document.canvasNotes.map(canvasNoteText))),
      field("dataset", inline(sortKeys(document.dataset))),
      field(
        "training",
        block(
          "{",
          [
            field("optimizer", inline(sortKeys(training.optimizer))),
            field("learningRate", inline(training.learningRate)),
            field("schedule", inline(sortKeys(training.schedule))),
            field("warmupEpochs", inline(training.warmupEpochs)),
            field("weightDecay", inline(training.weightDecay)),
            field("clipNorm", inline(training.clipNorm)),
            field("batchSize", inline(training.batchSize)),
            field("epochs", inline(training.epochs)),
            field("seed", inline(training.seed)),
            field("initializer", inline(sortKeys(training.initializer))),
            field("earlyStopping", inline(training.earlyStopping === null ? null : sortKeys(training.earlyStopping))),
            field("validation", inline(training.validation)),
            field("augmentation", inline(training.augmentation === null ? null : sortKeys(training.augmentation))),
          ],
          "}",
          1,
        ),
      ),
      field("notes", inline(document.notes)),
    ],
    "}",
    0,
  );
  return `${text}\n`;
};
