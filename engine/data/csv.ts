/** Tables of numbers with a label column: comma, semicolon or tab separated (RFC 4180, quotes allowed). */
import type { DatasetReference } from "../document/schema.ts";
import { formatCount } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import type { DatasetProblem, Split } from "./dataset.ts";
import type { Labels } from "./labels.ts";

type CsvOptions = Pick<Extract<DatasetReference, { readonly source: "csv" }>, "label" | "task" | "header">;

/** Labels are stored in a byte. */
const MAX_CLASSES = 256;
const LABEL_NAMES = ["label", "class", "target", "y", "species", "category"];
/** Rows that are looked at to tell a header from samples. */
const HEADER_PROBE_ROWS = 20;

interface Table {
  readonly fileName: string;
  /** Column names; numbers from 1 without a header. */
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Line of the file on which the first row stands. */
  readonly firstLine: number;
}

/** What several files have to agree on. */
export interface CsvLayout {
  readonly names: readonly string[];
  readonly labelColumn: number;
  readonly classNames: readonly string[];
}

export interface CsvData {
  readonly layout: CsvLayout;
  readonly split: Split;
}

const invalid = (message: string): Result<never, DatasetProblem> => err({ type: "invalid", message });

const quote = (text: string): string => `"${text.length > 40 ? `${text.slice(0, 39)}…` : text}"`;

/** The separator that the first line has most of. */
const findSeparator = (text: string): string => {
  const end = text.search(/[\r\n]/);
  const line = (end < 0 ? text : text.slice(0, end)).replace(/"[^"]*"/g, "");
  const counted = [",", ";", "\t"].map((separator) => ({ separator, count: line.split(separator).length }));
  return counted.reduce((best, each) => (each.count > best.count ? each : best)).separator;
};

/** Records in order; empty lines are none. The error: a quote that is never closed, at the line it stands on. */
const splitRecords = (text: string): Result<readonly string[][], { readonly line: number }> => {
  const separator = findSeparator(text);
  const records: string[][] = [];
  let record: string[] = [];
  let line = 1;
  let at = 0;
  const endRecord = (): void => {
    if (record.length > 1 || record[0] !== "") records.push(record);
    record = [];
  };
  while (at <= text.length) {
    if (text[at] === '"') {
      const openedOn = line;
      let cell = "";
      for (;;) {
        const close = text.indexOf('"', at + 1);
        if (close < 0) return err({ line: openedOn });
        const part = text.slice(at + 1, close);
        line += part.split("\n").length - 1;
        cell += part;
        at = close + 1;
        if (text[at] !== '"') break;
        cell += '"';
      }
      record.push(cell.trim());
    } else {
      let end = at;
      while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
      record.push(text.slice(at, end).trim());
      at = end;
    }
    if (text[at] === separator) {
      at++;
      continue;
    }
    // What stands between a closing quote and the separator is no part of a cell.
    while (at < text.length && text[at] !== "\n" && text[at] !== "\r" && text[at] !== separator) at++;
    if (text[at] === separator) {
      at++;
      continue;
    }
    endRecord();
    if (at >= text.length) break;
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    line++;
    at++;
    if (at >= text.length) break;
  }
  return ok(records);
};

const isNumber = (cell: string | undefined): boolean =>
  cell !== undefined && cell !== "" && Number.isFinite(Number(cell));

/** A first row of names: no cell is a number, or one stands above a column of numbers and is none. */
const looksLikeHeader = (records: readonly (readonly string[])[]): boolean => {
  const [first = [], ...rest] = records;
  if (rest.length === 0) return false;
  if (first.every((cell) => !isNumber(cell))) return true;
  const probed = rest.slice(0, HEADER_PROBE_ROWS);
  return first.some((cell, column) => !isNumber(cell) && probed.every((row) => isNumber(row[column])));
};

const readTable = (text: string, fileName: string, options: CsvOptions): Result<Table, DatasetProblem> => {
  const records = splitRecords(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  if (!records.ok) return invalid(`${fileName}, line ${formatCount(records.error.line)}: the quote is never closed.`);
  const hasHeader =
    options.header === "present" || (options.header === "detect" && looksLikeHeader(records.value.slice(0, 50)));
  const [first = []] = records.value;
  const rows = hasHeader ? records.value.slice(1) : records.value;
  if (rows.length === 0) return invalid(`${fileName} has no rows of samples.`);
  if (first.length < 2) {
    return invalid(`${fileName} has 1 column; a label and at least one feature take 2, separated by commas.`);
  }
  const odd = rows.findIndex((row) => row.length !== first.length);
  if (odd >= 0) {
    const found = rows[odd]?.length ?? 0;
    return invalid(
      `${fileName}, row ${formatCount(odd + (hasHeader ? 2 : 1))} has ${formatCount(found)} columns; the first row has ${formatCount(first.length)}.`,
    );
  }
  const names = hasHeader ? first : first.map((_, column) => String(column + 1));
  return ok({ fileName, names, rows, firstLine: hasHeader ? 2 : 1 });
};

const findLabelColumn = ({ names, fileName }: Table, label: string | null): Result<number, DatasetProblem> => {
  if (label === null) {
    const lower = names.map((name) => name.toLowerCase());
    const named = LABEL_NAMES.map((name) => lower.indexOf(name)).find((column) => column >= 0);
    return ok(named ?? names.length - 1);
  }
  const named = names.indexOf(label);
  if (named >= 0) return ok(named);
  const number = /^\d+$/.test(label) ? Number(label) : 0;
  if (number >= 1 && number <= names.length) return ok(number - 1);
  const shown = names.slice(0, 8).map(quote).join(", ");
  return invalid(
    `${fileName} has no column ${quote(label)}. Its ${formatCount(names.length)} columns are ${shown}${names.length > 8 ? ", …" : ""}.`,
  );
};

const badCell = (table: Table, row: number, column: number, expected: string): Result<never, DatasetProblem> => {
  const found = table.rows[row]?.[column] ?? "";
  return invalid(
    `${table.fileName}, row ${formatCount(row + table.firstLine)}, column ${quote(table.names[column] ?? "")}: found ${found === "" ? "nothing" : quote(found)}, expected ${expected}.`,
  );
};

const readFeatures = (table: Table, labelColumn: number): Result<Float64Array, DatasetProblem> => {
  const numFeatures = table.names.length - 1;
  const values = new Float64Array(table.rows.length * numFeatures);
  let at = 0;
  for (const [row, cells] of table.rows.entries()) {
    for (const [column, cell] of cells.entries()) {
      if (column === labelColumn) continue;
      if (!isNumber(cell)) return badCell(table, row, column, "a number");
      values[at++] = Number(cell);
    }
  }
  return ok(values);
};

/** Numbers by their value, else by code units: the same classes have the same numbers in any order of rows. */
const sortClasses = (names: readonly string[]): string[] =>
  names.every(isNumber) ? [...names].sort((a, b) => Number(a) - Number(b)) : [...names].sort();

const readTargets = (table: Table, labelColumn: number): Result<Labels, DatasetProblem> => {
  const targets = new Float32Array(table.rows.length);
  for (const [row, cells] of table.rows.entries()) {
    if (!isNumber(cells[labelColumn])) return badCell(table, row, labelColumn, "a number to predict");
    targets[row] = Number(cells[labelColumn]);
  }
  return ok({ targets, width: 1 });
};

const readClasses = (
  table: Table,
  labelColumn: number,
  classNames: readonly string[],
): Result<Labels, DatasetProblem> => {
  const numbers = new Map(classNames.map((name, number) => [name, number]));
  const classes = new Uint8Array(table.rows.length);
  for (const [row, cells] of table.rows.entries()) {
    const number = numbers.get(cells[labelColumn] ?? "");
    if (number === undefined) {
      const known = classNames.slice(0, 6).map(quote).join(", ");
      return badCell(
        table,
        row,
        labelColumn,
        `a class of the training set: ${known}${classNames.length > 6 ? ", …" : ""}`,
      );
    }
    classes[row] = number;
  }
  return ok({ classes });
};

const findClasses = (table: Table, labelColumn: number): Result<readonly string[], DatasetProblem> => {
  const missing = table.rows.findIndex((row) => row[labelColumn] === "");
  if (missing >= 0) return badCell(table, missing, labelColumn, "a class");
  const classNames = sortClasses([...new Set(table.rows.map((row) => row[labelColumn] ?? ""))]);
  if (classNames.length > MAX_CLASSES) {
    return invalid(
      `${table.fileName} has ${formatCount(classNames.length)} different labels in column ${quote(table.names[labelColumn] ?? "")}; at most ${MAX_CLASSES} are classes. Choose another column, or regression.`,
    );
  }
  if (classNames.length < 2) {
    return invalid(
      `${table.fileName} has only the label ${quote(classNames[0] ?? "")} in column ${quote(table.names[labelColumn] ?? "")}; a classifier needs 2 classes.`,
    );
  }
  return ok(classNames);
};

/** Reads a table. `layout` is that of the training file when this is the test file. */
export const parseCsv = (
  text: string,
  fileName: string,
  options: CsvOptions,
  layout: CsvLayout | null = null,
): Result<CsvData, DatasetProblem> => {
  const table = readTable(text, fileName, options);
  if (!table.ok) return table;
  const { names, rows } = table.value;
  if (layout !== null && layout.names.length !== names.length) {
    return invalid(
      `${fileName} has ${formatCount(names.length)} columns; the training file has ${formatCount(layout.names.length)}.`,
    );
  }
  const labelColumn = layout === null ? findLabelColumn(table.value, options.label) : ok(layout.labelColumn);
  if (!labelColumn.ok) return labelColumn;
  const images = readFeatures(table.value, labelColumn.value);
  if (!images.ok) return images;
  if (options.task === "regression") {
    const labels = readTargets(table.value, labelColumn.value);
    if (!labels.ok) return labels;
    return ok({
      layout: { names, labelColumn: labelColumn.value, classNames: [] },
      split: { count: rows.length, images: images.value, labels: labels.value },
    });
  }
  const classNames = layout === null ? findClasses(table.value, labelColumn.value) : ok(layout.classNames);
  if (!classNames.ok) return classNames;
  const labels = readClasses(table.value, labelColumn.value, classNames.value);
  if (!labels.ok) return labels;
  return ok({
    layout: { names, labelColumn: labelColumn.value, classNames: classNames.value },
    split: { count: rows.length, images: images.value, labels: labels.value },
  });
};
