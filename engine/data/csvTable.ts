/** The cells of a table in a text file: comma, semicolon or tab separated (RFC 4180, quotes allowed), with or without a row of names. */
import { withoutByteOrderMark } from "../document/byteOrderMark.ts";
import type { DatasetReference } from "../document/schema.ts";
import { counted, formatCount } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";
import type { DatasetProblem } from "./dataset.ts";

/** Rows that are looked at to tell a header from samples. */
const HEADER_PROBE_ROWS = 20;

export interface Table {
  readonly fileName: string;
  /** Column names; numbers from 1 without a header. */
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Line of the file on which the first row stands. */
  readonly firstLine: number;
}

export const invalid = (message: string): Result<never, DatasetProblem> => err({ type: "invalid", message });

export const quote = (text: string): string => `"${text.length > 40 ? `${text.slice(0, 39)}…` : text}"`;

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

/** `0x10` is one to JavaScript alone: in a table it is an id. */
export const isNumber = (cell: string | undefined): boolean =>
  cell !== undefined && cell !== "" && Number.isFinite(Number(cell)) && !/^0[box]/i.test(cell);

/**
 * The text of a file as spreadsheets save it: UTF-8, UTF-16 with its mark (Excel's *Unicode text*), or what is neither and comes from
 * Windows in western Europe and America.
 */
export const decodeTable = (bytes: Uint8Array): string => {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
};

/** A first row of names: no cell is a number, or one stands above a column of numbers and is none. */
const looksLikeHeader = (records: readonly (readonly string[])[]): boolean => {
  const [first = [], ...rest] = records;
  if (first.every((cell) => !isNumber(cell))) return true;
  if (rest.length === 0) return false;
  const probed = rest.slice(0, HEADER_PROBE_ROWS);
  return first.some((cell, column) => !isNumber(cell) && probed.every((row) => isNumber(row[column])));
};

export const readTable = (
  text: string,
  fileName: string,
  { header }: Pick<Extract<DatasetReference, { readonly source: "csv" }>, "header">,
): Result<Table, DatasetProblem> => {
  const records = splitRecords(withoutByteOrderMark(text));
  if (!records.ok) return invalid(`${fileName}, line ${formatCount(records.error.line)}: the quote is never closed.`);
  const hasHeader = header === "present" || (header === "detect" && looksLikeHeader(records.value.slice(0, 50)));
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
      `${fileName}, row ${formatCount(odd + (hasHeader ? 2 : 1))} has ${counted(found, "column")}; the first row has ${formatCount(first.length)}.`,
    );
  }
  const names = hasHeader ? first : first.map((_, column) => String(column + 1));
  return ok({ fileName, names, rows, firstLine: hasHeader ? 2 : 1 });
};

/** The error that names a cell and what should be in it. */
export const badCell = (table: Table, row: number, column: number, expected: string): Result<never, DatasetProblem> => {
  const found = table.rows[row]?.[column] ?? "";
  return invalid(
    `${table.fileName}, row ${formatCount(row + table.firstLine)}, column ${quote(table.names[column] ?? "")}: found ${found === "" ? "nothing" : quote(found)}, expected ${expected}.`,
  );
};
