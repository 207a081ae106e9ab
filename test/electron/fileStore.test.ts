import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytesOfFile } from "../../electron/filePieces.ts";
import { createFileStore, type FileDialogs, type FileStore } from "../../electron/fileStore.ts";

let folder: string;
let userData: string;
let answers: (string | null)[];
let asked: string[];
let recentChanges: (string | null)[];
let openElsewhere: string[];

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
    isOpenElsewhere: (file) => openElsewhere.includes(file),
  });

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "layerscope-files-"));
  userData = path.join(folder, "userData");
  await mkdir(userData);
  answers = [];
  asked = [];
  recentChanges = [];
  openElsewhere = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const inFolder = (name: string): string => path.join(folder, name);

const readAll = async (store: FileStore, file: string) => {
  const opened = await store.openPath(file);
  if (opened.status !== "done" || opened.value.rest === undefined) throw new Error("It was not opened in pieces.");
  const { handle, version, text, rest } = opened.value;
  const pieces = [text];
  for (let at: number | null = rest.next; at !== null; ) {
    const piece = await store.readPiece(handle, version, at);
    if (piece.status !== "done") throw new Error("A piece was not read.");
    pieces.push(piece.value.text);
    at = piece.value.next;
  }
  return { bytes: rest.bytes, pieces };
};

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
      problem: { message: `"gone.layerscope" in ${folder} can't be opened: there is no such file.`, missing: true },
    });
    expect(recentChanges).toEqual([]);
  });

  it("opens a trained net that is larger than documents are, up to a limit of its own", async () => {
    const head = '{\n  "format": "layerscope-model",\n  "weights": "';
    const text = `${head}${"A".repeat(17 * 1024 * 1024)}"}`;
    await writeFile(inFolder("large.model.json"), text);
    const { pieces } = await readAll(newStore(), inFolder("large.model.json"));
    expect(pieces.join("") === text).toBe(true);
    await writeFile(inFolder("huge.model.json"), head);
    await truncate(inFolder("huge.model.json"), 390 * 1024 * 1024);
    expect(await newStore().openPath(inFolder("huge.model.json"))).toEqual({
      status: "failed",
      problem: {
        message:
          '"huge.model.json" has 390.0 MB; a trained net that the app opens has 384.0 MB at most. On the command line, layerscope train --from takes up to 511.0 MB.',
      },
    });
  });

  it("reads a long trained net piece by piece, and cuts no character in two", async () => {
    for (let shift = 0; shift < 4; shift++) {
      const text = `{"format": "layerscope-model", "notes": "${"a".repeat(shift)}${"größe 日本 😀 ".repeat(450_000)}"}`;
      await writeFile(inFolder("long.model.json"), text);
      const { bytes, pieces } = await readAll(newStore(), inFolder("long.model.json"));
      expect(bytes).toBe(Buffer.byteLength(text));
      expect(pieces.length).toBe(3);
      expect(pieces.join("") === text, `${shift} characters more`).toBe(true);
    }
  });

  it("reads no further in a file that was changed meanwhile", async () => {
    const text = `{"format": "layerscope-model", "data": "${"A".repeat(9 * 1024 * 1024)}"}`;
    const file = inFolder("long.model.json");
    await writeFile(file, text);
    const store = newStore();
    const opened = await store.openPath(file);
    if (opened.status !== "done" || opened.value.rest === undefined) throw new Error("It was not opened in pieces.");
    const { handle, version, rest } = opened.value;
    expect(await store.readPiece(handle, version, rest.next)).toMatchObject({ status: "done" });
    await writeFile(file, `${text} `);
    expect(await store.readPiece(handle, version, rest.next)).toEqual({
      status: "failed",
      problem: { message: '"long.model.json" was changed while it was read. Open it again.' },
    });
    await rm(file);
    expect(await store.readPiece(handle, version, rest.next)).toMatchObject({ problem: { missing: true } });
    expect(await newStore().readPiece("no handle", version, 1)).toMatchObject({ status: "failed" });
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
    const first = await store.save({ handle: null, suggestedName: "untitled.layerscope", text: "one", version: null });
    expect(asked).toEqual([path.join(folder, "Documents", "untitled.layerscope")]);
    expect(first).toMatchObject({ status: "done", value: { fileName: "mine.layerscope", folder } });

    const handle = first.status === "done" ? first.value.handle : null;
    await store.save({ handle, suggestedName: "x", text: "two", version: null });
    expect(asked).toHaveLength(1);
    expect(await readFile(inFolder("mine.layerscope"), "utf8")).toBe("two");
  });

  it("tells where a document shall be saved before it writes", async () => {
    const store = newStore();
    answers = [inFolder("mine")];
    const place = await store.choosePlace("untitled.layerscope");
    expect(place).toMatchObject({ status: "done", value: { fileName: "mine.layerscope", folder } });
    expect(await readdir(folder)).toEqual(["userData"]);
    const handle = place.status === "done" ? place.value.handle : null;
    await store.save({ handle, suggestedName: "x", text: "one", version: null });
    expect(await readFile(inFolder("mine.layerscope"), "utf8")).toBe("one");
    expect(asked).toHaveLength(1);
  });

  it("leaves no temporary file behind and keeps links and permissions", async () => {
    await writeFile(inFolder("real.layerscope"), "old");
    await chmod(inFolder("real.layerscope"), 0o640);
    await symlink(inFolder("real.layerscope"), inFolder("link.layerscope"));
    const store = newStore();
    await store.save({
      handle: store.handleOf(inFolder("link.layerscope")),
      suggestedName: "x",
      text: "new",
      version: null,
    });
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
      version: null,
    });
    expect(outcome).toMatchObject({
      status: "failed",
      problem: {
        message: `"folder.layerscope" in ${folder} can't be written: it is a folder. What was there is unchanged.`,
      },
    });
    expect(await readFile(inFolder("folder.layerscope/inside"), "utf8")).toBe("kept");
    const within = await store.save({
      handle: store.handleOf(inFolder("folder.layerscope/inside/net.layerscope")),
      suggestedName: "x",
      text: "new",
      version: null,
    });
    expect(within).toMatchObject({
      problem: { message: expect.stringContaining("can't be written: what should be its folder is a file. What was") },
    });
    expect((await readdir(folder)).sort()).toEqual(["folder.layerscope", "userData"]);
  });

  it("does not write over what another program has written since, unless it is told to", async () => {
    const file = inFolder("net.layerscope");
    await writeFile(file, "opened");
    const store = newStore();
    const opened = await store.openPath(file);
    if (opened.status !== "done") throw new Error("It was not opened.");
    const { handle, version } = opened.value;
    await writeFile(file, "by another program");
    const mine = { handle, suggestedName: "x", text: "mine" };
    expect(await store.save({ ...mine, version })).toEqual({ status: "changed" });
    expect(await readFile(file, "utf8")).toBe("by another program");
    const saved = await store.save({ ...mine, version: null });
    expect(await readFile(file, "utf8")).toBe("mine");

    // What was saved is what is known of the file from then on; a file that is gone is written anew.
    if (saved.status !== "done") throw new Error("It was not saved.");
    await rm(file);
    expect(await store.save({ ...mine, text: "again", version: saved.value.version })).toMatchObject({
      status: "done",
    });
    expect(await readFile(file, "utf8")).toBe("again");
  });

  it("says that a file is read-only and leaves it, although it could be replaced", async () => {
    const file = inFolder("locked.layerscope");
    await writeFile(file, "old");
    await chmod(file, 0o444);
    const store = newStore();
    const outcome = await store.save({ handle: store.handleOf(file), suggestedName: "x", text: "new", version: null });
    expect(outcome).toMatchObject({ status: "failed", problem: { message: expect.stringContaining("read-only") } });
    expect(await readFile(file, "utf8")).toBe("old");
  });

  it("names the folder that is not there", async () => {
    answers = [path.join(inFolder("gone"), "mine.layerscope")];
    const outcome = await newStore().save({ handle: null, suggestedName: "x", text: "new", version: null });
    const message = `"mine.layerscope" can't be written: there is no folder ${inFolder("gone")}.`;
    expect(outcome).toEqual({ status: "failed", problem: { message } });
  });

  it("refuses the name of a document that is open in another window", async () => {
    openElsewhere = [inFolder("taken.layerscope")];
    answers = [inFolder("taken")];
    const outcome = await newStore().save({ handle: null, suggestedName: "x", text: "new", version: null });
    expect(outcome).toMatchObject({
      status: "failed",
      problem: {
        message: '"taken.layerscope" is open in another window. Close it there, or choose another name.',
      },
    });
    expect((await readdir(folder)).sort()).toEqual(["userData"]);
  });

  it("suggests a name without folders and reserved characters", async () => {
    await newStore().saveExport({ suggestedName: "../a/b:c?.model.json", content: "" });
    expect(asked).toEqual([path.join(folder, "Documents", "-a-b-c-.model.json")]);
  });

  it("exports a long file by its pieces, whole or not at all", async () => {
    const source = inFolder("kept.model.json");
    const bytes = Buffer.alloc(9 * 1024 * 1024 + 5, "größe\n");
    await writeFile(source, bytes);
    const target = inFolder("net.model.json");
    answers = [target, target];
    const saved = await newStore().saveExport({ suggestedName: "x", content: bytesOfFile(source) });
    expect(saved).toEqual({ status: "done", value: { fileName: "net.model.json" } });
    expect((await readFile(target)).equals(bytes)).toBe(true);
    const broken = async function* () {
      yield* bytesOfFile(source);
      throw Object.assign(new Error("EIO"), { code: "EIO" });
    };
    expect(await newStore().saveExport({ suggestedName: "x", content: broken() })).toMatchObject({ status: "failed" });
    expect((await readFile(target)).equals(bytes)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(["kept.model.json", "net.model.json", "userData"]);
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
