/** Bounds and choices of the training settings, read from their schemas so that they are written once. */
import { z } from "zod";
import {
  describeIssue,
  optimizerSchema,
  scheduleSchema,
  type TrainingSettings,
  trainingSchema,
} from "../../engine/index.ts";
import { boundsOf, type NumberBounds, type ParamControl, paramSchemaControl, wordsOf } from "./paramControls.ts";

const trainingJson = z.toJSONSchema(trainingSchema, { io: "input", unrepresentable: "any" });

export const trainingBounds = (key: keyof TrainingSettings): NumberBounds => {
  const property = trainingJson.properties?.[key];
  if (!isSchema(property)) return boundsOf({});
  // Of a setting that may be null, the bounds are those of its number.
  return boundsOf((property.anyOf ?? []).filter(isSchema).find(({ type }) => type === "number") ?? property);
};

export const initializerControl: ParamControl = paramSchemaControl(
  "initializer",
  trainingJson.properties?.initializer,
  {
    title: "Initializer",
    description: "How the weights of layers start that have no initializer of their own.",
    control: "initializer",
  },
);

/** One of a setting's alternatives, with the numbers that it has. */
export interface SettingChoice {
  readonly name: string;
  readonly numbers: readonly {
    readonly key: string;
    readonly title: string;
    readonly description: string;
    readonly unit: string | null;
    readonly bounds: NumberBounds;
  }[];
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null;

/** The alternatives of a union that differ in `name`, in its order. */
const choicesOf = (schema: z.ZodType): readonly SettingChoice[] => {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return [...(json.anyOf ?? []), ...(json.oneOf ?? [])].filter(isSchema).map(({ properties = {} }) => {
    const { name, ...rest } = properties;
    return {
      name: isSchema(name) ? String(name.const) : "",
      numbers: Object.entries(rest).flatMap(([key, property]) =>
        isSchema(property)
          ? [
              {
                key,
                title: property.title ?? wordsOf(key),
                description: property.description ?? "",
                unit: key.endsWith("Epochs") ? "epochs" : null,
                bounds: boundsOf(property),
              },
            ]
          : [],
      ),
    };
  });
};

export const optimizerChoices = choicesOf(optimizerSchema);
export const scheduleChoices = choicesOf(scheduleSchema);

/** Bounds of a number inside of a setting that is an object, one of several, or null. */
const innerBounds = (setting: keyof TrainingSettings, key: string): NumberBounds => {
  const branches = (schema: JsonSchema): readonly JsonSchema[] => [
    schema,
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(isSchema).flatMap(branches),
  ];
  const property = trainingJson.properties?.[setting];
  const inner = isSchema(property) ? branches(property).map(({ properties }) => properties?.[key]) : [];
  return boundsOf(inner.find(isSchema) ?? {});
};

export const earlyStoppingBounds = (key: "patience" | "minDelta"): NumberBounds => innerBounds("earlyStopping", key);
export const augmentationBounds = (key: "shift" | "crop"): NumberBounds => innerBounds("augmentation", key);
export const validationCountBounds: NumberBounds = innerBounds("validation", "count");

/** Why the settings refuse a value, with both numbers, or null. */
export const trainingProblem = (title: string, training: unknown): string | null => {
  const checked = trainingSchema.safeParse(training);
  const issue = checked.error?.issues[0];
  if (!issue) return null;
  const { found, expected } = describeIssue(issue, training);
  return `${title} is ${found}, expected ${expected}.`;
};
