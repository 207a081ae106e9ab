/** Files that are there whole or not at all: a kill or a full disk in between leaves what was there before. */
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

/** The disk names no file when it refuses bytes of one. */
export const naming = (error: unknown, path: string): unknown =>
  error instanceof Error && !("path" in error) ? Object.assign(error, { path }) : error;

/** Written beside its place, then renamed. What the system throws names the file. */
export const writeWholeFile = (path: string, content: string | Uint8Array, { flushes = false } = {}): void => {
  const temporary = `${path}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      writeFileSync(file, content);
      if (flushes) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw naming(error, path);
  }
};

/** A file that the user named, on the disk when this returns: a link leads to the file that is replaced, and `/dev/stdout` is written to. */
export const writeNamedFile = (path: string, content: string | Uint8Array): void => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() === false) writeFileSync(path, content);
  else writeWholeFile(found === undefined ? path : realpathSync(path), content, { flushes: true });
};
