/** Bounds and choices of the training settings, read from their schemas so that they are written once. */
import { z } from "zod";
import { describeIssue, optimizerSchema, type TrainingSettings, trainingSchema } from "../../engine/index.ts";
import { boundsOf, type NumberBounds, type ParamControl, paramSchemaControl } from "./paramControls.ts";

const trainingJson = z.toJSONSchema(trainingSchema, { io: "input", unrepresentable: "any" });

export const trainingBounds = (key: keyof TrainingSettings): NumberBounds => {
  const property = trainingJson.properties?.[key];
  return boundsOf(typeof property === "object" ? property : {});
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

export interface OptimizerChoice {
  readonly name: TrainingSettings["optimizer"]["name"];
  readonly numbers: readonly { readonly key: string; readonly bounds: NumberBounds }[];
}

const optimizerJson = z.toJSONSchema(optimizerSchema, { io: "input", unrepresentable: "any" });

/** Every optimizer with the numbers it has. */
export const optimizerChoices: readonly OptimizerChoice[] = optimizerSchema.options.map((option, index) => {
  const json = [...(optimizerJson.anyOf ?? []), ...(optimizerJson.oneOf ?? [])][index];
  const properties = typeof json === "object" ? (json.properties ?? {}) : {};
  return {
    name: option.shape.name.value,
    numbers: Object.entries(properties).flatMap(([key, property]) =>
      key !== "name" && typeof property === "object" ? [{ key, bounds: boundsOf(property) }] : [],
    ),
  };
});

/** Why the settings refuse a value, with both numbers, or null. */
export const trainingProblem = (title: string, training: unknown): string | null => {
  const checked = trainingSchema.safeParse(training);
  const issue = checked.error?.issues[0];
  if (!issue) return null;
  const { found, expected } = describeIssue(issue, training);
  return `${title} is ${found}, expected ${expected}.`;
};
