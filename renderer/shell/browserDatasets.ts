/**
 * Datasets in a browser: what the user chooses is copied to the origin's private file system, below `datasets/`, where the trainer reads it
 * (`engine/host/webDatasetFiles.ts`). A copy stays until it is chosen anew or the site's data is cleared.
 */
import type { FileOutcome } from "./shell.ts";

const DATASETS_FOLDER = "datasets";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const ask = (configure: (input: HTMLInputElement) => void): Promise<readonly File[]> => {
  const input = document.createElement("input");
  input.type = "file";
  configure(input);
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve([...(input.files ?? [])]));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
};

/** Writes one file below the datasets folder, with the folders it lies in. */
const copy = async (file: File, path: readonly string[]): Promise<void> => {
  const root = await navigator.storage.getDirectory();
  let folder = await root.getDirectoryHandle(DATASETS_FOLDER, { create: true });
  for (const part of path.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
  const handle = await folder.getFileHandle(path.at(-1) ?? file.name, { create: true });
  const stream = await handle.createWritable();
  await stream.write(file);
  await stream.close();
};

const removeOld = async (name: string): Promise<void> => {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(DATASETS_FOLDER, { create: true });
  for await (const entry of folder.values()) {
    if (entry.name === name) await folder.removeEntry(name, { recursive: true });
  }
};

const keep = async (files: readonly File[], pathOf: (file: File) => readonly string[]): Promise<string | null> => {
  const [first] = files;
  const name = first === undefined ? undefined : pathOf(first)[0];
  if (name === undefined) return null;
  await removeOld(name);
  for (const file of files) await copy(file, pathOf(file));
  return name;
};

const failed = (error: unknown): { status: "failed"; problem: { message: string } } => ({
  status: "failed",
  problem: { message: `The browser could not keep a copy: ${messageOf(error)}` },
});

export const chooseBrowserFolder = async (): Promise<FileOutcome<{ readonly directory: string }>> => {
  const files = await ask((input) => {
    input.webkitdirectory = true;
  });
  try {
    const directory = await keep(files, (file) => file.webkitRelativePath.split("/"));
    return directory === null ? { status: "cancelled" } : { status: "done", value: { directory } };
  } catch (error) {
    return failed(error);
  }
};

export const chooseBrowserFile = async (): Promise<FileOutcome<{ readonly file: string }>> => {
  const files = await ask((input) => {
    input.accept = ".csv,.tsv,.txt,.data,.gz";
  });
  try {
    const file = await keep(files, ({ name }) => [name]);
    return file === null ? { status: "cancelled" } : { status: "done", value: { file } };
  } catch (error) {
    return failed(error);
  }
};
