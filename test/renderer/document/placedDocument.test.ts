/** Paths of a document's dataset that are relative mean files beside it; who reads them is told where they lie. */
import { beforeEach, describe, expect, it } from "vitest";
import { type DatasetReference, newDocument } from "../../../engine/index.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { followDatasets } from "../../../renderer/dataset/datasetFacts.ts";
import { movedDataset, placedPath } from "../../../renderer/document/datasetPlace.ts";
import { documentStore, UNTITLED } from "../../../renderer/document/documentStore.ts";
import { asOpenDocument, placedDocument, placeProblem } from "../../../renderer/document/placedDocument.ts";
import { createFakeShell, type FakeShell } from "../fakeShell.ts";

const table: DatasetReference = {
  ...{ source: "csv", file: "data/train.csv", testFile: "../test.csv", label: null },
  ...{ task: "classification", header: "detect", testShare: 0.2 },
};
const at = (folder: string) => ({ handle: "h", fileName: "net.layerscope", folder });

let shell: FakeShell;
beforeEach(() => {
  shell = createFakeShell();
  setShell(shell);
});

it("goes from the folder on, up by .. to the root and no further, in the folder's own way of writing", () => {
  expect(placedPath("data/./train.csv", "/home/ada/nets")).toBe("/home/ada/nets/data/train.csv");
  expect(placedPath("../../data", "/home/ada/nets")).toBe("/home/data");
  expect(placedPath("../../../../data", "/home")).toBe("/data");
  expect(placedPath("data/train.csv", "C:\\nets")).toBe("C:\\nets\\data\\train.csv");
  for (const absolute of ["/data/a", "C:\\data", "C:/data", "\\\\server\\data"]) {
    expect(placedPath(absolute, "/home/ada")).toBe(absolute);
  }
  expect(placedPath("data", "")).toBe("data");
});

it("goes from another folder to the same files, but not to another drive", () => {
  const moved = (from: string, to: string, file: string) =>
    movedDataset({ ...table, file, testFile: null } as DatasetReference, from, to);
  expect(movedDataset(table, "/home/ada/nets", "/home/ada/course/week 2")).toMatchObject({
    file: "../../nets/data/train.csv",
    testFile: "../../test.csv",
  });
  expect(moved("/home/ada", "/home/ada/nets", "data/train.csv")).toMatchObject({ file: "../data/train.csv" });
  expect(moved("/home/ada/nets", "/home/ada", "data/train.csv")).toMatchObject({ file: "nets/data/train.csv" });
  expect(moved("/home/ada", "/", "train.csv")).toMatchObject({ file: "home/ada/train.csv" });
  expect(moved("C:\\nets", "c:\\course", "data\\train.csv")).toMatchObject({ file: "../nets/data/train.csv" });
  expect(moved("C:\\nets", "D:\\nets", "train.csv")).toMatchObject({ file: "C:\\nets\\train.csv" });
  expect(moved("\\\\one\\share", "\\\\two\\share", "train.csv")).toMatchObject({ file: "\\\\one\\share\\train.csv" });
  // Where it goes there from, or from where, is not known; and where nothing moves.
  for (const [from, to] of [
    ["", "/nets"],
    ["/nets", ""],
    ["/nets", "/nets"],
  ] as const) {
    expect(movedDataset(table, from, to)).toBe(table);
  }
  const absolute: DatasetReference = { ...table, file: "/data/train.csv", testFile: null };
  expect(movedDataset(absolute, "/home/ada", "/nets")).toBe(absolute);
});

describe("the open document", () => {
  it("keeps its paths relative and is placed for a trainer, every path of it", () => {
    documentStore.getState().open({ ...newDocument(), dataset: table }, at("/home/ada/nets"));
    const placed = placedDocument();
    expect(placed.dataset).toMatchObject({ file: "/home/ada/nets/data/train.csv", testFile: "/home/ada/test.csv" });
    expect(placedDocument()).toBe(placed);
    expect(documentStore.getState().document.dataset).toBe(table);
    // A run that goes on tells of the placed one: it is no other document.
    expect(asOpenDocument(placed).dataset).toBe(table);
    const moved = { ...placed, dataset: { ...table, file: "/elsewhere/train.csv" } };
    expect(asOpenDocument(moved).dataset).toBe(moved.dataset);
  });

  it("is itself where nothing is relative", () => {
    documentStore.getState().open(newDocument(), at("/home/ada/nets"));
    expect(placedDocument()).toBe(documentStore.getState().document);
  });

  it("has its data read beside its file, and from the same place where it is saved elsewhere", () => {
    documentStore.getState().open({ ...newDocument(), dataset: table }, at("/home/ada/nets"));
    const stop = followDatasets();
    const asked = () => shell.trainers.at(-1)?.requests.at(-1);
    expect(asked()).toMatchObject({ type: "openDataset", dataset: { file: "/home/ada/nets/data/train.csv" } });
    documentStore.getState().markSaved(documentStore.getState().document, at("/home/ada/course"));
    expect(documentStore.getState().document.dataset).toMatchObject({ file: "../nets/data/train.csv" });
    expect(asked()).toMatchObject({ type: "openDataset", dataset: { file: "/home/ada/nets/data/train.csv" } });
    stop();
  });

  it("says what to do where it is in no file, but for a browser, whose names are no paths", () => {
    documentStore.getState().open({ ...newDocument(), dataset: table }, UNTITLED);
    expect(placeProblem(table)).toBe(
      '"data/train.csv" is a path from the document\'s folder, and the document is in no file yet. Save it beside its data, or choose the data again.',
    );
    setShell({ ...shell, platform: "browser" });
    expect(placeProblem(table)).toBeNull();
  });
});
