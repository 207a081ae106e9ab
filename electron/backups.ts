/**
 * Unsaved documents, kept beside the user's files and never in them: one file for each window in `backups/`, replaced within a second of
 * an edit and removed when the document is saved, given up or closed. What is there when the app starts was lost by a crash.
 */
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { parse } from "../engine/index.ts";
import { writeFileAtomically } from "./atomicWrite.ts";

const backupSchema = z.strictObject({
  format: z.literal("layerscope-backup"),
  version: z.literal(1),
  /** Of the window. */
  id: z.uuid(),
  /** ISO 8601. */
  at: z.string(),
  fileName: z.string().min(1),
  /** The document's file, absolute; null: it has none yet. */
  file: z.string().nullable(),
  /** What that file held when it was last read or written (`versionOf` of the file store). */
  fileVersion: z.string().nullable(),
  text: z.string(),
});

export type Backup = Omit<z.infer<typeof backupSchema>, "format" | "version">;

export interface Backups {
  /** What an app that did not end well has left. Damaged files are put aside as `.damaged` and left out. */
  readAll(): Promise<readonly Backup[]>;
  /** What is kept of a window, as it was read or last written. */
  of(id: string): Backup | null;
  /** Resolves when this or a later one is on the disk. */
  write(backup: Backup): Promise<void>;
  remove(id: string): Promise<void>;
  /** Resolves when nothing is being written or removed. */
  settled(): Promise<void>;
}

const EXTENSION = ".json";

const parseBackup = (text: string): Backup | null => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = backupSchema.safeParse(value);
  if (!parsed.success || !parse(parsed.data.text).ok) return null;
  const { format: _format, version: _version, ...backup } = parsed.data;
  return backup;
};

export const createBackups = (folder: string): Backups => {
  const fileOf = (id: string): string => path.join(folder, id + EXTENSION);
  /** As they shall be; null: removed. */
  const wanted = new Map<string, Backup | null>();
  const working = new Map<string, Promise<void>>();

  const bringToDisk = async (id: string): Promise<void> => {
    try {
      for (let done: Backup | null | undefined; done !== wanted.get(id); ) {
        const backup = wanted.get(id) ?? null;
        if (backup === null) await rm(fileOf(id), { force: true });
        else {
          await mkdir(folder, { recursive: true });
          await writeFileAtomically(fileOf(id), JSON.stringify({ format: "layerscope-backup", version: 1, ...backup }));
        }
        done = backup;
      }
    } finally {
      working.delete(id);
    }
  };
  /** One write at a time; while one is under way only the newest of those that come waits. */
  const want = (id: string, backup: Backup | null): Promise<void> => {
    wanted.set(id, backup);
    const underWay = working.get(id);
    if (underWay !== undefined) return underWay;
    const work = bringToDisk(id);
    working.set(id, work);
    return work;
  };

  return {
    async readAll() {
      const names = await readdir(folder).catch(() => []);
      const found: Backup[] = [];
      for (const name of names) {
        const file = path.join(folder, name);
        // Of a write that was interrupted: the backup before it is whole.
        if (name.endsWith(".tmp")) await rm(file, { force: true });
        if (!name.endsWith(EXTENSION)) continue;
        const backup = await readFile(file, "utf8").then(parseBackup, () => null);
        if (backup === null || fileOf(backup.id) !== file) await rename(file, `${file}.damaged`).catch(() => undefined);
        else found.push(backup);
      }
      for (const backup of found) wanted.set(backup.id, backup);
      return found.sort((a, b) => (a.at < b.at ? -1 : 1));
    },
    of: (id) => wanted.get(id) ?? null,
    write: (backup) => want(backup.id, backup),
    async remove(id) {
      if ((wanted.get(id) ?? null) !== null || working.has(id)) await want(id, null);
    },
    async settled() {
      await Promise.allSettled(working.values());
    },
  };
};
