import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Backup, createBackups } from "../../electron/backups.ts";
import { newDocument, serialize } from "../../engine/index.ts";

let folder: string;

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), "layerscope-backups-")), "backups");
});
afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }));

const id = "0d9c1f0e-1111-4222-8333-444455556666";
const other = "0d9c1f0e-1111-4222-8333-444455557777";

const backupOf = (notes: string, changes: Partial<Backup> = {}): Backup => ({
  id,
  at: "2030-01-02T03:04:05.000Z",
  fileName: "net.layerscope",
  file: "/nets/net.layerscope",
  fileVersion: "v1",
  text: serialize({ ...newDocument(), notes }),
  ...changes,
});

describe("backups of unsaved documents", () => {
  it("are there for the next start of the app, each window's newest, oldest window first", async () => {
    const backups = createBackups(folder);
    const newer = backupOf("b", { id: other, at: "2030-01-03T00:00:00.000Z", file: null, fileVersion: null });
    await Promise.all([backups.write(newer), backups.write(backupOf("a1")), backups.write(backupOf("a2"))]);
    const next = createBackups(folder);
    expect(await next.readAll()).toEqual([backupOf("a2"), newer]);
    expect(next.of(id)).toEqual(backupOf("a2"));
  });

  it("are gone when the document is saved or given up, also while one is being written", async () => {
    const backups = createBackups(folder);
    void backups.write(backupOf("a"));
    void backups.write(backupOf("b"));
    await backups.remove(id);
    expect(backups.of(id)).toBeNull();
    expect(await readdir(folder)).toEqual([]);
    // Nothing was kept of this window: nothing to do, and no folder to make.
    await createBackups(path.join(folder, "none")).remove(id);
    expect(existsSync(path.join(folder, "none"))).toBe(false);
  });

  it("are put aside when they are damaged, and the others are read", async () => {
    const backups = createBackups(folder);
    await backups.write(backupOf("whole"));
    const text = await readFile(path.join(folder, `${id}.json`), "utf8");
    await writeFile(path.join(folder, `${other}.json`), text.slice(0, text.length / 2));
    await writeFile(path.join(folder, "renamed.json"), text);
    const noDocument = JSON.stringify({ ...JSON.parse(text), id: "0d9c1f0e-1111-4222-8333-444455558888", text: "{}" });
    await writeFile(path.join(folder, "0d9c1f0e-1111-4222-8333-444455558888.json"), noDocument);
    await writeFile(path.join(folder, `.${id}.json.0123456789ab.tmp`), "half");

    const next = createBackups(folder);
    expect(await next.readAll()).toEqual([backupOf("whole")]);
    expect((await readdir(folder)).sort()).toEqual([
      "0d9c1f0e-1111-4222-8333-444455556666.json",
      "0d9c1f0e-1111-4222-8333-444455557777.json.damaged",
      "0d9c1f0e-1111-4222-8333-444455558888.json.damaged",
      "renamed.json.damaged",
    ]);
  });

  it("say why they can't be written, and try again with the next change", async () => {
    await writeFile(folder, "a file where the folder should be");
    const backups = createBackups(folder);
    await expect(backups.write(backupOf("a"))).rejects.toThrow();
    await rm(folder);
    await backups.write(backupOf("b"));
    expect(await createBackups(folder).readAll()).toEqual([backupOf("b")]);
  });
});
