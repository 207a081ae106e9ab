/** Params of a node checked by its kind's schema, remembered as long as the params object lives. */
import { describeIssue, type FoundProblem } from "../document/describeIssue.ts";
import type { DocumentNode } from "../document/schema.ts";
import type { AnyLayer } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";

export interface ParamsProblem {
  /** Names of all params at fault, without repetition. */
  readonly names: readonly string[];
  readonly first: FoundProblem;
}

type Checked = Result<unknown, ParamsProblem>;

// Documents are never changed in place (commands copy), so the identity of the params object stands for its content. Keyed by kind
// as well: two nodes of a test may share one object.
const cache = new WeakMap<object, { readonly kind: string; readonly checked: Checked }>();

const check = (layer: AnyLayer, params: DocumentNode["params"]): Checked => {
  const result = layer.params.safeParse(params);
  if (result.success) return ok(result.data);
  const { issues } = result.error;
  const names = issues.flatMap((issue) => {
    if (issue.path.length === 0 && issue.code === "unrecognized_keys") return issue.keys;
    return issue.path.slice(0, 1).map(String);
  });
  const [issue] = issues;
  const first =
    issue === undefined ? { path: "", found: "?", expected: result.error.message } : describeIssue(issue, params);
  return err({ names: [...new Set(names)], first });
};

export const checkParams = (layer: AnyLayer, params: DocumentNode["params"]): Checked => {
  const known = cache.get(params);
  if (known?.kind === layer.kind) return known.checked;
  const checked = check(layer, params);
  cache.set(params, { kind: layer.kind, checked });
  return checked;
};
