/** What commands check before they change a document. */
import type { z } from "zod";
import { err, ok, type Result } from "../result.ts";
import type { CommandError } from "./commands.ts";
import { describeIssue } from "./describeIssue.ts";
import type { LayerscopeDocument } from "./schema.ts";

export type Outcome = Result<LayerscopeDocument, CommandError>;

export const check = <T>(schema: z.ZodType<T>, value: unknown): Result<T, CommandError> => {
  const checked = schema.safeParse(value);
  if (checked.success) return ok(checked.data);
  const [issue] = checked.error.issues;
  if (issue === undefined) return err({ type: "invalidValue", path: "", found: "?", expected: checked.error.message });
  return err({ type: "invalidValue", ...describeIssue(issue, value) });
};

export const firstMissing = (document: LayerscopeDocument, nodeIds: readonly string[]): string | undefined => {
  const known = new Set(document.nodes.map((node) => node.id));
  return nodeIds.find((nodeId) => !known.has(nodeId));
};

/** `group1`, `group2` …: the first that is not taken. */
export const nextFreeId = (prefix: string, taken: ReadonlySet<string>): string => {
  let number = 1;
  while (taken.has(`${prefix}${number}`)) number++;
  return `${prefix}${number}`;
};
