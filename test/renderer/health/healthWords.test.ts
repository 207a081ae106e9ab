import { describe, expect, it } from "vitest";
import { NO_BREAK_SPACE } from "../../../renderer/charts/format.ts";
import { healthSentence } from "../../../renderer/health/healthWords.ts";

describe("what is said of a layer that does not learn", () => {
  const finding = {
    rule: "notLearning",
    nodeId: "fc1",
    weight: "weight",
    severity: "warning",
    step: 1300,
    since: 1200,
  } as const;
  /** `ratio`: log₁₀. */
  const sentence = (ratio: number): string =>
    healthSentence({ ...finding, ratio }, (id) => id).replaceAll(NO_BREAK_SPACE, " ");

  it("writes the ratio as all other numbers are written, without powers to work out", () => {
    expect(sentence(-5.3)).toBe("Updates are 5e−6 of the weights, since step 1,200.");
    expect(sentence(Number.NEGATIVE_INFINITY)).toBe("Updates are exactly zero since step 1,200: no gradient arrives.");
  });
});
