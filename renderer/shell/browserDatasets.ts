/**
 * Datasets in a browser: what the user chooses is copied to the origin's private file system, below `datasets/`, where the trainer reads it
 * (`engine/host/webDatasetFiles.ts`). A copy stays until it is chosen anew or the site's data is cleared.
 */
import { messageOf } from "../../engine/index.ts";
import type { FileOutcome } from "./shell.ts";

const DATASETS_FOLDER = "datasets";

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

const failed = (error: unknown): { status: "failed"; problem: { message: string } } => ({
  status: "failed",
  problem: { message: `The browser could not keep a copy: ${messageOf(error)}` },
});

export const chooseBrowserFolder = async (): Promise<FileOutcome<{ readonly directory: string }>> => {
  const files = await ask((input) => {
    input.webkitdirectory = true;
  });
  try {
    const directory = files[0]?.webkitRelativePath.split("/")[0];
    if (directory === undefined) return { status: "cancelled" };
    await removeOld(directory);
    for (const file of files) await copy(file, file.webkitRelativePath.split("/"));
    return { status: "done", value: { directory } };
  } catch (error) {
    return failed(error);
  }
};

/** A table, or images with their labels: a page sees no file beside the one that was chosen, so that both are chosen together. */
export const chooseBrowserFile = async (): Promise<FileOutcome<{ readonly file: string }>> => {
  const chosen = await ask((input) => {
    input.multiple = true;
  });
  // The one that names the dataset comes first.
  const files = [...chosen].sort((a, b) => Number(b.name.includes("images")) - Number(a.name.includes("images")));
  try {
    for (const { name } of files) await removeOld(name);
    for (const file of files) await copy(file, [file.name]);
    const [first] = files;
    return first === undefined ? { status: "cancelled" } : { status: "done", value: { file: first.name } };
  } catch (error) {
    return failed(error);
  }
};
