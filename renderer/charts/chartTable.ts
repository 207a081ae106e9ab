/** The numbers behind a chart: the same ones are shown as a table and written as CSV. */

export type Cell = string | number | null;

export interface ChartColumn {
  /** In the CSV. */
  readonly id: string;
  /** On screen; null: only in the CSV. */
  readonly title: string | null;
  /** Over the titles of neighbouring columns. */
  readonly group?: string;
  /** How a number is written on screen; three significant digits unless told otherwise. */
  readonly format?: (value: number) => string;
}

export interface ChartTable {
  readonly columns: readonly ChartColumn[];
  /** The first cell names the row. null: there is no such number. */
  readonly rows: readonly (readonly Cell[])[];
}

const csvCell = (cell: Cell): string => {
  if (cell === null) return "";
  const text = String(cell);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** All rows and columns, numbers in full; an empty cell where there is none. */
export const tableCsv = ({ columns, rows }: ChartTable): string =>
  `${[columns.map(({ id }) => id), ...rows].map((cells) => cells.map(csvCell).join(",")).join("\n")}\n`;
