import type { Cell, ChartColumn, ChartTable } from "./chartTable.ts";
import { formatCount, formatReadout, NONE } from "./format.ts";
import "./NumberTable.css";

/** More rows than anyone reads would make the page slow while a run streams. */
export const MAX_ROWS = 256;

const written = (cell: Cell, { format = formatReadout }: ChartColumn): string =>
  cell === null ? NONE : typeof cell === "number" ? format(cell) : cell;

interface Head {
  readonly title: string;
  readonly span: number;
}

/** The first line of two: groups, and columns that have none. */
const headsOf = (columns: readonly ChartColumn[]): readonly Head[] => {
  const heads: { title: string; span: number; group: string | undefined }[] = [];
  for (const { title, group } of columns) {
    const last = heads.at(-1);
    if (last && group !== undefined && last.group === group) last.span += 1;
    else heads.push({ title: group ?? title ?? "", span: 1, group });
  }
  return heads;
};

/** The numbers of a chart, for reading, copying and for screen readers. */
export const NumberTable = ({
  label,
  caption,
  table,
  rest = "rows",
  total = table.rows.length,
}: {
  readonly label: string;
  /** null: what stands above says it. */
  readonly caption: string | null;
  readonly table: ChartTable;
  /** What the rows are. */
  readonly rest?: string;
  /** How many there are, if the table does not have all. */
  readonly total?: number;
}) => {
  const shown = table.columns.flatMap((column, at) => (column.title === null ? [] : [{ column, at }]));
  const columns = shown.map(({ column }) => column);
  const hasGroups = columns.some(({ group }) => group !== undefined);
  const rows = table.rows.slice(0, MAX_ROWS);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
      <section className="NumberTable" tabIndex={0} aria-label={label}>
        <table>
          {caption !== null && <caption>{caption}</caption>}
          <thead>
            {hasGroups && (
              <tr>
                {headsOf(columns).map(({ title, span }, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
                  <th key={at} scope={span > 1 ? "colgroup" : "col"} colSpan={span} rowSpan={span > 1 ? 1 : 2}>
                    {title}
                  </th>
                ))}
              </tr>
            )}
            <tr>
              {columns
                .filter(({ group }) => !hasGroups || group !== undefined)
                .map(({ id, title }) => (
                  <th key={id} scope="col">
                    {title}
                  </th>
                ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a table never move
              <tr key={row}>
                {shown.map(({ column, at }, place) => {
                  const text = written(cells[at] ?? null, column);
                  return place === 0 ? (
                    <th key={column.id} scope="row">
                      {text}
                    </th>
                  ) : (
                    <td key={column.id}>{text}</td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {total > rows.length && (
        <p className="NumberTable-rest">
          {`The first ${formatCount(rows.length)} of ${formatCount(total)} ${rest}; the CSV has all.`}
        </p>
      )}
    </>
  );
};
