/** The confusion of more classes than a table of numbers has room for: a cell each as a shade, in words above the one that is pointed at. Arrow keys move. */
import { type KeyboardEvent, type PointerEvent, useCallback, useMemo, useRef, useState } from "react";
import { counted } from "../../engine/index.ts";
import type { ChartColors } from "../charts/colors.ts";
import { formatCount } from "../charts/format.ts";
import type { PagePen } from "../charts/pen.ts";
import { fitText } from "../experiments/fitText.ts";
import { useBox } from "../experiments/useBox.ts";
import { PenCanvas } from "../library/PenCanvas.tsx";
import { nameOfClass } from "./benchTables.ts";
import { shadeOf } from "./confusionShades.ts";

const LEAST_CELL = 4;
const MOST_CELL = 24;
/** Names are 10 px high. */
const NAMED_CELL = 11;
const MOST_NAME = 128;

interface Cell {
  readonly row: number;
  readonly column: number;
}

interface Props {
  /** Row-major. */
  readonly counts: readonly number[];
  readonly classNames: readonly string[];
  /** A class that is pointed at elsewhere. */
  readonly marked: number | null;
}

/** px of a cell, and of the names before the rows where cells are high enough for them. */
export const mapLayout = (
  size: number,
  room: { readonly width: number; readonly height: number },
): { readonly cell: number; readonly names: number } => {
  const cellIn = (width: number): number =>
    Math.max(LEAST_CELL, Math.min(MOST_CELL, Math.floor(Math.min(width, room.height) / size)));
  const named = cellIn(room.width - MOST_NAME);
  return named >= NAMED_CELL ? { cell: named, names: MOST_NAME } : { cell: cellIn(room.width), names: 0 };
};

export const ConfusionMap = ({ counts, classNames, marked }: Props) => {
  const size = Math.round(Math.sqrt(counts.length));
  const box = useRef<HTMLDivElement>(null);
  const room = useBox(box);
  const { cell, names } = mapLayout(size, { width: room.width - 2, height: room.height - 2 });
  const [own, setAt] = useState<Cell | null>(null);
  const elsewhere = useMemo(() => (marked === null ? null : { row: marked, column: marked }), [marked]);
  const at = own ?? elsewhere;
  const nameOf = useCallback((index: number) => nameOfClass(classNames, index), [classNames]);

  const draw = useCallback(
    (pen: PagePen, colors: ChartColors) => {
      const gap = cell >= 8 ? 1 : 0;
      pen.rect(names, 0, size * cell, size * cell, colors.sunken);
      for (let row = 0; row < size; row += 1) {
        const cells = counts.slice(row * size, (row + 1) * size);
        const total = cells.reduce((sum, count) => sum + count, 0);
        for (const [column, count] of cells.entries()) {
          if (count === 0) continue;
          const color = colors.sequence[shadeOf(count / total)] ?? colors.text;
          pen.rect(names + column * cell, row * cell, cell - gap, cell - gap, color);
        }
        if (names === 0) continue;
        const isShown = row === at?.row;
        const text = fitText(nameOf(row), names - 8);
        pen.text(names - 6, (row + 0.5) * cell, text, { color: isShown ? colors.text : colors.text2, align: "right" });
      }
      if (at === null) return;
      // The row and the column lead to the cell.
      const [x, y] = [names + at.column * cell, at.row * cell];
      pen.rect(names, y - 1, x - names, 1, colors.accent);
      pen.rect(x - 1, 0, 1, y, colors.accent);
      for (const [left, top, width, height] of [
        [x - 1, y - 1, cell + 1, 1],
        [x - 1, y + cell - 1, cell + 1, 1],
        [x - 1, y - 1, 1, cell + 1],
        [x + cell - 1, y - 1, 1, cell + 1],
      ] as const)
        pen.rect(left, top, width, height, colors.accent);
    },
    [counts, size, cell, names, at, nameOf],
  );

  const words = ({ row, column }: Cell): string => {
    const cells = counts.slice(row * size, (row + 1) * size);
    const total = formatCount(cells.reduce((sum, count) => sum + count, 0));
    const count = formatCount(cells[column] ?? 0);
    return row === column
      ? `${nameOf(row)}: ${count} of ${total} right`
      : `${nameOf(row)} taken for ${nameOf(column)}: ${count} of ${total}`;
  };
  const point = (event: PointerEvent<HTMLElement>): void => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - bounds.left - names) / cell);
    const row = Math.floor((event.clientY - bounds.top) / cell);
    const isIn = [row, column].every((index) => index >= 0 && index < size);
    setAt(isIn ? { row, column } : null);
  };
  const press = (event: KeyboardEvent<HTMLElement>): void => {
    const [down, right] = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[
      event.key
    ] ?? [0, 0];
    if (down === 0 && right === 0) return;
    event.preventDefault();
    const clamp = (value: number): number => Math.max(0, Math.min(size - 1, value));
    setAt(
      at === null
        ? { row: 0, column: 0 }
        : { row: clamp(at.row + (down ?? 0)), column: clamp(at.column + (right ?? 0)) },
    );
  };
  return (
    <>
      <p className="bench-map-words" role="status">
        {at === null ? "Rows: what it is. Columns: what it was taken for. Point at a cell to read it." : words(at)}
      </p>
      <div ref={box} className="bench-map-room">
        <div
          className="bench-map"
          role="application"
          aria-label={`Confusion matrix of ${counted(size, "class")}: arrow keys move from cell to cell`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move in it
          tabIndex={0}
          style={{ width: names + size * cell, height: size * cell }}
          onPointerMove={point}
          onPointerLeave={() => setAt(null)}
          onKeyDown={press}
        >
          {room.width > 0 && <PenCanvas width={names + size * cell} height={size * cell} draw={draw} />}
        </div>
      </div>
    </>
  );
};
