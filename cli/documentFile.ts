import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemReason } from "../engine/host/systemReason.ts";
import {
  type Compiled,
  counted,
  type Diagnostic,
  describeParseError,
  type LayerscopeDocument,
  MAX_DOCUMENT_BYTES,
  mapDatasetPaths,
  messageOf,
  parse,
} from "../engine/index.ts";
import { count } from "./formats.ts";
import { UsageError } from "./usageError.ts";

/** The text of a file the user named. */
export const readTextFile = (path: string, limitBytes: number): string => {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new UsageError(`${path} is a folder, not a file.`);
    if (stats.size > limitBytes) {
      throw new UsageError(`${path} has ${counted(stats.size, "byte")}; ${count(limitBytes)} are allowed.`);
    }
    return stats.isFile() ? readFileSync(path, "utf8") : readStream(path, limitBytes);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(describeFileError(path, error));
  }
};

/** A pipe or a device has no size before it has been read, and some have no end. */
const readStream = (path: string, limitBytes: number): string => {
  const file = openSync(path, "r");
  try {
    const pieces: Buffer[] = [];
    for (let total = 0; total <= limitBytes; ) {
      const piece = Buffer.alloc(1 << 20);
      const length = readSync(file, piece);
      if (length === 0) return Buffer.concat(pieces).toString("utf8");
      pieces.push(piece.subarray(0, length));
      total += length;
    }
  } finally {
    closeSync(file);
  }
  throw new UsageError(`${path} has more than ${count(limitBytes)} bytes, and no more are allowed.`);
};

export const describeFileError = (path: string, error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOENT") return `${path} does not exist.`;
  if (code === "EACCES" || code === "EPERM") return `${path} cannot be accessed: permission denied.`;
  const reason = systemReason(error);
  if (reason !== null) return `${path}: ${reason}.`;
  return `${path}: ${messageOf(error)}`;
};

/** Reads a .layerscope file. A dataset folder in it is relative to the file. */
export const readDocument = (path: string): LayerscopeDocument => {
  const parsed = parse(readTextFile(path, MAX_DOCUMENT_BYTES));
  if (!parsed.ok) throw new UsageError(`${path}: ${describeParseError(parsed.error)}`);
  const { dataset } = parsed.value;
  return { ...parsed.value, dataset: mapDatasetPaths(dataset, (file) => resolve(dirname(path), file)) };
};

/** `error LS201: Dense "fc1" expects …` */
export const diagnosticLine = ({ severity, code, message }: Diagnostic): string => `${severity} ${code}: ${message}`;

/** The errors that keep a graph from being trained, in one line. */
export const errorsOf = ({ diagnostics }: Pick<Compiled, "diagnostics">): string =>
  diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code}: ${message}`)
    .join(" ");
