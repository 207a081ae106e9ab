import { expect, it } from "vitest";
import { describeWhen } from "../../../renderer/document/recentFiles.ts";

const now = new Date(2025, 10, 20, 15, 30);
const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();

it.each([
  [at(2025, 10, 20, 14, 2), "today 14:02"],
  [at(2025, 10, 20, 0, 0), "today 00:00"],
  [at(2025, 10, 19, 23, 59), "yesterday"],
  [at(2025, 10, 17, 9, 0), "Monday"],
  [at(2025, 10, 3, 9, 0), "3 Nov"],
  [at(2024, 10, 3, 9, 0), "3 Nov 2024"],
  ["nonsense", ""],
])("writes %s as %s", (iso, text) => expect(describeWhen(iso, now)).toBe(text));
