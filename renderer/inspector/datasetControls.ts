/** What can be set on a dataset, read from the schemas of its references. */
import { z } from "zod";
import { type DatasetReference, datasetReferenceSchema, describeIssue } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { boundsOf, type NumberBounds } from "./paramControls.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null;

const branchesOf = (schema: JsonSchema): readonly JsonSchema[] => {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(isSchema);
  return inner.length === 0 ? [schema] : inner.flatMap(branchesOf);
};

const branches = branchesOf(z.toJSONSchema(datasetReferenceSchema, { io: "input", unrepresentable: "any" }));

const saysConst = (schema: JsonSchema, key: string, value: unknown): boolean => {
  const property = schema.properties?.[key];
  return !isSchema(property) || property.const === value;
};

/** Bounds of a number of this kind of dataset. */
export const datasetBounds = (reference: DatasetReference, key: string): NumberBounds => {
  const pattern = "pattern" in reference ? reference.pattern : undefined;
  const branch = branches.find(
    (schema) => saysConst(schema, "source", reference.source) && saysConst(schema, "pattern", pattern),
  );
  const property = branch?.properties?.[key];
  return boundsOf(isSchema(property) ? property : {});
};

/** A change of the dataset's own settings from a form, which may not be one: the schema says why. One undo step. */
export const commitDataset = (title: string, change: Readonly<Record<string, unknown>>): string | null => {
  const { document, apply } = documentStore.getState();
  const candidate = { ...document.dataset, ...change };
  const checked = datasetReferenceSchema.safeParse(candidate);
  const issue = checked.error?.issues[0];
  if (issue) {
    const { found, expected } = describeIssue(issue, candidate);
    return `${title} is ${found}, expected ${expected}.`;
  }
  if (!checked.success) return `${title} is not valid.`;
  return apply([{ type: "setDataset", dataset: checked.data }], `set ${title.toLowerCase()}`).refused;
};

/** Whether samples are images, which can be mirrored, shifted and cropped. */
export const hasImages = ({ source }: DatasetReference): boolean => source !== "csv" && source !== "generated";

/** Whether samples have a number to predict instead of a class. */
export const hasTargets = (reference: DatasetReference): boolean =>
  reference.source === "csv" && reference.task === "regression";
