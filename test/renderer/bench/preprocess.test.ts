/** Expected values by hand, or from NumPy 1.26 with `kron` and `mean` for the areas. */
import { describe, expect, it } from "vitest";
import { drawLine, emptySheet, SHEET } from "../../../renderer/bench/drawingPad.ts";
import {
  centreAsMnist,
  centreCrop,
  centreOfMass,
  greyOf,
  inkBox,
  isOnWhite,
  type Plane,
  planesOf,
  prepare,
  resize,
  withoutPaper,
} from "../../../renderer/bench/preprocess.ts";

const planeOf = (rows: readonly (readonly number[])[]): Plane => ({
  width: rows[0]?.length ?? 0,
  height: rows.length,
  values: Float64Array.from(rows.flat()),
});

const rowOf = ({ width, values }: Plane, row: number): number[] =>
  [...values.subarray(row * width, (row + 1) * width)].map(Math.round);

/** A slanted seven, 60 high and 50 wide. */
const seven = (): Plane =>
  planeOf(
    Array.from({ length: 60 }, (_, r) =>
      Array.from({ length: 50 }, (_unused, c) => {
        if (r >= 10 && r < 16 && c >= 12 && c < 38) return 200;
        return r >= 10 && r < 50 && Math.abs(c - (35 - (r - 10) * 0.5)) < 4 ? 255 : 0;
      }),
    ),
  );

describe("resize", () => {
  it("takes the mean of the area that a pixel covers", () => {
    const small = resize(
      planeOf([
        [0, 56, 112, 168, 224, 32],
        [88, 144, 200, 8, 64, 120],
        [176, 232, 40, 96, 152, 208],
        [16, 72, 128, 184, 240, 48],
        [104, 160, 216, 24, 80, 136],
      ]),
      4,
      3,
    );
    const expected = [
      53.866667, 128.533333, 122.666667, 98.133333, 145.066667, 120.533333, 114.666667, 156.266667, 87.466667,
      162.133333, 106.666667, 115.2,
    ];
    for (const [at, value] of expected.entries()) expect(small.values[at]).toBeCloseTo(value, 5);
  });

  it("repeats pixels where the picture grows", () => {
    expect([...resize(planeOf([[10, 20]]), 4, 1).values]).toEqual([10, 10, 20, 20]);
  });
});

describe("the preparation of digits", () => {
  it("finds the ink and where it balances", () => {
    const plane = planeOf([
      [0, 0, 0, 0],
      [0, 30, 90, 0],
      [0, 0, 7, 0],
    ]);
    // 7 is too faint for ink, but has its weight: x = (30·1.5 + 90·2.5 + 7·2.5) / 127.
    expect(inkBox(plane)).toEqual({ left: 1, top: 1, width: 2, height: 1 });
    expect(centreOfMass(plane).x).toBeCloseTo(287.5 / 127, 12);
    expect(centreOfMass(plane).y).toBeCloseTo((120 * 1.5 + 7 * 2.5) / 127, 12);
    expect(inkBox(planeOf([[0, 0]]))).toBeNull();
  });

  it("scales the longer side to 20 of 28 and puts the centre of mass in the middle", () => {
    const digit = centreAsMnist(seven(), 28);
    // NumPy: 14 × 20, centre of mass (6.513, 8.217), moved by (7, 6).
    expect(inkBox(digit)).toMatchObject({ left: 7, top: 6, height: 20 });
    expect(rowOf(digit, 5).every((value) => value === 0)).toBe(true);
    expect(rowOf(digit, 6)).toEqual([...Array(7).fill(0), ...Array(13).fill(200), 229, ...Array(7).fill(0)]);
    expect(rowOf(digit, 14)).toEqual([...Array(12).fill(0), 38, 227, 255, 255, 217, ...Array(11).fill(0)]);
    expect(rowOf(digit, 25)).toEqual([...Array(7).fill(0), 189, 255, 255, 255, 38, ...Array(16).fill(0)]);
    expect([...digit.values].reduce((sum, value) => sum + Math.round(value), 0)).toBeCloseTo(25_079, -1);
  });

  it("leaves an empty sheet empty", () => {
    expect(prepare([emptySheet()], [1, 28, 28], { centre: true, invert: false })).toEqual(new Uint8Array(784));
  });

  it("turns ink on white paper over", () => {
    const onWhite = { ...seven(), values: seven().values.map((value) => 255 - value) };
    expect(isOnWhite(onWhite)).toBe(true);
    expect(isOnWhite(seven())).toBe(false);
    const settings = { centre: true, invert: true };
    expect(prepare([onWhite], [1, 28, 28], settings)).toEqual(
      prepare([seven()], [1, 28, 28], { ...settings, invert: false }),
    );
  });
});

/** The seven in the middle of paper of another size, both of other greys than 0 and 255. */
const inkOfSeven = seven().values;
const onPaper = (paper: (row: number, column: number) => number, ink: number): Plane => ({
  width: 90,
  height: 70,
  values: Float64Array.from({ length: 90 * 70 }, (_, at) => {
    const [row, column] = [Math.floor(at / 90), at % 90];
    const share =
      (row >= 5 && row < 65 && column >= 20 && column < 70 ? inkOfSeven[(row - 5) * 50 + column - 20] : 0) ?? 0;
    return paper(row, column) + ((ink - paper(row, column)) * share) / 255;
  }),
});

describe("the paper of a picture", () => {
  const grey = (plane: Plane): readonly Plane[] => [plane, plane, plane];
  const boxOf = (planes: readonly Plane[], invert: boolean) => {
    const bytes = prepare(planes, [1, 28, 28], { centre: true, invert });
    return inkBox({ width: 28, height: 28, values: Float64Array.from(bytes) });
  };

  it("is what lies along the edge, dark ink on a dark sheet is turned over, too", () => {
    expect(isOnWhite(onPaper(() => 110, 20))).toBe(true);
    expect(isOnWhite(onPaper(() => 110, 240))).toBe(false);
    expect(isOnWhite(planeOf([[255, 255]]))).toBe(true);
  });

  it("becomes 0, whatever its grey, so that only the ink is cropped", () => {
    const clean = boxOf(grey(seven()), false);
    expect(boxOf(grey(onPaper(() => 60, 190)), false)).toEqual(clean);
    expect(boxOf(grey(onPaper(() => 200, 40)), true)).toEqual(clean);
  });

  it("may have shade and grain, as photographs do", () => {
    const shaded = onPaper((row, column) => 210 - row / 3 - column / 4 + ((7 * row + 13 * column) % 11), 50);
    expect(boxOf(grey(shaded), true)).toEqual(boxOf(grey(seven()), false));
  });

  it("is left alone where the picture has none, and in drawings", () => {
    expect(withoutPaper(seven())).toEqual(seven());
    const full = { ...emptySheet(), values: emptySheet().values.fill(255) };
    expect(prepare([full], [1, 28, 28], { centre: true, invert: false })[14 * 28 + 14]).toBe(255);
  });
});

describe("pictures", () => {
  it("takes the middle in the shape of the input", () => {
    const wide = planeOf([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    expect([...centreCrop(wide, 2, 2).values]).toEqual([2, 3, 6, 7]);
    expect([...centreCrop(wide, 1, 1).values]).toEqual([4.5]);
  });

  it("keeps channels apart, first all red", () => {
    const planes = planesOf(Uint8ClampedArray.from([10, 20, 30, 255, 40, 50, 60, 255]), 2, 1);
    expect([...prepare(planes, [3, 1, 2], { centre: true, invert: false })]).toEqual([10, 40, 20, 50, 30, 60]);
    // 0.299·10 + 0.587·20 + 0.114·30 = 18.15
    expect(greyOf(planes).values[0]).toBeCloseTo(18.15, 10);
    expect([...prepare(planes, [1, 1, 2], { centre: false, invert: false })]).toEqual([18, 48]);
  });

  it("lays what is see-through on white, and what white would swallow on black", () => {
    const [red] = planesOf(Uint8ClampedArray.from([100, 0, 0, 51, 0, 0, 0, 255]), 2, 1);
    expect(red?.values[0]).toBeCloseTo(0.2 * 100 + 0.8 * 255, 10);
    const [chalk] = planesOf(Uint8ClampedArray.from([255, 255, 255, 255, 255, 255, 255, 0]), 2, 1);
    expect([...(chalk?.values ?? [])]).toEqual([255, 0]);
    // A light card with dark text and see-through corners keeps white ones.
    const [card] = planesOf(Uint8ClampedArray.from([0, 0, 0, 255, 250, 250, 250, 255, 0, 0, 0, 0]), 3, 1);
    expect([...(card?.values ?? [])]).toEqual([0, 250, 255]);
  });
});

describe("the pen", () => {
  it("draws a round line of its thickness and erases it", () => {
    const line = { from: { x: 100, y: 50 }, to: { x: 180, y: 50 }, thickness: 20, erases: false };
    const sheet = drawLine(emptySheet(), line);
    expect(inkBox(sheet)).toEqual({ left: 90, top: 40, width: 100, height: 20 });
    expect(sheet.values[50 * SHEET + 140]).toBe(255);
    const erased = drawLine(sheet, { ...line, thickness: 24, erases: true });
    expect(erased.values.every((value) => value === 0)).toBe(true);
  });
});
