import { expect, test } from "vitest";
import { channelColumns, channelsOf, columnAt, columnOf, loudestIn } from "../../../renderer/norm/channelColumns.ts";

test("a few channels have a column each, over the whole width", () => {
  const columns = channelColumns(50, 320);
  expect(columns).toEqual({ numChannels: 50, perColumn: 1, numColumns: 50, columnWidth: 6.4 });
  expect(columnAt(columns, 0)).toBe(0);
  expect(columnAt(columns, 6.5)).toBe(1);
  expect(columnAt(columns, 500)).toBe(49);
});

test("thousands of channels share columns of 3 px or more, every channel in exactly one", () => {
  const columns = channelColumns(4096, 320);
  expect(columns.columnWidth).toBeGreaterThanOrEqual(3);
  const seen: number[] = [];
  for (let column = 0; column < columns.numColumns; column++) {
    const [first, last] = channelsOf(columns, column);
    for (let channel = first; channel <= last; channel++) {
      seen.push(channel);
      expect(columnOf(columns, channel)).toBe(column);
    }
  }
  expect(seen).toEqual(Array.from({ length: 4096 }, (_, channel) => channel));
});

test("the channel with the largest value by size speaks for its column", () => {
  const columns = channelColumns(8, 6);
  expect(columns.perColumn).toBe(4);
  expect(loudestIn(columns, 1, [9, 9, 9, 9, 1, -3, 2, 0])).toBe(5);
  expect(loudestIn(columns, 1, null)).toBe(4);
});
