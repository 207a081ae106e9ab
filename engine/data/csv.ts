/**
 * Tables with a label column: comma, semicolon or tab separated (RFC 4180, quotes allowed). A column of numbers is a feature; one of texts
 * becomes a feature for each of its categories, 1 where a row has it and 0 elsewhere.
 */
import type { DatasetReference } from "../document/schema.ts";
import { counted, formatCount } from "../layer.ts";
import { ok, type Result } from "../result.ts";
import { badCell, invalid, isNumber, quote, readTable, type Table } from "./csvTable.ts";
import type { DatasetProblem, Split } from "./dataset.ts";
import type { Labels } from "./labels.ts";

type CsvOptions = Pick<Extract<DatasetReference, { readonly source: "csv" }>, "label" | "task" | "header">;

/** Labels are stored in a byte. */
const MAX_CLASSES = 256;
const LABEL_NAMES = ["label", "class", "target", "y", "species", "category"];
/** Of a column of texts; what has more is a name or an id. */
const MAX_CATEGORIES = 100;

/** What several files have to agree on. */
export interface CsvLayout {
  readonly names: readonly string[];
  readonly labelColumn: number;
  readonly classNames: readonly string[];
  /** Of each column; null: numbers, or the label. */
  readonly categories: readonly (readonly string[] | null)[];
}

export interface CsvData {
  readonly layout: CsvLayout;
  readonly split: Split;
}

/** The first of them. */
const listed = (texts: readonly string[]): string =>
  `${texts.slice(0, 6).map(quote).join(", ")}${texts.length > 6 ? ", …" : ""}`;

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
    `${fileName} has no column ${quote(label)}. ${names.length === 1 ? "Its only column is" : `Its ${counted(names.length, "column")} are`} ${shown}${names.length > 8 ? ", …" : ""}.`,
  );
};

/** `age`, `colour=red`: the name of each value of a sample. */
export const featureNamesOf = ({ names, labelColumn, categories }: CsvLayout): readonly string[] =>
  names.flatMap((name, column) => {
    if (column === labelColumn) return [];
    return categories[column]?.map((category) => `${name}=${category}`) ?? [name];
  });

/** The categories of each column in which no cell is a number. One number makes a column of numbers: a slip in it is told, not a category. */
const findCategories = (table: Table, labelColumn: number): Result<CsvLayout["categories"], DatasetProblem> => {
  const found: (readonly string[] | null)[] = [];
  for (const [column, name] of table.names.entries()) {
    const texts = new Set(table.rows.map((row) => row[column] ?? ""));
    texts.delete("");
    if (column === labelColumn || texts.size === 0 || [...texts].some(isNumber)) {
      found.push(null);
      continue;
    }
    if (texts.size > MAX_CATEGORIES) {
      return invalid(
        `${table.fileName} has ${formatCount(texts.size)} different texts in column ${quote(name)}; at most ${MAX_CATEGORIES} are categories. Remove the column if it holds names or ids.`,
      );
    }
    found.push([...texts].sort());
  }
  return ok(found);
};

const readFeatures = (
  table: Table,
  labelColumn: number,
  categories: CsvLayout["categories"],
): Result<Float64Array, DatasetProblem> => {
  const places = categories.map((known) =>
    known === null ? null : new Map(known.map((text, place) => [text, place])),
  );
  const numFeatures = categories.reduce((sum, known) => sum + (known?.length ?? 1), -1);
  const values = new Float64Array(table.rows.length * numFeatures);
  let at = 0;
  for (const [row, cells] of table.rows.entries()) {
    for (const [column, cell] of cells.entries()) {
      if (column === labelColumn) continue;
      const known = places[column] ?? null;
      if (known === null) {
        if (!isNumber(cell)) return badCell(table, row, column, "a number");
        values[at++] = Number(cell);
        continue;
      }
      const place = known.get(cell);
      if (place === undefined) {
        return badCell(table, row, column, `a category of the training set: ${listed(categories[column] ?? [])}`);
      }
      values[at + place] = 1;
      at += known.size;
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
      return badCell(table, row, labelColumn, `a class of the training set: ${listed(classNames)}`);
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
      `${table.fileName} has ${counted(classNames.length, "different label")} in column ${quote(table.names[labelColumn] ?? "")}; at most ${MAX_CLASSES} are classes. Choose another label column, or predict a number (task=regression).`,
    );
  }
  if (classNames.length < 2) {
    return invalid(
      `${table.fileName} has only the label ${quote(classNames[0] ?? "")} in column ${quote(table.names[labelColumn] ?? "")}; a classifier needs 2 classes.`,
    );
  }
  return ok(classNames);
};

/** Samples are told by the place of their values: columns in another order would be taken for one another. */
const isElsewhere = ({ names }: CsvLayout, name: string, column: number): boolean =>
  names[column] !== name && names.includes(name);

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
      `${fileName} has ${counted(names.length, "column")}; the training file has ${formatCount(layout.names.length)}.`,
    );
  }
  const misplaced = layout === null ? -1 : names.findIndex((name, column) => isElsewhere(layout, name, column));
  if (layout !== null && misplaced >= 0) {
    const name = names[misplaced] ?? "";
    return invalid(
      `${fileName} has ${quote(name)} in column ${misplaced + 1}; the training file has it in column ${layout.names.indexOf(name) + 1}. Give both the same order.`,
    );
  }
  const labelColumn = layout === null ? findLabelColumn(table.value, options.label) : ok(layout.labelColumn);
  if (!labelColumn.ok) return labelColumn;
  const categories = layout === null ? findCategories(table.value, labelColumn.value) : ok(layout.categories);
  if (!categories.ok) return categories;
  const images = readFeatures(table.value, labelColumn.value, categories.value);
  if (!images.ok) return images;
  if (options.task === "regression") {
    const labels = readTargets(table.value, labelColumn.value);
    if (!labels.ok) return labels;
    return ok({
      layout: { names, labelColumn: labelColumn.value, classNames: [], categories: categories.value },
      split: { count: rows.length, images: images.value, labels: labels.value },
    });
  }
  const classNames = layout === null ? findClasses(table.value, labelColumn.value) : ok(layout.classNames);
  if (!classNames.ok) return classNames;
  const labels = readClasses(table.value, labelColumn.value, classNames.value);
  if (!labels.ok) return labels;
  return ok({
    layout: { names, labelColumn: labelColumn.value, classNames: classNames.value, categories: categories.value },
    split: { count: rows.length, images: images.value, labels: labels.value },
  });
};
