import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFileStore, type FileDialogs, type FileStore } from "../../electron/fileStore.ts";

let folder: string;
let userData: string;
let answers: (string | null)[];
let asked: string[];
let recentChanges: (string | null)[];

const dialogs: FileDialogs = {
  chooseFileToOpen: async () => answers.shift() ?? null,
  chooseFileToSave: async ({ suggestedPath }) => {
    asked.push(suggestedPath);
    return answers.shift() ?? null;
  },
  chooseDatasetFile: async () => null,
  chooseFolder: async () => answers.shift() ?? null,
};

const newStore = (): FileStore =>
  createFileStore({
    dialogs,
    userDataFolder: userData,
    documentsFolder: path.join(folder, "Documents"),
    now: () => new Date("2030-01-02T03:04:05Z"),
    onRecentChanged: (file) => recentChanges.push(file),
  });

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "layerscope-files-"));
  userData = path.join(folder, "userData");
  await mkdir(userData);
  answers = [];
  asked = [];
  recentChanges = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const inFolder = (name: string): string => path.join(folder, name);

describe("opening", () => {
  it("reads the file the user chose; once it is accepted, remembers it for the next start of the app", async () => {
    await writeFile(inFolder("net.layerscope"), "{}");
    answers = [inFolder("net.layerscope")];
    const store = newStore();
    const opened = await store.openWithDialog();
    expect(opened).toMatchObject({ status: "done", value: { fileName: "net.layerscope", folder, text: "{}" } });
    expect(await store.recentFiles()).toEqual([]);
    expect(recentChanges).toEqual([]);
    await store.remember(opened.status === "done" ? opened.value.handle : "");
    expect(recentChanges).toEqual([inFolder("net.layerscope")]);

    const later = newStore();
    const [recent] = await later.recentFiles();
    expect(recent).toMatchObject({ fileName: "net.layerscope", openedAt: "2030-01-02T03:04:05.000Z" });
    expect(await later.open(recent?.handle ?? "")).toMatchObject({ status: "done", value: { text: "{}" } });
  });

  it("is cancelled when the user cancels", async () => {
    expect(await newStore().openWithDialog()).toEqual({ status: "cancelled" });
  });

  it("refuses a handle it has not given out, and never takes a path for one", async () => {
    await writeFile(inFolder("secret.layerscope"), "secret");
    const outcome = await newStore().open(inFolder("secret.layerscope"));
    expect(outcome).toMatchObject({
      status: "failed",
      problem: { message: expect.stringContaining("not known any more") },
    });
    const store = newStore();
    await store.remember(inFolder("secret.layerscope"));
    expect(await store.recentFiles()).toEqual([]);
  });

  it("says in a sentence why a file can't be opened", async () => {
    const outcome = await newStore().openPath(inFolder("gone.layerscope"));
    expect(outcome).toEqual({
      status: "failed",
      problem: { message: `"gone.layerscope" in ${folder} can't be opened: there is no such file.` },
    });
    expect(recentChanges).toEqual([]);
  });

  it("refuses a file above the size limit with both sizes", async () => {
    await writeFile(inFolder("big.layerscope"), Buffer.alloc(17 * 1024 * 1024));
    expect(await newStore().openPath(inFolder("big.layerscope"))).toEqual({
      status: "failed",
      problem: { message: '"big.layerscope" has 17.0 MB; a document has 16.0 MB at most.' },
    });
  });
});

describe("saving", () => {
  it("asks where once, adds the extension, then writes to the same file", async () => {
    const store = newStore();
    answers = [inFolder("mine")];
    const first = await store.save({ handle: null, suggestedName: "untitled.layerscope", text: "one" });
    expect(asked).toEqual([path.join(folder, "Documents", "untitled.layerscope")]);
    expect(first).toMatchObject({ status: "done", value: { fileName: "mine.layerscope", folder } });

    const handle = first.status === "done" ? first.value.handle : null;
    await store.save({ handle, suggestedName: "x", text: "two" });
    expect(asked).toHaveLength(1);
    expect(await readFile(inFolder("mine.layerscope"), "utf8")).toBe("two");
  });

  it("leaves no temporary file behind and keeps links and permissions", async () => {
    await writeFile(inFolder("real.layerscope"), "old");
    await chmod(inFolder("real.layerscope"), 0o640);
    await symlink(inFolder("real.layerscope"), inFolder("link.layerscope"));
    const store = newStore();
    await store.save({ handle: store.handleOf(inFolder("link.layerscope")), suggestedName: "x", text: "new" });
    expect(await readFile(inFolder("real.layerscope"), "utf8")).toBe("new");
    expect((await stat(inFolder("real.layerscope"))).mode & 0o777).toBe(0o640);
    expect((await readdir(folder)).sort()).toEqual(["link.layerscope", "real.layerscope", "userData"]);
  });

  it("leaves the old file as it was when the new one can't be written", async () => {
    await mkdir(inFolder("folder.layerscope"));
    await writeFile(inFolder("folder.layerscope/inside"), "kept");
    const store = newStore();
    const outcome = await store.save({
      handle: store.handleOf(inFolder("folder.layerscope")),
      suggestedName: "x",
      text: "new",
    });
    expect(outcome).toMatchObject({
      status: "failed",
      problem: {
        message: `"folder.layerscope" in ${folder} can't be written: it is a folder. What was there is unchanged.`,
      },
    });
    expect(await readFile(inFolder("folder.layerscope/inside"), "utf8")).toBe("kept");
    expect((await readdir(folder)).sort()).toEqual(["folder.layerscope", "userData"]);
  });

  it("suggests a name without folders and reserved characters", async () => {
    await newStore().saveExport({ suggestedName: "../a/b:c?.model.json", content: "" });
    expect(asked).toEqual([path.join(folder, "Documents", "-a-b-c-.model.json")]);
  });

  it("keeps exports out of the recent files", async () => {
    answers = [inFolder("net.model.json")];
    const store = newStore();
    expect(await store.saveExport({ suggestedName: "net.model.json", content: "{}" })).toEqual({
      status: "done",
      value: { fileName: "net.model.json" },
    });
    expect(await store.recentFiles()).toEqual([]);
  });
});

describe("recent files", () => {
  it("has the newest first, each once, twelve at most", async () => {
    const store = newStore();
    for (let index = 0; index < 14; index += 1) {
      await writeFile(inFolder(`${index}.layerscope`), "{}");
      await store.remember(store.handleOf(inFolder(`${index}.layerscope`)));
    }
    await store.remember(store.handleOf(inFolder("5.layerscope")));
    const names = (await store.recentFiles()).map((file) => file.fileName);
    expect(names).toEqual([5, 13, 12, 11, 10, 9, 8, 7, 6, 4, 3, 2].map((index) => `${index}.layerscope`));
  });

  it("starts empty when its file is damaged", async () => {
    await writeFile(path.join(userData, "recentFiles.json"), '[{"path": 3}');
    expect(await newStore().recentFiles()).toEqual([]);
  });
});

describe("settings", () => {
  it("outlive the app, also when written at the same time", async () => {
    const store = newStore();
    await Promise.all([store.writeSetting("theme", "dark"), store.writeSetting("speed", "12")]);
    await store.writeSetting("theme", "light");
    void store.writeSetting("last", "moment");
    await store.settled();
    const later = newStore();
    expect(await later.readSetting("last")).toBe("moment");
    expect(await later.readSetting("theme")).toBe("light");
    expect(await later.readSetting("speed")).toBe("12");
    expect(await later.readSetting("other")).toBeNull();
  });
});
