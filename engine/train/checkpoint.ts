/**
 * What a run needs to go on to the very bits of an uninterrupted one, as bytes: `LSCHKPT\n`, the length of the header (u32), the header
 * (JSON, padded with spaces to a multiple of 4), then the tensors in the header's order, row-major float32. All little-endian.
 * Orders of samples, dropout masks and the like are not in it: they follow from seed, epoch and step.
 */
import { z } from "zod";
import { describeFirstIssue } from "../document/describeIssue.ts";
import { describeParseError, parse } from "../document/parse.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import { serialize } from "../document/serialize.ts";
import { trainingChangeSchema } from "../document/trainingChange.ts";
import { bytesOfFloats, floatsOfBytes } from "../export/floatBytes.ts";
import { startedFromSchema } from "../export/startingNet.ts";
import { counted, elementsOf, type NamedTensor } from "../layer.ts";
import { err, messageOf, ok, type Result } from "../result.ts";

const CHECKPOINT_FORMAT = "layerscope-checkpoint";
const CHECKPOINT_VERSION = 1;
const MAGIC = "LSCHKPT\n";
const HEADER_START = MAGIC.length + 4;

/** JSON has no NaN and no infinity: they are written as words. */
const float = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);
const count = z.int().min(0);

const epochResultSchema = z.strictObject({
  epoch: count,
  step: count,
  loss: float,
  testLoss: float,
  testAccuracy: float,
  validationLoss: float.exactOptional(),
  validationAccuracy: float.exactOptional(),
});

/** The state of a session but for its tensors. */
const sessionSchema = z.strictObject({
  step: count,
  epoch: count,
  phase: z.discriminatedUnion("name", [
    z.strictObject({ name: z.literal("training") }),
    z.strictObject({
      name: z.literal("evaluating"),
      part: z.enum(["validation", "test"]),
      start: count,
      lossSum: float,
      correct: float,
      validation: z.strictObject({ loss: float, accuracy: float }).nullable(),
    }),
  ]),
  /** Steps before the present optimizer began. */
  optimizerStart: count,
  /** Sums over the epoch so far. */
  epochTotals: z.strictObject({ lossSum: float, correct: float, numSamples: count }),
  lastLoss: float.nullable(),
  lastEvaluation: z.strictObject({ epoch: count, testAccuracy: float }).nullable(),
  /** Settings changed on the way; the document has them already. */
  changes: z.array(z.strictObject({ step: count, training: trainingChangeSchema })),
  /** The trained net that the run started from; absent when all started from initializers. */
  from: startedFromSchema.exactOptional(),
  /** Of the epochs so far, for early stopping. */
  epochs: z.array(epochResultSchema),
  /** The epoch whose weights are kept as the best; null: none. */
  bestEpoch: count.nullable(),
});

const runSchema = z.strictObject({
  elapsedMs: z.number(),
  /** Step, loss and accuracy of steps that were not reported yet. */
  unreported: z.array(float),
  /** Of the losses so far. */
  lossesHash: z.strictObject({ words: z.array(z.int()).length(8), rest: z.array(z.int()).max(63), numBytes: count }),
  /** Length of `metrics.jsonl` at this point. */
  metricsBytes: count,
});

const headerSchema = z.strictObject({
  format: z.literal(CHECKPOINT_FORMAT),
  version: z.literal(CHECKPOINT_VERSION),
  engineVersion: z.string(),
  /** As trained: with the changes on the way. */
  document: z.unknown(),
  /** Kernels: relaxed SIMD rounds otherwise than plain SIMD. */
  build: z.enum(["relaxed-simd", "simd"]),
  /** Limits of the run besides its document. */
  maxSteps: count.nullable(),
  trainSamples: count.nullable(),
  dataset: z.strictObject({ name: z.string(), trainCount: count, testCount: count, fingerprint: z.string() }),
  session: sessionSchema,
  run: runSchema,
  tensors: z.array(
    z.strictObject({ group: z.enum(["weights", "optimizer", "best"]), name: z.string(), shape: z.array(count) }),
  ),
});

type Header = z.infer<typeof headerSchema>;
type TensorGroup = Header["tensors"][number]["group"];

export interface SessionState extends z.infer<typeof sessionSchema> {
  readonly document: LayerscopeDocument;
  /** Weights and state in program order. */
  readonly tensors: readonly NamedTensor[];
  readonly optimizerTensors: readonly NamedTensor[];
  /** Those of `bestEpoch`. */
  readonly bestTensors: readonly NamedTensor[];
}

export interface Checkpoint extends Pick<Header, "engineVersion" | "build" | "maxSteps" | "trainSamples" | "dataset"> {
  readonly session: SessionState;
  readonly run: z.infer<typeof runSchema>;
}

const writeFloat = (_key: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

/** The bytes in pieces, to be written one after the other. */
export const encodeCheckpoint = (checkpoint: Checkpoint): Uint8Array[] => {
  const { document, tensors, optimizerTensors, bestTensors, ...session } = checkpoint.session;
  const groups: readonly (readonly [TensorGroup, readonly NamedTensor[]])[] = [
    ["weights", tensors],
    ["optimizer", optimizerTensors],
    ["best", bestTensors],
  ];
  const { engineVersion, build, maxSteps, trainSamples, dataset, run } = checkpoint;
  const header: Header = {
    format: CHECKPOINT_FORMAT,
    version: CHECKPOINT_VERSION,
    engineVersion,
    document: JSON.parse(serialize(document)),
    build,
    maxSteps,
    trainSamples,
    dataset,
    session,
    run,
    tensors: groups.flatMap(([group, list]) => list.map(({ name, shape }) => ({ group, name, shape: [...shape] }))),
  };
  const json = new TextEncoder().encode(JSON.stringify(header, writeFloat));
  const headerBytes = Math.ceil(json.length / 4) * 4;
  const start = new Uint8Array(HEADER_START + headerBytes).fill(" ".charCodeAt(0));
  start.set(new TextEncoder().encode(MAGIC));
  new DataView(start.buffer).setUint32(MAGIC.length, headerBytes, true);
  start.set(json, HEADER_START);
  return [start, ...groups.flatMap(([, list]) => list.map(({ data }) => bytesOfFloats(data)))];
};

const readHeader = (bytes: Uint8Array): Result<{ readonly header: Header; readonly end: number }, string> => {
  const text = (from: number, to: number): string => new TextDecoder().decode(bytes.subarray(from, to));
  if (bytes.length < HEADER_START || text(0, MAGIC.length) !== MAGIC) return err("it is not a checkpoint");
  const end = HEADER_START + new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
  if (end > bytes.length) return err("it ends in its header");
  let json: unknown;
  try {
    json = JSON.parse(text(HEADER_START, end));
  } catch (error) {
    return err(`its header is not JSON: ${messageOf(error)}`);
  }
  if (typeof json === "object" && json !== null && "version" in json && json.version !== CHECKPOINT_VERSION) {
    return err(`it has version ${json.version}; this Layerscope reads version ${CHECKPOINT_VERSION}`);
  }
  const header = headerSchema.safeParse(json);
  if (header.success) return ok({ header: header.data, end });
  return err(`its header is wrong: ${describeFirstIssue(header.error, json)}`);
};

/** Reads what `encodeCheckpoint` wrote. An error goes on after "The checkpoint … can't be used: ". */
export const decodeCheckpoint = (bytes: Uint8Array): Result<Checkpoint, string> => {
  const read = readHeader(bytes);
  if (!read.ok) return read;
  const { format: _format, version: _version, tensors, document, session, ...rest } = read.value.header;
  const parsed = parse(JSON.stringify(document));
  if (!parsed.ok) return err(`the document in it: ${describeParseError(parsed.error)}`);
  const groups: Record<TensorGroup, NamedTensor[]> = { weights: [], optimizer: [], best: [] };
  let at = read.value.end;
  for (const { group, name, shape } of tensors) {
    const numBytes = elementsOf(shape) * 4;
    if (at + numBytes > bytes.length) return err(`it ends in the tensor ${name}`);
    groups[group].push({ name, shape, data: floatsOfBytes(bytes.subarray(at, at + numBytes)) });
    at += numBytes;
  }
  if (at !== bytes.length) return err(`it has ${counted(bytes.length - at, "byte")} too many`);
  return ok({
    ...rest,
    session: {
      ...session,
      document: parsed.value,
      tensors: groups.weights,
      optimizerTensors: groups.optimizer,
      bestTensors: groups.best,
    },
  });
};
