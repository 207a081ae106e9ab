import { chmod, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeFileAtomically } from "../../electron/atomicWrite.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "layerscope-write-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const inFolder = (name: string): string => path.join(folder, name);

it("keeps permissions that the process's mask would cut", async () => {
  const file = inFolder("shared.layerscope");
  await writeFile(file, "old");
  await chmod(file, 0o666);
  const mask = process.umask(0o027);
  try {
    await writeFileAtomically(file, "new");
  } finally {
    process.umask(mask);
  }
  expect((await stat(file)).mode & 0o777).toBe(0o666);
  expect(await readFile(file, "utf8")).toBe("new");
});

it("writes where a link leads, also when nothing is there yet", async () => {
  await symlink("real.layerscope", inFolder("link.layerscope"));
  await writeFileAtomically(inFolder("link.layerscope"), "new");
  expect(await readlink(inFolder("link.layerscope"))).toBe("real.layerscope");
  expect(await readFile(inFolder("real.layerscope"), "utf8")).toBe("new");
});

it("removes what killed writes of the same file have left, and nothing else", async () => {
  const long = new Date(Date.now() - 3_600_000);
  const leftOver = ".net.layerscope.0123456789ab.tmp";
  for (const name of [leftOver, ".other.layerscope.0123456789ab.tmp", ".net.layerscope.notes.tmp"]) {
    await writeFile(inFolder(name), "half");
    await utimes(inFolder(name), long, long);
  }
  // Another process may be writing it now.
  await writeFile(inFolder(".net.layerscope.ba9876543210.tmp"), "half");
  await writeFileAtomically(inFolder("net.layerscope"), "whole");
  expect((await readdir(folder)).sort()).toEqual([
    ".net.layerscope.ba9876543210.tmp",
    ".net.layerscope.notes.tmp",
    ".other.layerscope.0123456789ab.tmp",
    "net.layerscope",
  ]);
});
