/** Files that are there whole or not at all: a kill or a full disk in between leaves what was there before. */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";

/** The disk names no file when it refuses bytes of one. */
export const naming = (error: unknown, path: string): unknown =>
  error instanceof Error && !("path" in error) ? Object.assign(error, { path }) : error;

/** Pieces follow one another: what they make together need never be in memory. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array>;

const writeContent = (file: number, content: FileContent): void => {
  const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
  for (const piece of pieces) writeFileSync(file, piece);
};

/** Written beside its place, then renamed. What the system throws names the file. */
export const writeWholeFile = (
  path: string,
  content: FileContent,
  { flushes = false, mode }: { readonly flushes?: boolean; readonly mode?: number | undefined } = {},
): void => {
  const temporary = `${path}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      if (mode !== undefined) fchmodSync(file, mode);
      writeContent(file, content);
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

/** Where a link leads, to nothing yet as well. */
const placeOf = (path: string): string => {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
  return placeOf(resolve(realpathSync(dirname(path)), readlinkSync(path)));
};

/**
 * A file that the user named, on the disk when this returns: a link leads to the file that is written, what is replaced keeps who may read it,
 * and `/dev/stdout` is written to.
 */
export const writeNamedFile = (path: string, content: FileContent): void => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== false) {
    writeWholeFile(placeOf(path), content, { flushes: true, mode: found?.mode });
    return;
  }
  const file = openSync(path, "w");
  try {
    writeContent(file, content);
  } finally {
    closeSync(file);
  }
};
