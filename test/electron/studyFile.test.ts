/** Study files on the disk that name their document and their data by paths relative to themselves. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFileStore, type FileStore } from "../../electron/fileStore.ts";
import { readStudyFile } from "../../electron/studyFile.ts";
import { parse, parseStudy } from "../../engine/index.ts";

let folder = "";
let files: FileStore;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "layerscope-study-file-"));
  mkdirSync(path.join(folder, "studies"));
  mkdirSync(path.join(folder, "nets"));
  files = createFileStore({
    dialogs: {
      chooseFileToOpen: async () => null,
      chooseFileToSave: async () => null,
      chooseFolder: async () => null,
      chooseDatasetFile: async () => null,
    },
    ...{ userDataFolder: folder, documentsFolder: folder, now: () => new Date(), onRecentChanged: () => undefined },
    isOpenElsewhere: () => false,
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const net = JSON.parse(readFileSync("examples/mlp-bn.layerscope", "utf8"));

const studyNaming = (change: object): string => {
  const file = path.join(folder, "studies", "rates.study.json");
  const study = {
    ...{ format: "layerscope-study", version: 1, title: "Rates", search: { by: "grid" } },
    axes: [{ vary: "learningRate", values: [0.1, 0.2] }],
    ...change,
  };
  writeFileSync(file, JSON.stringify(study));
  return files.handleOf(file);
};

test("a document in another folder comes inside the study, with the paths of data that its file has", async () => {
  const document = path.join(folder, "nets", "mine.layerscope");
  writeFileSync(document, JSON.stringify({ ...net, dataset: { source: "idx", directory: "digits" } }));
  const read = await readStudyFile(files, studyNaming({ document: "../nets/mine.layerscope" }));
  if (read.status !== "done") throw new Error(JSON.stringify(read));
  expect(read.value.document).toEqual({
    handle: files.handleOf(document),
    fileName: "mine.layerscope",
    folder: path.join(folder, "nets"),
  });
  const study = parseStudy(read.value.text);
  if (!study.ok) throw new Error(study.error);
  const inside = parse(JSON.stringify(study.value.document));
  expect(inside.ok && inside.value.dataset).toMatchObject({ directory: path.join(folder, "nets", "digits") });
  expect(inside.ok && inside.value.nodes).toHaveLength(net.nodes.length);
});

test("says which file is not there, and leaves one that is no document alone", async () => {
  const missing = await readStudyFile(files, studyNaming({ document: "../nets/gone.layerscope" }));
  expect(missing).toEqual({
    status: "failed",
    problem: {
      message: `"gone.layerscope" in ${path.join(folder, "nets")} can't be opened: there is no such file.`,
      missing: true,
    },
  });
  writeFileSync(path.join(folder, "nets", "secret.txt"), "hidden words");
  const other = await readStudyFile(files, studyNaming({ document: "../nets/secret.txt" }));
  expect(other).toMatchObject({
    problem: { message: expect.stringContaining("The study trains ../nets/secret.txt: ") },
  });
  expect(JSON.stringify(other)).not.toContain("hidden");
  expect(await readStudyFile(files, studyNaming({ document: "../nets" }))).toMatchObject({
    problem: { message: expect.stringContaining("The study trains ../nets. ") },
  });
});

test("a study with its document inside keeps it", async () => {
  const read = await readStudyFile(files, studyNaming({ document: net }));
  expect(read).toMatchObject({ status: "done", value: { document: null } });
});
