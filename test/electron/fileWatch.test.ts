import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createFileWatch, type FileWatch } from "../../electron/fileWatch.ts";

let folder: string;
let file: string;
let watch: FileWatch;
let touched: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "layerscope-watch-"));
  file = path.join(folder, "net.layerscope");
  await writeFile(file, "one");
  touched = [];
  watch = createFileWatch({ files: () => [file], onTouched: (which) => touched.push(which) });
  await watch.look();
});
afterEach(async () => {
  watch.stop();
  await rm(folder, { recursive: true, force: true });
});

it("reports a file that was written, once", async () => {
  await watch.look();
  expect(touched).toEqual([]);
  await writeFile(file, "longer than before");
  await watch.look();
  await watch.look();
  expect(touched).toEqual([file]);
});

it("reports a file that was replaced by one of the same size", async () => {
  await writeFile(path.join(folder, "new"), "two");
  await rename(path.join(folder, "new"), file);
  await watch.look();
  expect(touched).toEqual([file]);
});

it("reports a file that is gone, and that it is back", async () => {
  await rm(file);
  await watch.look();
  expect(touched).toEqual([file]);
  await writeFile(file, "one");
  await watch.look();
  expect(touched).toEqual([file, file]);
});

it("takes a file that is removed and written anew for one that was written", async () => {
  await rm(file);
  const looking = watch.look();
  await writeFile(file, "one");
  await looking;
  await watch.look();
  expect(touched).toEqual([file]);
});
