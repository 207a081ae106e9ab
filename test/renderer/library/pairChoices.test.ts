import { describe, expect, it } from "vitest";
import { compareDocuments, expandStudy, parse, parseStudy } from "../../../engine/index.ts";
import { type PairChoice, pairChoices, pairStudy } from "../../../renderer/library/pairChoices.ts";
import { exampleNamed } from "../../../renderer/start/examples.ts";

const documentOf = (name: string) => {
  const parsed = parse(exampleNamed(name)?.text ?? "");
  if (!parsed.ok) throw new Error(`${name} does not open.`);
  return parsed.value;
};

const document = documentOf("spiral-bn");

/** What the two runs of a choice differ in. */
const differenceOf = (choice: PairChoice): readonly string[] => {
  const study = parseStudy(pairStudy(document, "spiral-bn", choice));
  if (!study.ok) throw new Error(study.error);
  const runs = expandStudy(study.value, document);
  if (!runs.ok) throw new Error(runs.error);
  const [first, second, ...rest] = runs.value;
  expect(rest).toEqual([]);
  if (!first || !second) throw new Error("There are not two runs.");
  expect(compareDocuments(document, first.document)).toEqual([]);
  expect(second.document.training.seed).toBe(document.training.seed);
  return compareDocuments(first.document, second.document).map(({ text }) => text);
};

const titles = (selected: readonly string[]) => pairChoices(document, selected).map(({ title }) => title);
const choiceOf = (title: string, selected: readonly string[] = []) => {
  const choice = pairChoices(document, selected).find((candidate) => candidate.title === title);
  if (!choice) throw new Error(`There is no "${title}", only ${titles(selected).join(", ")}.`);
  return choice;
};

describe("a paired run", () => {
  it("can be without what is selected, without normalization, with another one, or from another start", () => {
    expect(titles(["relu1"])).toEqual([
      "Without relu1",
      "Without BatchNorm",
      "LayerNorm in place of BatchNorm",
      "GroupNorm in place of BatchNorm",
      "Start from He normal",
      "Start from Xavier normal",
    ]);
    // Neither the ends of the net nor what is selected as a whole twice.
    expect(titles(["input"])[0]).toBe("Without BatchNorm");
    expect(titles(["bn1", "bn2", "bn3", "bn4"]).filter((title) => title.startsWith("Without"))).toHaveLength(1);
  });

  it("differs from the open document in that one thing only", () => {
    expect(differenceOf(choiceOf("Without bn2", ["bn2"]))).toEqual(["bn2: bypassed"]);
    expect(differenceOf(choiceOf("Without BatchNorm"))).toEqual(["bn1, bn2, bn3, bn4: bypassed"]);
    expect(differenceOf(choiceOf("LayerNorm in place of BatchNorm"))).toEqual([
      "bn1, bn2, bn3, bn4: BatchNorm → LayerNorm",
    ]);
    expect(differenceOf(choiceOf("Start from He normal"))).toEqual(["initializer Normal, std 0.01 → He normal"]);
  });
});
