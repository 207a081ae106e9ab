/** Where a text stops being JSON, and how that is said. `JSON.parse` alone decides whether it is; engines differ in whether they say where it is not. */

const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The length of what a sticky pattern matches at an offset, or 0. */
const matchLength = (pattern: RegExp, text: string, offset: number): number => {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0].length ?? 0;
};

/** The offset behind a string that begins at `start`, or null when it is not well formed. */
const endOfString = (text: string, start: number): number | null => {
  let at = start + 1;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') return at + 1;
    // Control characters must be escaped.
    if (character < " ") return null;
    const length = character === "\\" ? matchLength(ESCAPE, text, at) : 1;
    if (length === 0) return null;
    at += length;
  }
  return null;
};

/** What may come next. */
type Expectation = "value" | "valueOrEnd" | "key" | "keyOrEnd" | "colon" | "commaOrEnd";

/** The offset of the first character that no JSON text could have there, or null. Does not recurse: nesting may be deep. */
export const locateJsonError = (text: string): number | null => {
  const open: ("[" | "{")[] = [];
  let expected: Expectation = "value";
  let at = 0;
  while (true) {
    while (at < text.length && " \t\n\r".includes(text.charAt(at))) at++;
    if (expected === "commaOrEnd" && open.length === 0) return at === text.length ? null : at;
    const mark = text.charAt(at);
    const inObject: boolean = open.at(-1) === "{";
    const takesValue: boolean = expected === "value" || expected === "valueOrEnd";
    const takesEnd: boolean = expected === "commaOrEnd" || expected === (inObject ? "keyOrEnd" : "valueOrEnd");
    let end: number | null = at + 1;
    if (mark === '"' && (takesValue || expected === "key" || expected === "keyOrEnd")) {
      end = endOfString(text, at);
      expected = takesValue ? "commaOrEnd" : "colon";
    } else if ((mark === "[" || mark === "{") && takesValue) {
      open.push(mark);
      expected = mark === "[" ? "valueOrEnd" : "keyOrEnd";
    } else if (mark === ":" && expected === "colon") {
      expected = "value";
    } else if (mark === "," && expected === "commaOrEnd") {
      expected = inObject ? "key" : "value";
    } else if (takesEnd && mark === (inObject ? "}" : "]")) {
      open.pop();
      expected = "commaOrEnd";
    } else {
      const length = takesValue ? matchLength(WORD, text, at) : 0;
      end = length === 0 ? null : at + length;
      expected = "commaOrEnd";
    }
    if (end === null) return at;
    at = end;
  }
};

/** Line and column where a text stops being JSON; both count from 1. */
export const placeOfJsonError = (text: string): { readonly line: number; readonly column: number } => {
  const before = text.slice(0, locateJsonError(text) ?? text.length);
  return { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
};

/** A sentence about a text that `JSON.parse` refuses. */
export const describeJsonError = (text: string): string => {
  if (text.trim() === "") return "The file is empty.";
  const { line, column } = placeOfJsonError(text);
  return `The file is not JSON. It breaks at line ${line}, column ${column}.`;
};
