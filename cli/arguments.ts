/** Reads the arguments of a command by the table in `options.ts`. */
import type { CommandSpec } from "./options.ts";
import { UsageError } from "./usageError.ts";

export class Arguments {
  readonly operands: readonly string[];
  readonly #values: ReadonlyMap<string, string>;

  constructor(operands: readonly string[], values: ReadonlyMap<string, string>) {
    this.operands = operands;
    this.#values = values;
  }

  has(option: string): boolean {
    return this.#values.has(option);
  }

  text(option: string): string | undefined {
    return this.#values.get(option);
  }

  /** A whole number, or undefined when the option is absent. */
  integer(option: string, min: number, max: number): number | undefined {
    const text = this.#values.get(option);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || value < min || value > max) {
      const isOpen = max === Number.MAX_SAFE_INTEGER && !(value > max);
      const range = isOpen ? `${min} or more` : `from ${group(min)} to ${group(max)}`;
      throw new UsageError(`--${option} is a whole number, ${range}; found "${text}".`);
    }
    return value;
  }

  /** A number greater than 0, or undefined when the option is absent. */
  positive(option: string): number | undefined {
    const text = this.#values.get(option);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
      throw new UsageError(`--${option} is a number greater than 0; found "${text}".`);
    }
    return value;
  }

  /** A number within bounds, or undefined when the option is absent. */
  number(option: string, min: number, max: number): number | undefined {
    const text = this.#values.get(option);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value < min || value > max) {
      const range = max === Number.MAX_VALUE ? `${min} or more` : `from ${group(min)} to ${group(max)}`;
      throw new UsageError(`--${option} is a number, ${range}; found "${text}".`);
    }
    return value;
  }

  /** One of several words, or undefined when the option is absent. */
  choice<T extends string>(option: string, allowed: readonly T[]): T | undefined {
    const text = this.#values.get(option);
    return text === undefined ? undefined : this.oneOf(option, text, allowed);
  }

  /** One of several words, found as a part of an option's value. */
  oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
    const found = allowed.find((word) => word === text);
    if (found === undefined) {
      const words = [allowed.slice(0, -1).join(", "), allowed.at(-1)].filter((part) => part !== "").join(" or ");
      throw new UsageError(`--${option} is ${words}; found "${text}".${suggest(text, allowed)}`);
    }
    return found;
  }
}

const group = (value: number): string => value.toLocaleString("en-US");

export const parseArguments = (command: string, spec: CommandSpec, args: readonly string[]): Arguments => {
  const operands: string[] = [];
  const values = new Map<string, string>();
  let optionsEnded = false;
  for (let at = 0; at < args.length; at++) {
    const argument = args[at] as string;
    if (optionsEnded || !argument.startsWith("-") || argument === "-") {
      operands.push(argument);
      continue;
    }
    if (argument === "--") {
      optionsEnded = true;
      continue;
    }
    const [, dashes = "", name = "", inlineValue] = /^(--?)([^=]*)(?:=([\s\S]*))?$/.exec(argument) ?? [];
    const option = dashes === "--" ? spec.options[name] : undefined;
    if (option === undefined || !Object.hasOwn(spec.options, name)) {
      throw new UsageError(
        `${command} has no option ${dashes}${name}.${suggest(name, Object.keys(spec.options), "--")} See: layerscope help ${command}`,
      );
    }
    if (values.has(name)) throw new UsageError(`--${name} is given twice.`);
    if (option.value === undefined) {
      if (inlineValue !== undefined) throw new UsageError(`--${name} takes no value; found "${inlineValue}".`);
      values.set(name, "");
      continue;
    }
    const value = inlineValue ?? args[++at];
    // Options start with two dashes; `-1` is a value, though a bad one everywhere.
    if (value === undefined || (inlineValue === undefined && value.startsWith("--"))) {
      throw new UsageError(`--${name} needs a value: --${name} ${option.value}`);
    }
    if (value === "") throw new UsageError(`--${name} needs a value, and "" is none: --${name} ${option.value}`);
    values.set(name, value);
  }
  const empty = operands.indexOf("");
  if (empty !== -1) throw new UsageError(`${command} takes ${spec.operands.join(" ")}; "" is no name.`);
  // `RUN…`: one or more.
  const isOpen = spec.operands.at(-1)?.endsWith("…") === true;
  if (isOpen ? operands.length < spec.operands.length : operands.length !== spec.operands.length) {
    const usage = `layerscope ${command} ${spec.operands.join(" ")}`;
    if (operands.length > spec.operands.length) {
      throw new UsageError(
        `${command} takes ${spec.operands.join(" ")}; "${operands[spec.operands.length]}" is too much.`,
      );
    }
    throw new UsageError(`${command} needs ${spec.operands.slice(operands.length).join(" ")}: ${usage}`);
  }
  return new Arguments(operands, values);
};

/** ` Did you mean --epochs?` when one of the words is near. */
export const suggest = (found: string, words: readonly string[], prefix = ""): string => {
  const nearest = words
    .map((word) => ({ word, distance: word.startsWith(found) && found !== "" ? 0 : editDistance(found, word) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (
    nearest === undefined ||
    nearest.distance >= nearest.word.length ||
    nearest.distance > Math.max(2, nearest.word.length / 2)
  )
    return "";
  return ` Did you mean ${prefix}${nearest.word}?`;
};

/** Insertions, deletions and replacements that turn one word into the other (Levenshtein). */
const editDistance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
};
