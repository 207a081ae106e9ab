/** Which control edits each param of a kind, read from the JSON schema of its params. Knows types, no kinds. */
import { z } from "zod";
import type { AnyLayer, ParamMeta, ParamValue } from "../../engine/index.ts";
import { formatCount } from "../charts/format.ts";

export interface NumberBounds {
  readonly integer: boolean;
  readonly min: number | null;
  readonly max: number | null;
  /** 0 itself is not allowed, so the value moves by factors: 1, 2, 5, 10 … */
  readonly positive: boolean;
}

/** One choice of a union of objects that differ in `name`, with at most one number of its own: `{ name: "normal", std }`. */
export interface NamedVariant {
  readonly name: string;
  readonly number: { readonly key: string; readonly bounds: NumberBounds } | null;
}

interface ControlBase {
  readonly param: string;
  readonly title: string;
  readonly description: string;
  readonly unit: string | null;
}

export type ParamControl = ControlBase &
  (
    | { readonly type: "number"; readonly bounds: NumberBounds }
    | { readonly type: "toggle" }
    | { readonly type: "select"; readonly options: readonly { readonly value: string; readonly label: string }[] }
    | { readonly type: "pair" }
    | { readonly type: "shape" }
    | { readonly type: "padding"; readonly options: readonly { readonly value: string; readonly label: string }[] }
    | { readonly type: "initializer"; readonly variants: readonly NamedVariant[] }
    | { readonly type: "json" }
  );

type JsonSchema = z.core.JSONSchema.BaseSchema;

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null;

const branchesOf = (schema: JsonSchema): readonly JsonSchema[] =>
  [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(isSchema).flatMap((branch) => {
    const inner = branchesOf(branch);
    return inner.length > 0 ? inner : [branch];
  });

/** JSON schema writes the limits of safe integers too; nobody needs to see them. */
const bound = (value: unknown): number | null =>
  typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null;

export const boundsOf = (schema: JsonSchema): NumberBounds => ({
  integer: schema.type === "integer",
  min: bound(schema.minimum ?? schema.exclusiveMinimum),
  max: bound(schema.maximum ?? schema.exclusiveMaximum),
  positive: schema.exclusiveMinimum === 0,
});

const writeBound = (value: number): string => (Number.isInteger(value) ? formatCount(value) : String(value));

/** `From 1 to 65,536.`, `More than 0.`; empty where any number will do. */
export const rangeWords = ({ min, max, positive }: NumberBounds): string => {
  if (min !== null && max !== null) return `From ${writeBound(min)} to ${writeBound(max)}.`;
  if (min !== null) return positive ? `More than ${writeBound(min)}.` : `${writeBound(min)} or more.`;
  return max === null ? "" : `${writeBound(max)} or less.`;
};

const stringsOf = (schema: JsonSchema): readonly string[] =>
  [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])].filter(
    (value): value is string => typeof value === "string",
  );

/** `heNormal` → `He normal`. */
export const wordsOf = (identifier: string): string => {
  const words = identifier
    .replace(/([A-Z])/g, " $1")
    .toLowerCase()
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const optionsOf = (values: readonly string[], meta: Partial<ParamMeta>) =>
  values.map((value) => ({ value, label: meta.labels?.[value] ?? wordsOf(value) }));

const variantsOf = (schema: JsonSchema): readonly NamedVariant[] =>
  branchesOf(schema).flatMap((branch) => {
    const { name, ...rest } = branch.properties ?? {};
    if (!isSchema(name)) return [];
    const number = Object.entries(rest).find(([, property]) => isSchema(property) && property.type === "number");
    return stringsOf(name).map((each) => ({
      name: each,
      number: number && isSchema(number[1]) ? { key: number[0], bounds: boundsOf(number[1]) } : null,
    }));
  });

const metaOf = (schema: JsonSchema): Partial<ParamMeta> => {
  const { title, description, unit, control, labels } = schema as Partial<ParamMeta>;
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(unit === undefined ? {} : { unit }),
    ...(control === undefined ? {} : { control }),
    ...(labels === undefined ? {} : { labels }),
  };
};

const isPair = (schema: JsonSchema): boolean => schema.type === "array" && schema.prefixItems?.length === 2;

const controlOf = (param: string, schema: JsonSchema): ParamControl => {
  const meta = metaOf(schema);
  const base: ControlBase = {
    param,
    title: meta.title ?? wordsOf(param),
    description: meta.description ?? "",
    unit: meta.unit ?? null,
  };
  const strings = stringsOf(schema);
  if (meta.control === "shape") return { ...base, type: "shape" };
  if (meta.control === "padding") {
    return { ...base, type: "padding", options: optionsOf(branchesOf(schema).flatMap(stringsOf), meta) };
  }
  if (meta.control === "initializer") return { ...base, type: "initializer", variants: variantsOf(schema) };
  if (schema.type === "boolean") return { ...base, type: "toggle" };
  if (schema.type === "integer" || schema.type === "number")
    return { ...base, type: "number", bounds: boundsOf(schema) };
  if (strings.length > 0) return { ...base, type: "select", options: optionsOf(strings, meta) };
  if (isPair(schema)) return { ...base, type: "pair" };
  return { ...base, type: "json" };
};

/** The control of a schema that has no meta of its own. */
export const paramSchemaControl = (param: string, schema: unknown, meta: ParamMeta): ParamControl =>
  controlOf(param, { ...(isSchema(schema) ? schema : {}), ...meta });

const known = new WeakMap<AnyLayer, readonly ParamControl[]>();

/** One control for each param, in the order of the schema with switches last. */
export const paramControls = (layer: AnyLayer): readonly ParamControl[] => {
  const ready = known.get(layer);
  if (ready) return ready;
  const schema = z.toJSONSchema(layer.params, { io: "input", unrepresentable: "any" });
  const controls = Object.entries(schema.properties ?? {}).flatMap(([param, property]) =>
    isSchema(property) ? [controlOf(param, property)] : [],
  );
  const ordered = [
    ...controls.filter(({ type }) => type !== "toggle"),
    ...controls.filter(({ type }) => type === "toggle"),
  ];
  known.set(layer, ordered);
  return ordered;
};

/** Neighbouring pairs share a row: `Kernel, stride`. */
export const controlRows = (controls: readonly ParamControl[]): readonly (readonly ParamControl[])[] => {
  const rows: ParamControl[][] = [];
  for (const control of controls) {
    const last = rows.at(-1);
    if (control.type === "pair" && last?.length === 1 && last[0]?.type === "pair") last.push(control);
    else rows.push([control]);
  }
  return rows;
};

/** Why the kind refuses a value for a param, in words with both numbers, or null. */
export const paramProblem = (
  layer: AnyLayer,
  params: Readonly<Record<string, ParamValue>>,
  control: ControlBase,
  value: ParamValue,
  describe: (issue: z.core.$ZodIssue, root: unknown) => { readonly found: string; readonly expected: string },
): string | null => {
  const candidate = { ...params, [control.param]: value };
  const checked = layer.params.safeParse(candidate);
  if (checked.success) return null;
  const issue = checked.error.issues.find(({ path }) => path[0] === control.param);
  if (!issue) return null;
  const { found, expected } = describe(issue, candidate);
  return `${control.title} is ${found}, expected ${expected}.`;
};
