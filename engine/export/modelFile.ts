/** Writing and reading model JSON. */
import { compile } from "../compile/compile.ts";
import type { Program } from "../compile/compiled.ts";
import type { Dataset, Preprocessing } from "../data/dataset.ts";
import { describeIssue } from "../document/describeIssue.ts";
import { describeJsonError } from "../document/locateJsonError.ts";
import { describeParseError, parse } from "../document/parse.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import { serialize } from "../document/serialize.ts";
import { counted, elementsOf, formatCount, formatShape, type NamedTensor, type Shape } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import { ENGINE_VERSION } from "../version.ts";
import { decodeFloats, encodeFloats } from "./base64.ts";
import {
  MAX_MODEL_BYTES,
  MODEL_FORMAT,
  MODEL_VERSION,
  type ModelFile,
  migrateModel,
  modelSchema,
} from "./modelSchema.ts";

/** The training record but for what the writer adds itself. */
export type ModelRecord = Omit<ModelFile["training"], "engineVersion">;

/** What a model JSON is written from. */
interface ModelContent {
  readonly document: LayerscopeDocument;
  readonly program: Program;
  /** Weights and state of the whole program. */
  readonly tensors: readonly NamedTensor[];
  readonly dataset: Pick<Dataset, "shape" | "classNames" | "preprocessing">;
  readonly record: ModelRecord;
}

const utf8 = new TextEncoder();

/** As `JSON.stringify` indents what lies a level deeper. */
const indented = (value: unknown, indent: string): string =>
  JSON.stringify(value, null, 2).replaceAll("\n", `\n${indent}`);

/** A list of tensors but for its first bracket. */
function* tensorBytes(tensors: readonly NamedTensor[]): Generator<Uint8Array<ArrayBuffer>> {
  let before = "\n    ";
  for (const { name, shape, data } of tensors) {
    // The digits come between the last two quotes.
    const tensor: ModelFile["weights"][number] = { name, shape: [...shape], data: "" };
    const text = indented(tensor, "    ");
    const end = text.lastIndexOf('"');
    yield utf8.encode(before + text.slice(0, end));
    yield* encodeFloats(data);
    yield utf8.encode(text.slice(end));
    before = ",\n    ";
  }
  yield utf8.encode(tensors.length === 0 ? "]" : "\n  ]");
}

/**
 * The bytes of a model JSON, piece by piece: the text of a large net takes a third more memory than its weights. Keys in the order of the
 * schema, tensors in program order.
 */
export function* modelBytes(call: ModelContent): Generator<Uint8Array<ArrayBuffer>> {
  const stateNames = new Set(
    call.program.layers.flatMap((layer) => layer.state.map((spec) => `${layer.nodeId}.${spec.name}`)),
  );
  const { dataset, trainSamples, seed, steps, epochs, finalLoss, testAccuracy, savedAt, changes, from } = call.record;
  const head: Pick<ModelFile, "format" | "version" | "document"> = {
    format: MODEL_FORMAT,
    version: MODEL_VERSION,
    document: JSON.parse(serialize(call.document)),
  };
  const tail: Pick<ModelFile, "preprocessing" | "classNames" | "training"> = {
    preprocessing: {
      sampleShape: [...call.dataset.shape],
      unit: call.dataset.preprocessing.unit,
      mean: [...call.dataset.preprocessing.mean],
      std: [...call.dataset.preprocessing.std],
    },
    classNames: [...call.dataset.classNames],
    training: {
      dataset,
      trainSamples,
      seed,
      steps,
      epochs,
      finalLoss,
      testAccuracy,
      engineVersion: ENGINE_VERSION,
      savedAt,
      ...(changes === undefined ? {} : { changes }),
      ...(from === undefined ? {} : { from }),
    },
  };
  yield utf8.encode(`${JSON.stringify(head, null, 2).slice(0, -"\n}".length)},\n  "weights": [`);
  yield* tensorBytes(call.tensors.filter(({ name }) => !stateNames.has(name)));
  yield utf8.encode(',\n  "state": [');
  yield* tensorBytes(call.tensors.filter(({ name }) => stateNames.has(name)));
  yield utf8.encode(`,${JSON.stringify(tail, null, 2).slice("{".length)}\n`);
}

/** The text that they are. */
export const textOfModel = (pieces: Iterable<Uint8Array>): string => {
  // Each piece is whole: none ends within a character.
  const decoder = new TextDecoder();
  return Array.from(pieces, (piece) => decoder.decode(piece)).join("");
};

/** A model as it was read, with other weights or state, by the measurement that belongs to them. */
export const changedModelBytes = (
  model: Model,
  tensors: readonly NamedTensor[],
  record: Pick<ModelRecord, "testAccuracy" | "savedAt">,
): Iterable<Uint8Array> =>
  modelBytes({
    document: model.document,
    program: model.program,
    tensors,
    dataset: { shape: model.sampleShape, classNames: [...model.classNames], preprocessing: model.preprocessing },
    record: { ...model.training, ...record },
  });

/** A trained net, read back and checked: every tensor that its program needs is there, with its shape. */
export interface Model {
  readonly document: LayerscopeDocument;
  readonly program: Program;
  /** Weights and state, ready for `Network.setTensors`. */
  readonly tensors: readonly NamedTensor[];
  readonly sampleShape: Shape;
  readonly preprocessing: Preprocessing;
  readonly classNames: readonly string[];
  readonly training: ModelFile["training"];
}

export type ModelError =
  | { readonly type: "tooLarge"; readonly bytes: number; readonly limit: number; readonly message: string }
  | { readonly type: "notJson"; readonly message: string }
  | { readonly type: "notModel"; readonly message: string }
  | { readonly type: "versionTooNew"; readonly found: number; readonly supported: number; readonly message: string }
  | { readonly type: "invalid"; readonly path: string; readonly message: string }
  /** The document inside has errors, so there is no net to fill. */
  | { readonly type: "doesNotCompile"; readonly message: string }
  | { readonly type: "wrongTensor"; readonly name: string; readonly message: string };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads the text of a model JSON. */
export const loadModel = (text: string): Result<Model, ModelError> => {
  if (text.length > MAX_MODEL_BYTES) {
    return err({
      type: "tooLarge",
      bytes: text.length,
      limit: MAX_MODEL_BYTES,
      message: `The file has ${counted(text.length, "byte")}; ${formatCount(MAX_MODEL_BYTES)} are allowed.`,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err({ type: "notJson", message: describeJsonError(text) });
  }
  if (!isRecord(json) || json.format !== MODEL_FORMAT) {
    const found =
      isRecord(json) && typeof json.format === "string" ? `its format is "${json.format}"` : "it has no format";
    return err({ type: "notModel", message: `The file is not a model JSON: ${found}, not "${MODEL_FORMAT}".` });
  }
  if (typeof json.version === "number" && json.version > MODEL_VERSION) {
    return err({
      type: "versionTooNew",
      found: json.version,
      supported: MODEL_VERSION,
      message: `The file has version ${json.version}; this Layerscope reads versions up to ${MODEL_VERSION}. Update Layerscope.`,
    });
  }
  const parsed = modelSchema.safeParse(migrateModel(json));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    if (issue === undefined) return err({ type: "invalid", path: "", message: "The file is not a valid model JSON." });
    const { path, found, expected } = describeIssue(issue, migrateModel(json));
    return err({
      type: "invalid",
      path,
      message: `${path === "" ? "The file" : path} is ${found}, expected ${expected}.`,
    });
  }
  // Documents have versions and migrations of their own, so this one is read like a file.
  const document = parse(JSON.stringify(parsed.data.document));
  if (!document.ok) {
    return err({
      type: "invalid",
      path: "document",
      message: `The document inside: ${describeParseError(document.error)}`,
    });
  }
  return readModel(parsed.data, document.value);
};

const readModel = (file: ModelFile, document: LayerscopeDocument): Result<Model, ModelError> => {
  const { program, diagnostics } = compile(document, { dataset: null });
  if (program === null) {
    const first = diagnostics.find((diagnostic) => diagnostic.severity === "error");
    return err({ type: "doesNotCompile", message: `The graph in the file has errors: ${first?.message}` });
  }
  const wrong = (name: string, message: string): Result<never, ModelError> =>
    err({ type: "wrongTensor", name, message });
  const found = new Map([...file.weights, ...file.state].map((tensor) => [tensor.name, tensor]));
  const tensors: NamedTensor[] = [];
  for (const layer of program.layers) {
    for (const spec of [...layer.weights, ...layer.state]) {
      const name = `${layer.nodeId}.${spec.name}`;
      const tensor = found.get(name);
      if (tensor === undefined)
        return wrong(name, `${name} is missing; the graph needs it with ${formatShape(spec.shape)}.`);
      if (formatShape(tensor.shape) !== formatShape(spec.shape)) {
        return wrong(name, `${name} is ${formatShape(tensor.shape)}; the graph needs ${formatShape(spec.shape)}.`);
      }
      const data = decodeFloats(tensor.data);
      if (data === null) return wrong(name, `The values of ${name} are not base64 of float32 values.`);
      if (data.length !== elementsOf(spec.shape)) {
        return wrong(
          name,
          `${name} holds ${counted(data.length, "value")}; ${formatShape(spec.shape)} takes ${formatCount(elementsOf(spec.shape))}.`,
        );
      }
      found.delete(name);
      tensors.push({ name, shape: spec.shape, data });
    }
  }
  const [extra] = found.keys();
  if (extra !== undefined) return wrong(extra, `${extra} belongs to no node of the graph.`);
  const { unit, mean, std, sampleShape } = file.preprocessing;
  const [numScaled = 0] = sampleShape;
  if (mean.length !== numScaled || std.length !== numScaled) {
    return err({
      type: "invalid",
      path: "preprocessing",
      message: `preprocessing has ${mean.length} means and ${std.length} deviations; samples of ${formatShape(sampleShape)} need ${numScaled} each.`,
    });
  }
  return ok({
    document,
    program,
    tensors,
    sampleShape,
    preprocessing: { unit, mean, std },
    classNames: file.classNames,
    training: file.training,
  });
};
