/** Reads the text of a `.layerscope` file. */

import { counted } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import { withoutByteOrderMark } from "./byteOrderMark.ts";
import { describeIssue, type FoundProblem, formatFound } from "./describeIssue.ts";
import { placeOfJsonError } from "./locateJsonError.ts";
import { migrate } from "./migrations.ts";
import {
  DOCUMENT_FORMAT,
  DOCUMENT_VERSION,
  documentSchema,
  type LayerscopeDocument,
  MAX_DOCUMENT_BYTES,
} from "./schema.ts";

export type ParseError =
  /** Nothing but white space. */
  | { readonly type: "empty" }
  /** Where it stops being JSON; both count from 1. */
  | { readonly type: "notJson"; readonly line: number; readonly column: number }
  /** JSON, but without `"format": "layerscope"`. */
  | { readonly type: "notLayerscope"; readonly found: string }
  | { readonly type: "versionTooNew"; readonly found: number; readonly supported: number }
  /** The first problem, and how many more there are. */
  | ({ readonly type: "invalid"; readonly numMore: number } & FoundProblem)
  | { readonly type: "tooLarge"; readonly bytes: number; readonly limit: number };

/** No value of a document nests deeper than this; a limit keeps hostile files from exhausting the stack. */
const MAX_DEPTH = 64;

/** Bytes of the text in UTF-8. */
const utf8Length = (text: string): number => {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // A surrogate pair takes four bytes, two for each of its halves.
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || (unit >= 0xd800 && unit < 0xe000)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
};

const parseJson = (text: string): Result<unknown, ParseError> => {
  try {
    return ok(JSON.parse(text));
  } catch {
    return err({ type: "notJson", ...placeOfJsonError(text) });
  }
};

/** Depth of arrays and objects, without recursion; stops counting beyond the limit. */
const isTooDeep = (root: unknown): boolean => {
  let level: unknown[] = [root];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
    if (level.length === 0) return false;
  }
  return true;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const invalid = (problem: FoundProblem, numMore = 0): Result<never, ParseError> =>
  err({ type: "invalid", numMore, ...problem });

/** Reads a document, migrating older versions. Params are not checked here but when the document is compiled. */
export const parse = (text: string): Result<LayerscopeDocument, ParseError> => {
  const bytes = utf8Length(text);
  if (bytes > MAX_DOCUMENT_BYTES) return err({ type: "tooLarge", bytes, limit: MAX_DOCUMENT_BYTES });
  const bare = withoutByteOrderMark(text);
  if (bare.trim() === "") return err({ type: "empty" });
  const json = parseJson(bare);
  if (!json.ok) return json;
  const value = json.value;
  if (!isRecord(value) || value.format !== DOCUMENT_FORMAT) {
    return err({ type: "notLayerscope", found: isRecord(value) ? formatFound(value.format) : formatFound(value) });
  }
  const { version } = value;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) {
    return invalid({
      path: "version",
      found: formatFound(version),
      expected: `a whole number from 1 to ${DOCUMENT_VERSION}`,
    });
  }
  if (version > DOCUMENT_VERSION) return err({ type: "versionTooNew", found: version, supported: DOCUMENT_VERSION });
  if (isTooDeep(value)) {
    return invalid({ path: "", found: "deeper nesting", expected: `values nested at most ${MAX_DEPTH} deep` });
  }
  const migrated = migrate(value, version);
  const checked = documentSchema.safeParse(migrated);
  if (checked.success) return ok(checked.data);
  const { issues } = checked.error;
  const [first] = issues;
  if (first === undefined) return invalid({ path: "", found: formatFound(migrated), expected: "a document" });
  return invalid(describeIssue(first, migrated), issues.length - 1);
};

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** One line for the screen or stderr: what is wrong, with its numbers. */
export const describeParseError = (error: ParseError): string => {
  if (error.type === "empty") return "The file is empty.";
  if (error.type === "notJson") {
    return `The file is not JSON. It breaks at line ${error.line}, column ${error.column}.`;
  }
  if (error.type === "notLayerscope") {
    return `The file is not a Layerscope document: "format" should be "${DOCUMENT_FORMAT}" and is ${error.found}.`;
  }
  if (error.type === "versionTooNew") {
    return `The file has version ${error.found}; this Layerscope reads up to ${error.supported}. Open it with a newer one.`;
  }
  if (error.type === "tooLarge") {
    return `The file has ${mebibytes(error.bytes)}, more than the limit of ${mebibytes(error.limit)}.`;
  }
  const more = error.numMore === 0 ? "" : ` ${counted(error.numMore, "more problem")}.`;
  return `Invalid document: ${error.path === "" ? "it" : error.path} is ${error.found}, expected ${error.expected}.${more}`;
};
