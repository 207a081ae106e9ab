/** The text of a trained net as a run exports it, of weights that were drawn and not learnt. */
import { readFileSync } from "node:fs";
import { modelBytes, textOfModel } from "../../engine/export/modelFile.ts";
import { compile, type LayerscopeDocument, parse } from "../../engine/index.ts";
import { initialTensors } from "../../engine/train/initializers.ts";

export const exampleDocument = (name: string): LayerscopeDocument => {
  const parsed = parse(readFileSync(`examples/${name}.layerscope`, "utf8"));
  if (!parsed.ok) throw new Error(`${name} does not parse.`);
  return parsed.value;
};

export const modelText = (document: LayerscopeDocument = exampleDocument("mlp-bn")): string => {
  const { program } = compile(document, { plan: false });
  if (program === null) throw new Error("The document does not compile.");
  return textOfModel(
    modelBytes({
      document,
      program,
      tensors: initialTensors(program, { name: "heNormal" }, 5),
      dataset: {
        shape: [1, 28, 28],
        classNames: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        preprocessing: { unit: 255, mean: [0.13], std: [0.31] },
      },
      record: {
        ...{ dataset: "MNIST", trainSamples: 60_000, seed: 5, steps: 938, epochs: 1 },
        ...{ finalLoss: 0.1, testAccuracy: 0.97, savedAt: "2026-01-02T03:04:05.000Z" },
      },
    }),
  );
};
