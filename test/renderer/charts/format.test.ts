import { describe, expect, it } from "vitest";
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatExponent,
  formatFixed,
  formatLoss,
  formatOnAxis,
  formatPercent,
  formatPoints,
  formatQuantity,
  formatR2,
  formatRange,
  formatReadout,
  formatSetting,
  formatShort,
  keepUnits,
} from "../../../renderer/charts/format.ts";

/** Spaces that must not break are written `_` here. */
const plain = (text: string): string => text.replaceAll("\u00a0", "_");

describe("sentences with units", () => {
  it("keep a number and its unit in one line", () => {
    expect(keepUnits("Needs 1.21 GiB, more than the 4 GiB that are free: 20 % of 3 layers.")).toBe(
      "Needs 1.21\u00a0GiB, more than the 4\u00a0GiB that are free: 20\u00a0% of 3 layers.",
    );
    expect(keepUnits("Take 5 Bananas and 2 Big ones.")).toBe("Take 5 Bananas and 2 Big ones.");
  });
});

describe("numbers", () => {
  it("writes thousands with commas and a true minus", () => {
    expect(formatCount(1312)).toBe("1,312");
    expect(formatCount(102_528)).toBe("102,528");
    expect(formatCount(1_234_567)).toBe("1,234,567");
    expect(formatCount(null)).toBe("?");
    expect(formatFixed(-1312.5, 2)).toBe("−1,312.50");
  });

  it("gives no sign to what rounds to zero", () => {
    expect(formatFixed(-0.004, 2)).toBe("0.00");
    expect(formatFixed(-0, 2)).toBe("0.00");
    expect(formatFixed(-0.006, 2)).toBe("−0.01");
  });

  it("takes three digits and a unit from 100,000", () => {
    expect(plain(formatQuantity(1280))).toBe("1,280");
    expect(plain(formatQuantity(99_999))).toBe("99,999");
    expect(plain(formatQuantity(100_000))).toBe("100_k");
    expect(plain(formatQuantity(121_680))).toBe("122_k");
    expect(plain(formatQuantity(2_025_000))).toBe("2.03_M");
    expect(plain(formatQuantity(999_499))).toBe("999_k");
    expect(plain(formatQuantity(999_500))).toBe("1.00_M");
    expect(plain(formatQuantity(12_345_678_901))).toBe("12.3_G");
    expect(plain(formatQuantity(-250_000))).toBe("−250_k");
  });

  it("writes bytes in units of 1,000", () => {
    expect(plain(formatBytes(1))).toBe("1_byte");
    expect(plain(formatBytes(4096))).toBe("4,096_bytes");
    expect(plain(formatBytes(3_210_000))).toBe("3.21_MB");
    expect(plain(formatBytes(999_999))).toBe("1.00_MB");
  });

  it("shows a small signal where two decimals would hide it", () => {
    expect(formatReadout(-0.228, 1.374)).toBe("−0.23");
    expect(formatReadout(0.001, 1)).toBe("0.00");
    expect(formatReadout(0.0961)).toBe("0.096");
    expect(formatReadout(0.00612)).toBe("0.006");
    expect(formatReadout(0.0005)).toBe("5e−4");
    expect(formatReadout(312.44)).toBe("312.4");
    expect(formatReadout(1312.4)).toBe("1,312");
    expect(formatReadout(Number.NaN)).toBe("not finite");
    expect(formatReadout(Number.POSITIVE_INFINITY)).toBe("not finite");
  });

  it("writes losses with 4 decimals and very small ones with an exponent", () => {
    expect(formatLoss(0.02931)).toBe("0.0293");
    expect(formatLoss(0.02931, 3)).toBe("0.029");
    expect(formatLoss(0.000012)).toBe("1.2e−5");
    expect(formatLoss(Number.NaN)).toBe("not finite");
  });

  it("never rounds a share up to 100 % or down to 0 %", () => {
    expect(plain(formatPercent(0.9918))).toBe("99.2_%");
    expect(plain(formatPercent(0.98981, 2))).toBe("98.98_%");
    expect(plain(formatPercent(0.99999))).toBe("99.9_%");
    expect(plain(formatPercent(1))).toBe("100.0_%");
    // The margin of 99.98 % over 0.01 % is no more than the share itself.
    expect(plain(formatPoints(0.9997))).toBe("99.9_points");
    expect(plain(formatPoints(0.42))).toBe("42.0_points");
    expect(plain(formatPercent(0.000_01))).toBe("<_0.1_%");
    expect(plain(formatPercent(0, 0))).toBe("0_%");
  });

  it("writes times as a clock", () => {
    expect(formatDuration(19)).toBe("0:19");
    expect(formatDuration(3850)).toBe("1:04:10");
    expect(formatDuration(59.6)).toBe("1:00");
    expect(formatDuration(Number.NaN)).toBe("?");
  });

  it("writes ranges as short as they go", () => {
    expect(plain(formatRange(-5, 4))).toBe("−5_…_4");
    expect(formatRange(-4, 4)).toBe("±4");
    expect(formatRange(-3.5, 3.5)).toBe("±3.5");
    expect(plain(formatRange(0, 0.5))).toBe("0_…_0.5");
    // Two digits would write 0.96 to 1.
    expect(plain(formatRange(0.96, 1.04))).toBe("0.96_…_1.04");
    expect(plain(formatRange(100.2, 101.1))).toBe("100.2_…_101.1");
    expect(plain(formatRange(-3.1234, 2.7321))).toBe("−3.1_…_2.7");
    expect([1, 1.02, 1.04].map((tick) => formatOnAxis(tick, 1, 1.05))).toEqual(["1", "1.02", "1.04"]);
    expect(formatShort(0.00012)).toBe("1.2e−4");
    expect(formatShort(1312)).toBe("1,312");
    expect(formatShort(0.3)).toBe("0.3");
    expect(formatExponent(1.3e12)).toBe("1.3e12");
  });

  it("counts things in singular and plural", () => {
    expect(plain(formatCounted(1, "weight"))).toBe("1_weight");
    expect(plain(formatCounted(25_050, "weight"))).toBe("25,050_weights");
    expect(plain(formatCounted(25_557_032, "weight"))).toBe("25.6_M_weights");
    expect(formatCounted(null, "weight")).toBe("weights unknown");
  });
});

describe("formatSetting", () => {
  it("writes what was set, exactly, with thousands, and exponents where the digits would be many", () => {
    const values = [0, 0.001, 0.0001, 1e-5, 2.5e-7, 0.1, 3, 1000, 1234.5, 1e6, 2.5e14, 1e20, -0.5];
    const n = "\u2212";
    expect(values.map(formatSetting)).toEqual(
      ["0", "0.001", "0.0001", `1e${n}5`, `2.5e${n}7`, "0.1", "3", "1,000", "1,234.5", "1,000,000"].concat(
        "250,000,000,000,000",
        "1e20",
        `${n}0.5`,
      ),
    );
  });
});

it("writes R² short however poor it is", () => {
  const written = [0.9312, -0.5, -1.72, -999.9, -149_644.9, Number.NEGATIVE_INFINITY].map(formatR2);
  expect(written).toEqual(["0.931", "−0.500", "−1.7", "−999.9", "−1.5e5", "–"]);
});
