/** Files and folders that an option names to be written. What is wrong with one is a usage error that names the option. */
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type FileContent, writeNamedFile } from "../engine/host/nodeWholeFile.ts";
import { systemReason } from "../engine/host/systemReason.ts";
import { messageOf } from "../engine/index.ts";
import { describeFileError } from "./documentFile.ts";
import { UsageError } from "./usageError.ts";

/** Nothing there, and below a file, is nothing. */
const statOf = (path: string): ReturnType<typeof statSync> | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};

const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true;

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

/** Before any work: whether the file has a folder to lie in, and is none itself. */
export const checkOptionFile = (option: string, file: string): void => {
  if (isFolder(file)) throw new UsageError(`--${option}: ${file} is a folder.`);
  if (!isFolder(dirname(file))) throw new UsageError(`--${option}: there is no folder ${dirname(file)}.`);
};

export const writeOptionFile = (option: string, file: string, content: FileContent): void => {
  checkOptionFile(option, file);
  try {
    writeNamedFile(file, content);
  } catch (error) {
    throw new UsageError(`--${option}: ${describeFileError(file, error)}`);
  }
};

/** With the folders above it. Node's own way has no end where a system lets nobody make folders, as in /proc. */
const makeFolders = (path: string): void => {
  if (isFolder(path)) return;
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || isFolder(dirname(path))) throw error;
    makeFolders(dirname(path));
    mkdirSync(path);
  }
};

/** Makes the folder that an option names where there is none. Before any work: whether files can be made in it. */
export const makeOptionFolder = (option: string, path: string): void => {
  if (statOf(path)?.isFile() === true) throw new UsageError(`--${option} ${path} is a file, not a folder.`);
  try {
    makeFolders(resolve(path));
  } catch (error) {
    const reason = systemReason(error) ?? messageOf(error);
    throw new UsageError(`--${option} ${path} can't be made: ${reason}.`);
  }
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    const reason = systemReason(error) ?? messageOf(error);
    throw new UsageError(`--${option} ${path} can't be written to: ${reason}.`);
  }
};
