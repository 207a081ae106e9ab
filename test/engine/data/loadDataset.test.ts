import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseCifarFiles } from "../../../engine/data/cifar.ts";
import { parseCsv } from "../../../engine/data/csv.ts";
import type { Dataset } from "../../../engine/data/dataset.ts";
import { loadDataset } from "../../../engine/data/loadDataset.ts";
import { recognizeDataset } from "../../../engine/data/recognizeDataset.ts";
import { splitValidation } from "../../../engine/data/splits.ts";
import type { DatasetReference } from "../../../engine/document/schema.ts";
import { createNodeDatasetFiles } from "../../../engine/host/nodeDatasetFiles.ts";
import { createStream, randomSource } from "../../../engine/train/rng.ts";
import { cifarBatch, greyPng, pngFile, writeCifar } from "../../support/datasetFixtures.ts";
import { idxFile } from "../../support/idxFiles.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-datasets-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = createNodeDatasetFiles({ mnistDirectory: "/nowhere", datasetsDirectory: "/nowhere" });
const load = (reference: DatasetReference) => loadDataset(reference, { files, random: randomSource });

const loaded = async (reference: DatasetReference): Promise<Dataset> => {
  const dataset = await load(reference);
  if (!dataset.ok) throw new Error(dataset.error.message);
  return dataset.value;
};

const problem = async (reference: DatasetReference): Promise<string> => {
  const dataset = await load(reference);
  return dataset.ok ? "accepted" : dataset.error.message;
};

const write = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
};

const csv = (file: string, changed: Partial<Extract<DatasetReference, { source: "csv" }>> = {}): DatasetReference => ({
  ...{ source: "csv", file, testFile: null, label: null, task: "classification", header: "detect", testShare: 0.5 },
  ...changed,
});

const classesOf = (split: Dataset["train"]): number[] => ("classes" in split.labels ? [...split.labels.classes] : []);

describe("CIFAR-10's binary version", () => {
  test("records give labels and planes of red, green and blue", async () => {
    const directory = writeCifar(join(folder, "cifar"), 4, 3);
    const dataset = await loaded({ source: "cifar10", directory });
    expect([dataset.name, dataset.shape, dataset.train.count, dataset.test.count]).toEqual([
      "CIFAR-10",
      [3, 32, 32],
      20,
      3,
    ]);
    expect(dataset.classNames[3]).toBe("cat");
    const first = cifarBatch(4, "train 1");
    expect(classesOf(dataset.train)[1]).toBe(first[3073]);
    expect([...dataset.train.images.subarray(3072, 3080)]).toEqual([...first.subarray(3074, 3082)]);
    expect(dataset.preprocessing.mean).toHaveLength(3);
    const recognized = await recognizeDataset(directory, files);
    expect(recognized).toEqual({ ok: true, value: { source: "cifar10", directory } });
  });

  test("a broken file is named with its bytes, a wrong label with its record", () => {
    const refused = (bytes: Uint8Array): string => {
      const parsed = parseCifarFiles([{ fileName: "data_batch_1.bin", bytes }]);
      return parsed.ok ? "accepted" : parsed.error.message;
    };
    expect(refused(new Uint8Array(3072))).toBe(
      "data_batch_1.bin has 3,072 bytes; CIFAR-10's binary files hold records of 3,073 bytes.",
    );
    const bytes = new Uint8Array(2 * 3073);
    bytes[3073] = 10;
    expect(refused(bytes)).toBe("data_batch_1.bin: record 2 has label 10; CIFAR-10 has labels 0 to 9.");
  });

  test("a folder without its files tells which, and one that is not there what to do", async () => {
    const directory = join(folder, "cifar-part");
    mkdirSync(directory);
    writeFileSync(join(directory, "data_batch_1.bin"), cifarBatch(1, "x"));
    expect(await problem({ source: "cifar10", directory })).toBe(`${directory} has no test_batch.bin.`);
    expect(await problem({ source: "cifar10", directory: null })).toBe(
      'The dataset folder /nowhere/cifar-10 does not exist. Download it with "layerscope download cifar-10", or choose the folder it is in.',
    );
  });
});

describe("tables", () => {
  test("a header is found, classes are numbered by name, the label column by its name", async () => {
    const file = write("iris.csv", 'petal,"species, kind",sepal\n1.5,b,2\n-1e2,a,4\n3,"b",6\n4,a,8\n');
    const dataset = await loaded(csv(file, { label: "species, kind" }));
    expect([dataset.name, dataset.shape, dataset.classNames]).toEqual(["iris.csv", [2], ["a", "b"]]);
    expect(dataset.train.count + dataset.test.count).toBe(4);
    const rows = [dataset.train, dataset.test].flatMap((split) =>
      classesOf(split).map((label, at) => [...split.images.subarray(2 * at, 2 * at + 2), label].join()),
    );
    expect(rows.sort()).toEqual(["-100,4,0", "1.5,2,1", "3,6,1", "4,8,0"]);
  });

  test("rows without a header, separated by semicolons, the last column is the label; numbers sort as numbers", async () => {
    const file = write("plain.csv", "\ufeff1;2;10\r\n3;4;9\r\n\r\n5;6;10\r\n");
    const parsed = parseCsv("1;2;10\r\n3;4;9\r\n\r\n5;6;10\r\n", "plain.csv", {
      label: null,
      task: "classification",
      header: "detect",
    });
    expect(parsed.ok && parsed.value.layout.classNames).toEqual(["9", "10"]);
    expect(parsed.ok && [...parsed.value.split.images]).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await loaded(csv(file))).train.count).toBe(1);
  });

  test.for([
    ["UTF-8 with its mark", [0xef, 0xbb, 0xbf], "utf8"],
    ["UTF-16 as Excel saves it", [0xff, 0xfe], "utf16le"],
    ["Windows-1252 as older programs save it", [], "latin1"],
  ] as const)("a table in %s has the names that were written", async ([, mark, encoding]) => {
    const text = Buffer.from("Größe\tlabel\r\n1\tweiß\r\n2\tcafé\r\n", encoding);
    const file = write("encoded.tsv", Buffer.concat([Buffer.from(mark), text]));
    const dataset = await loaded(csv(file, { label: "label" }));
    expect(dataset.featureNames).toEqual(["Größe"]);
    expect(dataset.classNames).toEqual(["café", "weiß"]);
  });

  test("0x10 is a text, no number; a table of names alone has no samples", async () => {
    const ids = await loaded(csv(write("ids.csv", "id,label\n0x10,a\n0x1f,b\n")));
    expect(ids.featureNames).toEqual(["id=0x10", "id=0x1f"]);
    expect(await problem(csv(write("names.csv", "width,height,label\n")))).toBe("names.csv has no rows of samples.");
  });

  test("a test file with columns in another order is refused: its values would be taken for one another", async () => {
    const file = write("ordered.csv", "width,height,label\n1,2,a\n3,4,b\n");
    const testFile = write("swapped.csv", "height,width,label\n2,1,a\n");
    expect(await problem(csv(file, { testFile }))).toBe(
      'swapped.csv has "height" in column 1; the training file has it in column 2. Give both the same order.',
    );
    const renamed = write("renamed.csv", "Width,Height,label\n2,1,a\n");
    expect((await loaded(csv(file, { testFile: renamed }))).test.count).toBe(1);
  });

  test("a .gz that ends too early is named", async () => {
    const file = write("torn.csv.gz", gzipSync("width,label\n1,a\n2,b\n").subarray(0, 20));
    expect(await problem(csv(file))).toContain("torn.csv.gz is no whole .gz file");
  });

  test("regression predicts the label column's numbers; a test file of its own is taken", async () => {
    const file = write("houses.csv", "area,rooms,price\n50,2,100.5\n70,3,150\n");
    const testFile = write("houses-test.csv", "area,rooms,price\n60,2,120\n");
    const dataset = await loaded(csv(file, { testFile, task: "regression", label: "price" }));
    expect(dataset.classNames).toEqual([]);
    expect(dataset.train.labels).toEqual({ targets: Float32Array.of(100.5, 150), width: 1 });
    expect(dataset.test.labels).toEqual({ targets: Float32Array.of(120), width: 1 });
    expect(dataset.preprocessing).toEqual({ unit: 1, mean: [60, 2.5], std: [10, 0.5] });
  });

  test("a column of texts becomes a feature for each category, by name; the test file has the same ones", async () => {
    const file = write("shirts.csv", "size,colour,label\n1,red,a\n2,blue,b\n4,red,a\n5,green,b\n");
    const testFile = write("shirts-test.csv", "size,colour,label\n3,green,b\n");
    const dataset = await loaded(csv(file, { testFile }));
    expect(dataset.featureNames).toEqual(["size", "colour=blue", "colour=green", "colour=red"]);
    expect(dataset.shape).toEqual([4]);
    expect([...dataset.train.images]).toEqual([1, 0, 0, 1, 2, 1, 0, 0, 4, 0, 0, 1, 5, 0, 1, 0]);
    expect([...dataset.test.images]).toEqual([3, 0, 1, 0]);
    expect(dataset.preprocessing.mean).toEqual([3, 0.25, 0.25, 0.5]);

    const other = write("shirts-other.csv", "size,colour,label\n3,red,b\n3,pink,b\n");
    expect(await problem(csv(file, { testFile: other }))).toBe(
      'shirts-other.csv, row 3, column "colour": found "pink", expected a category of the training set: "blue", "green", "red".',
    );
    const unlabelled = write("shirts-unlabelled.csv", "size,label\n1,a\n2,\n3,b\n");
    expect(await problem(csv(unlabelled))).toBe(
      'shirts-unlabelled.csv, row 3, column "label": found nothing, expected a class.',
    );
    const gap = write("shirts-gap.csv", "size,colour,label\n1,red,a\n2,,b\n");
    expect(await problem(csv(gap))).toBe(
      'shirts-gap.csv, row 3, column "colour": found nothing, expected a category of the training set: "red".',
    );
    // The label by its number, and the texts before it as features.
    const byNumber = await loaded(csv(file, { testFile, label: "2" }));
    expect([byNumber.classNames, byNumber.featureNames]).toEqual([
      ["blue", "green", "red"],
      ["size", "label=a", "label=b"],
    ]);
    const names = write(
      "names.csv",
      `who,label\n${Array.from({ length: 101 }, (_, n) => `p${n}x,${n % 2}`).join("\n")}\n`,
    );
    expect(await problem(csv(names))).toBe(
      'names.csv has 101 different texts in column "who"; at most 100 are categories. Remove the column if it holds names or ids.',
    );
  });

  test("what is wrong is told with file, row, column, found and expected", async () => {
    const refused = (name: string, text: string, changed = {}) => problem(csv(write(name, text), changed));
    expect(await refused("a.csv", "x,y,label\n1,2,a\n1,?,b\n")).toBe(
      'a.csv, row 3, column "y": found "?", expected a number.',
    );
    expect(await refused("b.csv", "x,label\n1,a\n1,b,c\n")).toBe("b.csv, row 3 has 3 columns; the first row has 2.");
    expect(await refused("c.csv", "x,label\n1,a\n2,b\n", { label: "z" })).toBe(
      'c.csv has no column "z". Its 2 columns are "x", "label".',
    );
    expect(await refused("d.csv", 'x,label\n1,"a\n2,b\n')).toBe("d.csv, line 2: the quote is never closed.");
    expect(await refused("e.csv", "x,label\n1,a\n2,a\n")).toMatch(/^e.csv has only the label "a"/);
    // In the words of the field: Predict, a class or a number.
    const prices = Array.from({ length: 257 }, (_, row) => `${row},${row}.5`).join("\n");
    expect(await refused("f.csv", `x,label\n${prices}\n`)).toBe(
      'f.csv has 257 different labels in column "label"; at most 256 are classes. Choose another label column, or predict a number (task=regression).',
    );
    expect(await refused("f.csv", "")).toBe("f.csv has no rows of samples.");
    expect(await problem(csv("/nowhere/x.csv"))).toBe("The dataset file /nowhere/x.csv does not exist.");
  });

  test("no text makes the parser throw or give a number that is none", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.,;"\n\rab]*$/));
    const task = fc.constantFrom("classification" as const, "regression" as const);
    fc.assert(
      fc.property(text, task, (content, kind) => {
        const parsed = parseCsv(content, "file.csv", { label: null, task: kind, header: "detect" });
        if (parsed.ok) return parsed.value.split.images.every(Number.isFinite);
        return parsed.error.message.startsWith("file.csv");
      }),
      { numRuns: 500 },
    );
  });
});

describe("a folder of class folders", () => {
  const reference = (directory: string, changed = {}): DatasetReference => ({
    ...{ source: "imageFolder", directory, size: null, channels: null, testShare: 0.25 },
    ...changed,
  });

  test("grey pictures of one size; classes are the folders' names in order", async () => {
    for (const [name, value] of [
      ["dog", 200],
      ["cat", 50],
    ] as const) {
      for (const number of [1, 2]) write(`pets/${name}/${number}.png`, greyPng(3, 2, value + number));
    }
    write("pets/readme.txt", "no sample");
    const directory = join(folder, "pets");
    const dataset = await loaded(reference(directory));
    expect([dataset.shape, dataset.classNames, dataset.train.count, dataset.test.count]).toEqual([
      [1, 2, 3],
      ["cat", "dog"],
      3,
      1,
    ]);
    const values = [dataset.train, dataset.test].flatMap((split) =>
      classesOf(split).map((label, at) => `${label}:${split.images[6 * at]}`),
    );
    expect(values.sort()).toEqual(["0:51", "0:52", "1:201", "1:202"]);
    expect(await recognizeDataset(directory, files)).toMatchObject({ ok: true, value: { source: "imageFolder" } });
  });

  test("train and test folders, colour, and a size that all are brought to", async () => {
    // Red left, blue right, filters Sub and Up.
    const picture = pngFile({
      ...{ width: 2, height: 2, colorType: 2 },
      lines: [1, 255, 0, 0, 1, 0, 255, 2, 0, 0, 0, 0, 0, 0],
    });
    write("colours/train/a/1.png", picture);
    write("colours/train/b/1.png", greyPng(4, 4, 9));
    write("colours/test/b/1.png", greyPng(8, 2, 7));
    const dataset = await loaded(reference(join(folder, "colours"), { size: [2, 2] }));
    expect([dataset.shape, dataset.train.count, dataset.test.count]).toEqual([[3, 2, 2], 2, 1]);
    expect([...dataset.train.images.subarray(0, 12)]).toEqual([255, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0, 255]);
    expect([...dataset.train.images.subarray(12)]).toEqual(new Array(12).fill(9));
  });

  test("PNG and JPEG files side by side", async () => {
    const picture = (name: string): Uint8Array =>
      readFileSync(join(import.meta.dirname, "../../support/pictures", name));
    write("mixed/a/1.jpg", picture("grey.jpg"));
    write("mixed/a/2.png", picture("baseline.png"));
    write("mixed/b/1.JPEG", picture("progressive.jpg"));
    // Content decides, not the name.
    write("mixed/b/2.png", picture("subsampled420.jpg"));
    const directory = join(folder, "mixed");
    expect(await recognizeDataset(directory, files)).toMatchObject({ ok: true, value: { source: "imageFolder" } });
    const dataset = await loaded(reference(directory));
    expect([dataset.shape, dataset.train.count, dataset.test.count]).toEqual([[3, 27, 37], 3, 1]);
    write("mixed/b/3.jpg", picture("cmyk.jpg"));
    expect(await problem(reference(directory))).toMatch(
      /b\/3\.jpg cannot be used: it is a CMYK JPEG; save it as RGB\.$/,
    );
  });

  test("a picture of another size, one that is none, and a folder without classes are told", async () => {
    write("odd/a/1.png", greyPng(3, 2, 1));
    write("odd/b/1.png", greyPng(2, 3, 1));
    expect(await problem(reference(join(folder, "odd")))).toMatch(
      /b\/1\.png has 3×2 pixels, the first picture 2×3\. Set a size that all are brought to\.$/,
    );
    write("torn/a/1.png", greyPng(3, 2, 1).subarray(0, 50));
    write("torn/b/1.png", greyPng(3, 2, 1));
    expect(await problem(reference(join(folder, "torn")))).toMatch(
      /a\/1\.png cannot be used: it ends in the middle of its part IDAT/,
    );
    mkdirSync(join(folder, "empty"));
    expect(await problem(reference(join(folder, "empty")))).toMatch(/empty has 0 folders with PNG/);
  });
});

describe("IDX pairs", () => {
  test("any pair of files; part of it is kept for the test, always the same", async () => {
    const images = write(
      "my-images-idx3-ubyte",
      idxFile(
        [10, 1, 2],
        Array.from({ length: 20 }, (_, at) => at),
      ),
    );
    const labels = write("my-labels-idx1-ubyte", idxFile([10], [0, 1, 2, 0, 1, 2, 0, 1, 2, 2]));
    const recognized = await recognizeDataset(images, files);
    expect(recognized).toEqual({ ok: true, value: { source: "idxPair", images, labels, testShare: 0.2 } });
    const reference = { source: "idxPair", images, labels, testShare: 0.3 } as const;
    const [once, again] = [await loaded(reference), await loaded(reference)];
    expect([once.train.count, once.test.count, once.classNames.length]).toEqual([7, 3, 3]);
    expect(once).toEqual(again);
  });
});

describe("generated sets", () => {
  test("each class gets its share, classes lie where their pattern says, and the seed decides", async () => {
    const spiral = { source: "generated", pattern: "spiral", count: 90, noise: 0, seed: 7, classes: 3 } as const;
    const dataset = await loaded(spiral);
    expect([dataset.shape, dataset.train.count, dataset.classNames.length]).toEqual([[2], 90, 3]);
    expect(classesOf(dataset.train).filter((label) => label === 2)).toHaveLength(30);
    for (const [at, label] of classesOf(dataset.train).entries()) {
      const [x = 0, y = 0] = dataset.train.images.subarray(2 * at, 2 * at + 2);
      const radius = Math.hypot(x, y);
      const turns = Math.atan2(y, x) / (2 * Math.PI) - 0.75 * radius - label / 3;
      expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-9);
    }
    expect(await loaded(spiral)).toEqual(dataset);
    expect(await loaded({ ...spiral, seed: 8 })).not.toEqual(dataset);

    const xor = await loaded({ source: "generated", pattern: "xor", count: 50, noise: 0, seed: 1 });
    for (const [at, label] of classesOf(xor.train).entries()) {
      const [x = 0, y = 0] = xor.train.images.subarray(2 * at, 2 * at + 2);
      expect(x * y < 0 ? 1 : 0).toBe(label);
    }
    const circles = await loaded({ source: "generated", pattern: "circles", count: 8, noise: 0, seed: 1, classes: 2 });
    for (const [at, label] of classesOf(circles.train).entries()) {
      expect(Math.hypot(...circles.train.images.subarray(2 * at, 2 * at + 2))).toBeCloseTo((label + 1) / 2, 12);
    }
  });
});

describe("validation samples", () => {
  test("are set apart by the seed; the scaling is that of the samples that are left", async () => {
    const dataset = await loaded({ source: "generated", pattern: "moons", count: 100, noise: 0.1, seed: 3 });
    const split = splitValidation(dataset, { share: 0.2 }, createStream(1, "validation"));
    if (!split.ok) throw new Error(split.error);
    const { train, validation, preprocessing } = split.value;
    expect([train.count, validation?.count]).toEqual([80, 20]);
    const xs = Array.from({ length: 80 }, (_, at) => train.images[2 * at] ?? Number.NaN);
    expect(preprocessing.mean[0]).toBeCloseTo(xs.reduce((sum, x) => sum + x, 0) / 80, 12);
    const all = [...train.images, ...(validation?.images ?? [])].sort();
    expect(all).toEqual([...dataset.train.images].sort());
    expect(splitValidation(dataset, { count: 100 }, createStream(1, "validation"))).toEqual({
      ok: false,
      error: "100 validation samples leave nothing to train on: Moons has 100 training samples.",
    });
  });
});
