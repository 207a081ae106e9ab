import { describe, expect, it } from "vitest";
import { quantities } from "../../../renderer/statistics/quantities.ts";
import { LAYER_WIDTH, rowHeightIn, rowLayout } from "../../../renderer/statistics/rowLayout.ts";

describe("the height of a row of charts", () => {
  it("shares the room among few layers, up to 80 px", () => {
    expect(rowHeightIn(820, 12)).toBe(68);
    expect(rowHeightIn(820, 3)).toBe(80);
  });

  it("is a little lower where that shows all layers", () => {
    expect(rowHeightIn(602, 13)).toBe(46);
    expect(rowHeightIn(602, 14)).toBe(48);
  });

  it("is 48 px where the layers do not fit, and before the room is known", () => {
    expect(rowHeightIn(820, 60)).toBe(48);
    expect(rowHeightIn(0, 12)).toBe(48);
    expect(rowHeightIn(400, 0)).toBe(80);
  });

  it("goes to the plots, not to the margins", () => {
    const [low, high] = [rowLayout(1000), rowLayout(1000, 68)];
    expect([low.top, low.height - low.bottom]).toEqual([high.top, high.height - high.bottom]);
    expect(high.bottom - high.top).toBe(low.bottom - low.top + 20);
  });
});

describe("the columns of a row of charts", () => {
  it.each([960, 1024, 1280, 1920])("are whole in a window of %i px, and none is narrower than its title", (window) => {
    // Ten of the window are the scrollbar's.
    const width = window - 10 - LAYER_WIDTH;
    const { depth, mean, histogram, channelMeans, channelStds, ratio } = rowLayout(width);
    if (channelMeans === null || channelStds === null) throw new Error("There are no channels.");
    expect(ratio.left + ratio.width).toBeLessThanOrEqual(width);
    expect(ratio.plotWidth).toBeGreaterThanOrEqual(60);
    for (const column of [depth, channelMeans, channelStds]) expect(column.width).toBeGreaterThanOrEqual(98);
    for (const column of [mean, histogram]) expect(column.plotWidth).toBeGreaterThanOrEqual(110);
  });

  it("are without the outputs' channels beside gradients and weights, which leave their room to the charts over time", () => {
    for (const { isOfOutputs, id } of Object.values(quantities))
      expect(isOfOutputs, id).toBe(id === "activations" || id === "zeros");
    const [all, fewer] = [rowLayout(1100), rowLayout(1100, undefined, false)];
    expect([fewer.channelMeans, fewer.channelStds]).toEqual([null, null]);
    expect(fewer.ratio).toEqual(all.ratio);
    expect(fewer.mean.plotWidth - all.mean.plotWidth).toBe(all.channelMeans?.width);
  });
});
