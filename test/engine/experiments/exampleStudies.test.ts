import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { expandStudy } from "../../../engine/experiments/expandStudy.ts";
import { parseStudy, type Study } from "../../../engine/experiments/study.ts";
import { axisValueName } from "../../../engine/experiments/studyAxes.ts";
import { studyTemplates } from "../../../engine/experiments/studyTemplates.ts";
import { compile, type LayerscopeDocument, parse, serialize } from "../../../engine/index.ts";

const FOLDER = "examples/studies";

const openDocument = (text: string): LayerscopeDocument => {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
};

const openStudy = (text: string): Study => {
  const study = parseStudy(text);
  if (!study.ok) throw new Error(study.error);
  return study.value;
};

const readStudy = (file: string) => {
  const study = openStudy(readFileSync(join(FOLDER, file), "utf8"));
  const text =
    typeof study.document === "string"
      ? readFileSync(join(FOLDER, study.document), "utf8")
      : JSON.stringify(study.document);
  return { study, document: openDocument(text) };
};

const dataset = { sampleShape: [1, 28, 28], numClasses: 10, trainCount: 60_000, testCount: 10_000 };

const runsOf = (study: Study, document: LayerscopeDocument) => {
  const runs = expandStudy(study, document);
  if (!runs.ok) throw new Error(runs.error);
  for (const { document: run } of runs.value) {
    const { program, diagnostics } = compile(run, { dataset, numCores: 2 });
    expect(program, JSON.stringify(diagnostics)).not.toBeNull();
  }
  return runs.value;
};

interface Entry {
  readonly file: string;
  readonly title: string;
  readonly summary: string;
}

const catalog: readonly Entry[] = JSON.parse(readFileSync(join(FOLDER, "catalog.json"), "utf8"));

describe("the example studies", () => {
  test("are all in their catalog, under their titles", () => {
    expect(catalog.map(({ file }) => file).sort()).toEqual(
      readdirSync(FOLDER)
        .filter((name) => name.endsWith(".study.json"))
        .sort(),
    );
    for (const { file, title, summary } of catalog) {
      const { study } = readStudy(file);
      expect(study.title).toBe(title);
      expect(summary.length).toBeGreaterThan(20);
      expect(study.notes?.length).toBeGreaterThan(40);
    }
  });

  test.each([
    ["scales16.study.json", 32],
    ["scales20.study.json", 40],
    ["batchSizesBatchNorm.study.json", 6],
    ["batchSizesLayerNorm.study.json", 6],
    ["adamSixLayers.study.json", 6],
    ["higherRateLenet.study.json", 10],
    ["optimizerRace.study.json", 6],
    ["learningRateRange.study.json", 2],
    ["gradientCheck.study.json", 12],
  ])("%s has %d runs, which compile", (file, count) => {
    const { study, document } = readStudy(file);
    expect(runsOf(study, document).length).toBe(count);
  });

  test("20 scales go from 0.0001 to 1 through eight layers with weights", () => {
    const { study, document } = readStudy("scales20.study.json");
    const scales = runsOf(study, document)
      .filter((_, index) => index % 2 === 0)
      .map(({ assignment }) => Number(assignment.initializerScale));
    expect(scales.length).toBe(20);
    for (const [index, scale] of scales.entries()) expect(Math.log10(scale)).toBeCloseTo(-4 + (4 * index) / 19, 12);
    expect(document.nodes.filter(({ kind }) => kind === "dense").length).toBe(8);
  });
});

describe("the templates", () => {
  const mlp = openDocument(readFileSync("examples/mlp-bn.layerscope", "utf8"));
  const plain = openDocument(readFileSync("examples/mlp-plain.layerscope", "utf8"));

  test.each(studyTemplates.map((template) => [template.id, template] as const))(
    "%s makes a study of any document",
    (_, template) => {
      for (const document of [mlp, plain]) {
        const study = template.studyOf(document, 60_000);
        // What it makes is what a file would say.
        expect(openStudy(JSON.stringify(study))).toEqual(study);
        expect(serialize(openDocument(JSON.stringify(study.document)))).toBe(serialize(document));
        expect(runsOf(study, document).length).toBeGreaterThan(0);
      }
    },
  );

  const template = (id: string) => {
    const found = studyTemplates.find((one) => one.id === id);
    if (found === undefined) throw new Error(id);
    return found;
  };

  test("the optimizer race gives each optimizer its rate, and the example is one", () => {
    const study = template("optimizerRace").studyOf(plain, null);
    const runs = runsOf(study, plain);
    expect(runs.map(({ document }) => [document.training.optimizer.name, document.training.learningRate])).toEqual([
      ...[
        ["sgd", 0.01],
        ["momentum", 0.01],
        ["nesterov", 0.01],
      ],
      ...[
        ["adagrad", 0.01],
        ["rmsprop", 0.001],
        ["adam", 0.001],
      ],
    ]);
    const [optimizer] = study.axes;
    expect(optimizer && runs.map(({ assignment }) => axisValueName(optimizer, assignment.optimizer ?? null))).toEqual([
      ...["SGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adam"],
    ]);
    expect(readStudy("optimizerRace.study.json").study.axes).toEqual(study.axes);
  });

  test("the range test has steps enough, however few samples there are", () => {
    const [run] = runsOf(template("learningRateRange").studyOf(mlp, 1000), mlp);
    expect(run?.document.training).toMatchObject({
      ...{ learningRate: 10, epochs: 20, batchSize: 100 },
      schedule: { name: "exponential", initialFactor: 1e-6, finalFactor: 1 },
    });
    const [large] = runsOf(template("learningRateRange").studyOf(mlp, 60_000), mlp);
    expect(large?.document.training.epochs).toBe(1);
  });
});
