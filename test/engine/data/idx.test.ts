import { describe, expect, test } from "vitest";
import { parseIdxImages, parseIdxLabels } from "../../../engine/data/idx.ts";
import { parseDataset } from "../../../engine/data/idxDataset.ts";
import { idxFile } from "../../support/idxFiles.ts";

const images = (count: number, content?: readonly number[]): Uint8Array => idxFile([count, 2, 3], content);

const problem = (bytes: Uint8Array, what: "images" | "labels" = "images"): { type: string; message: string } => {
  const parsed = what === "images" ? parseIdxImages(bytes, "file") : parseIdxLabels(bytes, "file");
  if (parsed.ok) throw new Error("The file was accepted.");
  return parsed.error;
};

describe("IDX files", () => {
  test("images of three dimensions have one channel", () => {
    const content = Array.from({ length: 12 }, (_, index) => 10 * index);
    const parsed = parseIdxImages(images(2, content), "file");
    expect(parsed).toEqual({ ok: true, value: { count: 2, shape: [1, 2, 3], bytes: Uint8Array.from(content) } });
  });

  test("images of four dimensions are channels first", () => {
    const parsed = parseIdxImages(idxFile([2, 3, 4, 5]), "file");
    expect(parsed.ok && parsed.value.shape).toEqual([3, 4, 5]);
  });

  test("labels", () => {
    expect(parseIdxLabels(idxFile([3], [7, 0, 2]), "file")).toEqual({
      ok: true,
      value: { count: 3, labels: Uint8Array.of(7, 0, 2) },
    });
  });

  test("a file that is something else says what it begins with", () => {
    expect(problem(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2))).toEqual({
      type: "badMagic",
      message: "file is not an IDX file: it begins with 0x89504e47, images begin with 0x00000803.",
    });
  });

  test("labels where images are expected", () => {
    expect(problem(idxFile([3]))).toEqual({
      type: "wrongDimensions",
      message: "file has 1 dimension; images have 3 or 4.",
    });
    expect(problem(images(1), "labels")).toEqual({
      type: "wrongDimensions",
      message: "file has 3 dimensions; labels have 1.",
    });
  });

  test("values that are not bytes", () => {
    const bytes = images(1);
    bytes[2] = 0x0d;
    expect(problem(bytes)).toEqual({
      type: "wrongType",
      message: "file holds values of IDX type 13; images are unsigned bytes, type 8.",
    });
  });

  test("a file that is too short or too long tells both lengths", () => {
    expect(problem(images(2).subarray(0, 20))).toEqual({
      type: "wrongLength",
      message: "file has 20 bytes; its header says 2×2×3, which takes 28.",
    });
    expect(problem(Uint8Array.of(...images(2), 0)).message).toBe(
      "file has 29 bytes; its header says 2×2×3, which takes 28.",
    );
    expect(problem(images(2).subarray(0, 9)).message).toBe("file has 9 bytes; its header alone takes 16.");
    expect(problem(new Uint8Array(2)).message).toBe(
      "file has 2 bytes; an IDX file of images begins with the 4 bytes 0x00000803.",
    );
  });

  test("extents whose product exceeds 32 bits do not wrap around to a match", () => {
    const bytes = idxFile([0x8000_0000, 2, 0x4000_0000], []);
    expect(problem(bytes).type).toBe("wrongLength");
  });
});

describe("a dataset of four files", () => {
  const file = (bytes: Uint8Array, fileName = "f") => ({ fileName, bytes });
  const files = {
    trainImages: file(images(4, [...new Array<number>(12).fill(0), ...new Array<number>(12).fill(255)])),
    trainLabels: file(idxFile([4], [0, 1, 2, 4])),
    testImages: file(images(2)),
    testLabels: file(idxFile([2], [0, 1])),
  };

  test("is named after its folder; labels give the classes, training bytes the scaling", () => {
    const dataset = parseDataset("digits", files);
    expect(dataset).toMatchObject({
      ok: true,
      value: {
        name: "digits",
        shape: [1, 2, 3],
        classNames: ["0", "1", "2", "3", "4"],
        preprocessing: { unit: 255, mean: [0.5], std: [0.5] },
      },
    });
  });

  test("constant images have a scaling that gives zeros, not NaN", () => {
    const dataset = parseDataset("x", { ...files, trainImages: file(images(4, new Array<number>(24).fill(51))) });
    expect(dataset.ok && dataset.value.preprocessing).toEqual({ unit: 255, mean: [0.2], std: [1] });
  });

  test("files that don't fit each other are refused with both numbers", () => {
    const refused = (changed: Partial<typeof files>): string => {
      const dataset = parseDataset("x", { ...files, ...changed });
      return dataset.ok ? "accepted" : dataset.error.message;
    };
    expect(refused({ trainLabels: file(idxFile([3])) })).toBe("The training set has 4 images but 3 labels.");
    expect(refused({ testImages: file(idxFile([2, 3, 3])) })).toBe(
      "Training images are 1×2×3 but test images are 1×3×3.",
    );
    expect(refused({ testImages: file(images(0, [])), testLabels: file(idxFile([0], [])) })).toMatch(
      /^The dataset is empty/,
    );
    expect(refused({ testLabels: file(images(1), "t10k-labels") })).toBe(
      "t10k-labels has 3 dimensions; labels have 1.",
    );
  });
});
