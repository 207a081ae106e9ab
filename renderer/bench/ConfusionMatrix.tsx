/** Rows are what samples are, columns what they were taken for; the last column has the accuracy of each class. Arrow keys move. */
import { useState } from "react";
import { formatCount, formatPercent, NONE } from "../charts/format.ts";
import { shadeOf } from "./confusionShades.ts";

const MOVES: Readonly<Record<string, { readonly down?: number; readonly right?: number }>> = {
  ArrowDown: { down: 1 },
  ArrowUp: { down: -1 },
  ArrowRight: { right: 1 },
  ArrowLeft: { right: -1 },
};

/** With so few classes the matrix grows with the window. */
const ROOMY = 12;

interface Props {
  /** Row-major. */
  readonly counts: readonly number[];
  readonly classNames: readonly string[];
  /** A class that is pointed at elsewhere: its row and its column are. */
  readonly marked: number | null;
}

export const ConfusionMatrix = ({ counts, classNames, marked }: Props) => {
  const size = Math.round(Math.sqrt(counts.length));
  const [focused, setFocused] = useState({ row: 0, column: 0 });
  const nameOf = (at: number): string => classNames[at] ?? String(at);
  const move = (event: React.KeyboardEvent<HTMLTableElement>): void => {
    const { down = 0, right = 0 } = MOVES[event.key] ?? {};
    if (down === 0 && right === 0) return;
    event.preventDefault();
    const clamp = (value: number): number => Math.max(0, Math.min(size - 1, value));
    const next = { row: clamp(focused.row + down), column: clamp(focused.column + right) };
    setFocused(next);
    event.currentTarget.querySelector<HTMLElement>(`[data-cell="${next.row} ${next.column}"]`)?.focus();
  };
  return (
    <div className="bench-table-scroll" data-roomy={size <= ROOMY}>
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells one moves through */}
      <table className="bench-confusion" role="grid" aria-label="Confusion matrix" onKeyDown={move}>
        <caption>Rows: what it is. Columns: what it was taken for. Shade: share of the row, log1p.</caption>
        <thead>
          <tr>
            <td />
            {Array.from({ length: size }, (_, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: classes never move
              <th key={column} scope="col" title={nameOf(column)} data-marked={column === marked}>
                {nameOf(column)}
              </th>
            ))}
            <th scope="col" data-tooltip="Right ones among the samples of the class: its recall">
              Right
            </th>
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: size }, (_, row) => {
            const cells = counts.slice(row * size, (row + 1) * size);
            const total = cells.reduce((sum, count) => sum + count, 0);
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: classes never move
              <tr key={row}>
                <th scope="row" title={nameOf(row)} data-marked={row === marked}>
                  {nameOf(row)}
                </th>
                {cells.map((count, column) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: classes never move
                    key={column}
                    className={row === column ? "is-diagonal" : ""}
                    data-cell={`${row} ${column}`}
                    data-marked={marked !== null && (row === marked || column === marked)}
                    data-shade={shadeOf(total === 0 ? 0 : count / total)}
                    tabIndex={focused.row === row && focused.column === column ? 0 : -1}
                    onFocus={() => setFocused({ row, column })}
                    data-tooltip={`${formatCount(count)} of ${formatCount(total)} × ${nameOf(row)} taken for ${nameOf(column)}`}
                  >
                    {count === 0 ? "" : formatCount(count)}
                    {count === 0 && <span className="visually-hidden">0</span>}
                  </td>
                ))}
                <td className="bench-class-accuracy">
                  {total === 0 ? NONE : formatPercent((cells[row] ?? 0) / total)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
};
