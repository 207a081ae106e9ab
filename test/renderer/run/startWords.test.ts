import { expect, test } from "vitest";
import type { LayerFit } from "../../../engine/index.ts";
import { takersWords } from "../../../renderer/run/startWords.ts";

const fitOf = (taken: number, anew: number): LayerFit => ({
  taken: Array.from({ length: taken }, (_, index) => `taken${index}`),
  anew: Array.from(
    { length: anew },
    (_, index) => ({ nodeId: `n${index}`, name: `n${index}` }) as LayerFit["anew"][number],
  ),
});

test("one layer takes its weights, several take theirs", () => {
  expect(takersWords(fitOf(1, 0))).toBe("Its only layer takes its weights from it");
  expect(takersWords(fitOf(5, 0))).toBe("All 5 layers take their weights from it");
  expect(takersWords(fitOf(1, 4))).toBe("1 of 5 layers takes its weights from it");
  expect(takersWords(fitOf(4, 1))).toBe("4 of 5 layers take their weights from it");
});
