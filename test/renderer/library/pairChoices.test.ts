import { describe, expect, it } from "vitest";
import { compareDocuments, compile, expandStudy, parse, parseStudy } from "../../../engine/index.ts";
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

  it("of a net without normalization is with it: after each layer with weights but the last, which all start alike", () => {
    const plain = documentOf("mlp-plain");
    const [choice] = pairChoices(plain, []);
    if (choice === undefined) throw new Error("There is nothing to choose.");
    expect(choice.title).toBe("With BatchNorm");
    expect(choice.hint).toBe("After fc1 and 4 more");
    const study = parseStudy(pairStudy(plain, "mlp", choice));
    if (!study.ok) throw new Error(study.error);
    expect(study.value.title).toBe("mlp: with BatchNorm");
    const grown = parse(JSON.stringify(study.value.document));
    if (!grown.ok) throw new Error("The net of the study does not open.");
    const runs = expandStudy(study.value, grown.value);
    if (!runs.ok) throw new Error(runs.error);
    const layersOf = (run: number) => {
      const { program } = compile(runs.value[run]?.document ?? plain);
      return program?.layers.map(({ nodeId, kind }) => (kind === "batchNorm" ? kind : nodeId));
    };
    expect(layersOf(0)).toEqual(compile(plain).program?.layers.map(({ nodeId }) => nodeId));
    const hidden = [1, 2, 3, 4, 5].flatMap((at) => [`fc${at}`, "batchNorm", `relu${at}`]);
    expect(layersOf(1)).toEqual(["input", ...hidden, "fc6", "output"]);
  });

  it("takes a normalization in again that is bypassed", () => {
    const resting = {
      ...document,
      nodes: document.nodes.map((node) => (node.kind === "batchNorm" ? { ...node, bypassed: true as const } : node)),
    };
    const [choice] = pairChoices(resting, []);
    expect(choice).toMatchObject({ title: "With BatchNorm", hint: "With and without bn1 and 3 more" });
    expect(choice?.added).toBeUndefined();
    expect(choice?.axis).toMatchObject({ nodes: ["bn1", "bn2", "bn3", "bn4"], values: [true, false] });
  });
});
