import { randomBytes } from "node:crypto";
import { type FileHandle, lstat, open, readdir, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

/** Pieces follow one another, and are written as they come. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array>;

/** A temporary file that is this old is of a process that was killed: no write takes so long. */
const LEFT_OVER_AFTER_MS = 60_000;

const WRITABLE_BY_ANYONE = 0o222;

/** Whether a file may not be written by anyone, its owner included; the superuser could nevertheless. */
export class ReadOnlyFileError extends Error {
  override readonly name = "ReadOnlyFileError";
}

/** The file that a path names in the end, also where a symbolic link leads to a file that is not there yet. */
const targetOf = async (file: string): Promise<string> => {
  const real = await realpath(file).catch(() => null);
  if (real !== null) return real;
  const isLink = await lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  return isLink ? path.resolve(path.dirname(file), await readlink(file)) : file;
};

const prefixOf = (target: string): string => `.${path.basename(target)}.`;

/** Temporary files beside the target whose writer was killed before it could rename them. */
const removeLeftOvers = async (target: string): Promise<void> => {
  const folder = path.dirname(target);
  const names = await readdir(folder);
  const isTemporary = (name: string): boolean =>
    name.startsWith(prefixOf(target)) && /^[0-9a-f]{12}\.tmp$/.test(name.slice(prefixOf(target).length));
  for (const name of names.filter(isTemporary)) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > LEFT_OVER_AFTER_MS) await rm(file, { force: true });
  }
};

/** A rename is on the disk when its folder is. Windows flushes no folders, and some file systems of others refuse to. */
const flushFolder = async (folder: string): Promise<void> => {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync().catch((error: unknown) => {
      if (!(error instanceof Error && "code" in error && error.code === "EINVAL")) throw error;
    });
  } finally {
    await handle.close();
  }
};

/** A new file's mode is cut by the process's mask, and its owner is the process's. */
const takeOver = async (handle: FileHandle, old: { mode: number; uid: number; gid: number }): Promise<void> => {
  const own = await handle.stat();
  // Only the superuser may give a file away; for others it becomes theirs, as with any editor.
  if (own.uid !== old.uid || own.gid !== old.gid) await handle.chown(old.uid, old.gid).catch(() => undefined);
  await handle.chmod(old.mode & 0o7777);
};

const writeContent = async (handle: FileHandle, content: FileContent): Promise<void> => {
  if (typeof content === "string" || content instanceof Uint8Array) return handle.writeFile(content, "utf8");
  // Each after the one before.
  for await (const piece of content) await handle.writeFile(piece);
};

/**
 * Writes a whole file or leaves the old one: a temporary file beside it, flushed to the disk, then renamed over it, and the folder
 * flushed. Follows a symbolic link to the file it names and keeps that file's permissions. Throws `ReadOnlyFileError` where the file may
 * not be written: a rename would get round that.
 */
export const writeFileAtomically = async (file: string, content: FileContent): Promise<void> => {
  const target = await targetOf(file);
  const old = await stat(target).catch(() => null);
  if (old?.isFile() && (old.mode & WRITABLE_BY_ANYONE) === 0) throw new ReadOnlyFileError("the file is read-only");
  const temporary = path.join(path.dirname(target), `${prefixOf(target)}${randomBytes(6).toString("hex")}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      if (old?.isFile()) await takeOver(handle, old);
      await writeContent(handle, content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await flushFolder(path.dirname(target));
  await removeLeftOvers(target);
};
