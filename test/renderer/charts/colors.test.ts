import { afterEach, describe, expect, it } from "vitest";
import {
  buildRamp,
  chartColors,
  heatOf,
  parseColor,
  RAMP_STEPS,
  subscribeTheme,
  withGreyRamp,
} from "../../../renderer/charts/colors.ts";
import { rampIndexOf } from "../../../renderer/charts/heatPainter.ts";

const rgb = (pixel: number | undefined): readonly number[] => {
  const value = pixel ?? 0;
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
};

describe("the colour scale of heat maps", () => {
  it("is log1p(values per 1,000) ÷ log1p(500), 500 and more at the end", () => {
    expect(heatOf(0)).toBe(0);
    expect(heatOf(500)).toBe(1);
    expect(heatOf(1000)).toBe(1);
    expect(heatOf(21.38)).toBeCloseTo(Math.log(22.38) / Math.log(501), 6);
  });

  it("reaches every colour within one step of the formula", () => {
    for (let perThousand = 0; perThousand <= 600; perThousand += 0.37) {
      const exact = heatOf(perThousand) * (RAMP_STEPS - 1);
      expect(Math.abs(rampIndexOf(perThousand) - exact)).toBeLessThanOrEqual(1);
    }
  });

  it("runs through its stops", () => {
    const ramp = buildRamp(["#000000", "#0a1428", "#ffffff"], 5);
    expect(rgb(ramp[0])).toEqual([0, 0, 0, 255]);
    expect(rgb(ramp[1])).toEqual([5, 10, 20, 255]);
    expect(rgb(ramp[2])).toEqual([10, 20, 40, 255]);
    expect(rgb(ramp[4])).toEqual([255, 255, 255, 255]);
  });
});

describe("tokens", () => {
  afterEach(() => {
    document.documentElement.removeAttribute("style");
    delete document.documentElement.dataset.theme;
  });

  it("are read in the forms that style sheets use", () => {
    expect(parseColor("#f3f5f2")).toEqual({ red: 243, green: 245, blue: 242, alpha: 1 });
    expect(parseColor(" #fff")).toEqual({ red: 255, green: 255, blue: 255, alpha: 1 });
    expect(parseColor("rgb(43 46 52 / .30)")).toEqual({ red: 43, green: 46, blue: 52, alpha: 0.3 });
    expect(parseColor("rgba(43, 46, 52, 50%)")).toEqual({ red: 43, green: 46, blue: 52, alpha: 0.5 });
    expect(parseColor("teal")).toBeNull();
  });

  it("are kept until the theme changes", async () => {
    document.documentElement.style.setProperty("--trace", "#111111");
    document.documentElement.dataset.theme = "light";
    const light = chartColors();
    expect(chartColors()).toBe(light);
    let calls = 0;
    const stop = subscribeTheme(() => {
      calls += 1;
    });
    document.documentElement.style.setProperty("--trace", "#eeeeee");
    document.documentElement.dataset.theme = "dark";
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(calls).toBe(1);
    expect(chartColors().trace).toBe("#eeeeee");
    expect(chartColors().revision).toBeGreaterThan(light.revision);
    stop();
  });

  it("have a grey twin for what was measured before an edit", () => {
    const grey = withGreyRamp(chartColors());
    for (const pixel of grey.ramp) {
      const [red, green, blue] = rgb(pixel);
      expect(red).toBe(green);
      expect(green).toBe(blue);
    }
    expect(withGreyRamp(chartColors())).toBe(grey);
  });
});
