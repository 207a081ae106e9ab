/** Turns a problem that zod found into where it is, what was found there and what was expected, in words. */
import type { z } from "zod";
import { formatCount } from "../layer.ts";

export interface FoundProblem {
  /** `nodes[3].params.filters`, or "" for the value as a whole. */
  readonly path: string;
  /** What stands there, as JSON, shortened: `"adagrad"`, `nothing`. */
  readonly found: string;
  /** `a whole number`, `1 or more`, `"sgd" or "adam"`. */
  readonly expected: string;
}

export const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");

/** The value at a path, or undefined where there is none. */
const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );

/** `1,048,576`; what is no whole number, or longer than anyone counts, as JSON has it. */
const formatNumber = (value: number | bigint): string =>
  Number.isSafeInteger(Number(value)) ? formatCount(Number(value)) : String(value);

/** At most 40 characters of what was found. */
export const formatFound = (value: unknown): string => {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return formatNumber(value);
  if (Array.isArray(value) && value.length > 8) return `an array of ${value.length}`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
};

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "an array",
  tuple: "an array",
};

/** `a, b or c`. */
const joinAlternatives = (alternatives: readonly string[]): string => {
  const different = [...new Set(alternatives)];
  const last = different.pop() ?? "";
  return different.length === 0 ? last : `${different.join(", ")} or ${last}`;
};

/** Of a union's branches only those that failed nearest to a match: with fewest problems at the value itself. */
const describeUnion = (errors: readonly (readonly z.core.$ZodIssue[])[]): string => {
  const branches = errors.map((issues) => issues[0]).filter((issue) => issue !== undefined);
  const deepest = Math.max(0, ...branches.map((issue) => issue.path.length));
  const nearest = branches.filter((issue) => issue.path.length === deepest);
  return joinAlternatives(nearest.map((issue) => describeExpectation(issue)));
};

const describeSize = (origin: string, relation: string, limit: number | bigint): string => {
  const number = formatNumber(limit);
  if (origin === "array") return `an array of ${number} ${relation}`;
  if (origin === "string") return `text of ${number} ${relation} characters`;
  return `${number} ${relation}`;
};

const describeExpectation = (issue: z.core.$ZodIssue): string => {
  if (issue.code === "invalid_type") return TYPE_WORDS[issue.expected] ?? issue.expected;
  if (issue.code === "unrecognized_keys") return "no such key";
  if (issue.code === "invalid_value") return joinAlternatives(issue.values.map((value) => formatFound(value)));
  if (issue.code === "too_small") {
    return issue.inclusive === false && issue.origin !== "array" && issue.origin !== "string"
      ? `more than ${formatNumber(issue.minimum)}`
      : describeSize(issue.origin, "or more", issue.minimum);
  }
  if (issue.code === "too_big") {
    return issue.inclusive === false && issue.origin !== "array" && issue.origin !== "string"
      ? `less than ${formatNumber(issue.maximum)}`
      : describeSize(issue.origin, "or less", issue.maximum);
  }
  if (issue.code === "invalid_union") {
    if (issue.errors.length > 0) return describeUnion(issue.errors);
    const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
    return options.length > 0 ? joinAlternatives(options.map((value) => formatFound(value))) : "one of its known forms";
  }
  return issue.message;
};

/** The path of an issue, down to the unknown key where that is the problem. */
const pathOf = (issue: z.core.$ZodIssue): readonly PropertyKey[] => {
  if (issue.code === "unrecognized_keys") return [...issue.path, ...issue.keys.slice(0, 1)];
  // In a union the branch that came nearest says where inside the value the problem is.
  if (issue.code === "invalid_union") {
    const inner = issue.errors.map((issues) => issues[0]?.path ?? []).sort((a, b) => b.length - a.length)[0];
    return [...issue.path, ...(inner ?? [])];
  }
  return issue.path;
};

/** `root` is the value that was checked. */
export const describeIssue = (issue: z.core.$ZodIssue, root: unknown): FoundProblem => {
  const path = pathOf(issue);
  return { path: formatPath(path), found: formatFound(valueAt(root, path)), expected: describeExpectation(issue) };
};

/** `steps[3] is "x", expected a number`: the first of what is wrong with a value. */
export const describeFirstIssue = (error: z.ZodError, root: unknown): string => {
  const [issue] = error.issues;
  if (issue === undefined) return "it can't be read";
  const { path, found, expected } = describeIssue(issue, root);
  return `${path === "" ? "it" : path} is ${found}, expected ${expected}`;
};
