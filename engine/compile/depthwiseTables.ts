/** The tables that tell the kernels of depthwise convolution which taps they take at once, and where those lie. */
import { residues, type Window } from "./contractionTables.ts";
import { type Layout, offsetIn, QUAD_BYTES } from "./layout.ts";

/** A row or column of taps: where it reads, in bytes, and its number in the kernel. Neighbours are equally far apart. */
interface Line {
  readonly bytes: number;
  readonly tap: number;
}

const WORDS_OF_PASS = 16;

/** Squares of 3 × 3 first, then lines of three, then what is left one by one. */
const passesOf = (rows: readonly Line[], columns: readonly Line[], kernelWidth: number): Uint32Array => {
  const words: number[] = [];
  const rowBytes = (rows[1]?.bytes ?? 0) - (rows[0]?.bytes ?? 0);
  const columnBytes = (columns[1]?.bytes ?? 0) - (columns[0]?.bytes ?? 0);
  const add = (fromRow: number, numRows: number, fromColumn: number, numColumns: number): void => {
    const taps = rows
      .slice(fromRow, fromRow + numRows)
      .flatMap((row) => columns.slice(fromColumn, fromColumn + numColumns).map((column) => ({ row, column })));
    const [first] = taps;
    if (first === undefined) return;
    // The only direction of a line is that of its columns.
    const step = numColumns === 1 ? rowBytes : columnBytes;
    const offsets = taps.map(({ row, column }) => (row.tap * kernelWidth + column.tap) * QUAD_BYTES);
    const pass = [taps.length, first.row.bytes + first.column.bytes, rowBytes, step, ...offsets];
    words.push(...pass, ...Array<number>(WORDS_OF_PASS - pass.length).fill(0));
  };
  const rowsInThrees = rows.length - (rows.length % 3);
  const columnsInThrees = columns.length - (columns.length % 3);
  for (let row = 0; row < rowsInThrees; row += 3) {
    for (let column = 0; column < columnsInThrees; column += 3) add(row, 3, column, 3);
    for (let column = columnsInThrees; column < columns.length; column++) add(row, 3, column, 1);
  }
  for (let row = rowsInThrees; row < rows.length; row++) {
    for (let column = 0; column < columnsInThrees; column += 3) add(row, 1, column, 3);
    for (let column = columnsInThrees; column < columns.length; column++) add(row, 1, column, 1);
  }
  return Uint32Array.from(words, (word) => word >>> 0);
};

export const numPassesOf = (table: Uint32Array): number => table.length / WORDS_OF_PASS;

/** Of the forward pass, and of the weight gradient. */
export const depthwisePasses = (input: Layout, { kernel, dilation, padding }: Window): Uint32Array => {
  const lines = (count: number, axis: 0 | 1, before: number, bytes: number): Line[] =>
    Array.from({ length: count }, (_, tap) => ({ bytes: (tap * dilation[axis] - before) * bytes, tap }));
  return passesOf(
    lines(kernel[0], 0, padding.top, input.rowBytes),
    lines(kernel[1], 1, padding.left, input.pixelBytes),
    kernel[1],
  );
};

/** The input pixels of one residue of the stride, from `offset`: how many, and the taps that reach them. */
export interface DepthwiseResidue {
  readonly offset: number;
  readonly height: number;
  readonly width: number;
  readonly passes: Uint32Array;
}

/** Of the input gradient: for the pixels of each residue a convolution of dy with stride 1. */
export const depthwiseResidues = (input: Layout, output: Layout, window: Window): readonly DepthwiseResidue[] => {
  const { kernel, stride, dilation, padding } = window;
  const columnResidues = residues(input.width, kernel[1], stride[1], dilation[1], padding.left);
  return residues(input.height, kernel[0], stride[0], dilation[0], padding.top).flatMap((rows) =>
    columnResidues.map((columns) => ({
      offset: offsetIn(input, 0, rows.first, columns.first),
      height: rows.count,
      width: columns.count,
      passes: passesOf(
        rows.taps.map(({ tap, output: row }) => ({ bytes: row * output.rowBytes, tap })),
        columns.taps.map(({ tap, output: column }) => ({ bytes: column * output.pixelBytes, tap })),
        kernel[1],
      ),
    })),
  );
};
