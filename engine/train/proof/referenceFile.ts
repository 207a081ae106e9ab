/**
 * Files of reference values: what a layer, a loss, an optimizer or ten steps of training give elsewhere. The layout is that of
 * `docs/file-formats.md`: `{"cases": [...]}`, tensors `{"shape", "data"}` row-major, images NCHW, conv weights OIHW, dense [out, in].
 */
import { z } from "zod";
import { describeFirstIssue } from "../../document/describeIssue.ts";
import { describeJsonError } from "../../document/locateJsonError.ts";
import { elementsOf, type Tensor } from "../../layer.ts";
import { err, ok, type Result } from "../../result.ts";

const tensor = z
  .object({ shape: z.array(z.int().min(0)), data: z.array(z.number()) })
  .refine(({ shape, data }) => elementsOf(shape) === data.length, "as many values in data as its shape has")
  .transform(({ shape, data }): Tensor => ({ shape, data: Float64Array.from(data) }));

const tensors = z.record(z.string(), tensor);
const config = z.record(z.string(), z.json());

const passFields = {
  inputs: z.object({ x: tensor }),
  params: tensors,
  output: tensor,
  outputGradient: tensor,
  inputGradients: z.object({ x: tensor }),
  paramGradients: tensors,
};

const pass = z.object(passFields);
const moments = z.object({ mean: tensor, variance: tensor });
const optimizerConfig = z.object({ learningRate: z.number(), weightDecay: z.number().default(0) }).loose();

/** One pass forward and back of a layer. */
const layerCase = z.object({ ...passFields, config });
const batchNormCase = z.object({
  config,
  train: pass,
  eval: pass,
  runningBefore: moments,
  runningAfter: moments,
});
const entropyCase = z.object({
  loss: z.literal("softmaxCrossEntropy"),
  logits: tensor,
  labels: z.array(z.int().min(0).max(255)),
  labelSmoothing: z.number().optional(),
  value: z.number(),
  logitsGradient: tensor,
});
const squaresCase = z.object({
  loss: z.literal("meanSquaredError"),
  outputs: tensor,
  targets: tensor,
  value: z.number(),
  outputsGradient: tensor,
});
const optimizerCase = z.object({
  optimizer: z.string(),
  config: optimizerConfig,
  paramsBefore: tensor,
  gradients: z.array(tensor),
  paramsAfterEachStep: z.array(tensor),
});
const trainingCase = z.object({
  net: z.string(),
  optimizer: z.object({ name: z.string() }).and(optimizerConfig),
  paramsBefore: tensors,
  batches: z.array(z.object({ x: tensor, labels: z.array(z.int().min(0).max(255)) })).min(1),
  lossBeforeEachStep: z.array(z.number()),
  paramsAfter: tensors,
});

export type LayerPass = z.infer<typeof pass>;
export type BatchNormCase = z.infer<typeof batchNormCase>;
export type EntropyCase = z.infer<typeof entropyCase>;
export type SquaresCase = z.infer<typeof squaresCase>;
export type OptimizerCase = z.infer<typeof optimizerCase>;
export type TrainingCase = z.infer<typeof trainingCase>;

export type ReferenceCase =
  | { readonly type: "layer"; readonly kind: string; readonly params: unknown; readonly values: LayerPass }
  | { readonly type: "batchNorm"; readonly params: unknown; readonly values: BatchNormCase }
  | { readonly type: "entropy"; readonly values: EntropyCase }
  | { readonly type: "squares"; readonly values: SquaresCase }
  | { readonly type: "optimizer"; readonly values: OptimizerCase }
  | { readonly type: "training"; readonly values: TrainingCase };

/** What a `config` says about its layer without a name: the fields that only one kind has. */
const tellingFields: readonly (readonly [field: string, kind: string])[] = [
  ["filters", "conv2d"],
  ["units", "dense"],
  ["pool", "pool2d"],
  ["groups", "groupNorm"],
  ["axes", "layerNorm"],
];

const kindOf = (values: z.infer<typeof config>): string | null => {
  if (typeof values.kind === "string") return values.kind;
  return tellingFields.find(([field]) => field in values)?.[1] ?? null;
};

/** Fields that describe the layout; params have none of them. */
const paramsOf = ({ kind: _kind, weightLayout: _layout, axes: _axes, ...params }: z.infer<typeof config>): unknown =>
  params;

const parseCase = (value: unknown): Result<ReferenceCase, string> => {
  const fields: ReadonlySet<string> = new Set(typeof value === "object" && value !== null ? Object.keys(value) : []);
  const read = <T>(schema: z.ZodType<T>, finish: (values: T) => Result<ReferenceCase, string>) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? finish(parsed.data) : err(describeFirstIssue(parsed.error, value));
  };
  if (fields.has("net")) return read(trainingCase, (values) => ok({ type: "training", values }));
  if (fields.has("optimizer")) return read(optimizerCase, (values) => ok({ type: "optimizer", values }));
  if (fields.has("logits")) return read(entropyCase, (values) => ok({ type: "entropy", values }));
  if (fields.has("loss")) return read(squaresCase, (values) => ok({ type: "squares", values }));
  if (fields.has("train")) {
    return read(batchNormCase, (values) => ok({ type: "batchNorm", params: paramsOf(values.config), values }));
  }
  return read(layerCase, (values) => {
    const kind = kindOf(values.config);
    if (kind === null) return err("config names no layer: no kind, filters, units, pool, groups or axes");
    return ok({ type: "layer", kind, params: paramsOf(values.config), values });
  });
};

/** All cases of a file; the error is a sentence that names the first that is not understood, counted from 1. */
export const parseReferenceFile = (text: string): Result<readonly ReferenceCase[], string> => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err(describeJsonError(text));
  }
  const file = z.object({ cases: z.array(z.unknown()).min(1) }).safeParse(json);
  if (!file.success) return err(`Invalid reference file: ${describeFirstIssue(file.error, json)}.`);
  const cases: ReferenceCase[] = [];
  for (const [index, value] of file.data.cases.entries()) {
    const parsed = parseCase(value);
    if (!parsed.ok) return err(`Case ${index + 1}: ${parsed.error}.`);
    cases.push(parsed.value);
  }
  return ok(cases);
};
