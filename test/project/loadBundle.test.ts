/** A start takes what V8 made of the bundle before, and does without where it is of no use. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-bundle-"));
  writeFileSync(
    join(folder, "bundle.cjs"),
    "exports.answer = () => [6 * 7, require('node:path').basename(__filename)];",
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

/** In a process of its own: one that has compiled a script before asks no cache. */
const load = (before = ""): unknown => {
  const program = `
    import { writeFileSync } from "node:fs";
    import { codeCacheOf, loadBundle } from ${JSON.stringify(pathToFileURL(resolve("bin/loadBundle.mjs")).href)};
    const bundle = ${JSON.stringify(join(folder, "bundle.cjs"))};
    ${before}
    const { exports, script } = loadBundle(bundle);
    console.log(JSON.stringify([exports.answer(), script.cachedDataRejected ?? null]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
};

it("loads without a cache, with one, and with one that belongs to nothing", () => {
  const answer = [42, "bundle.cjs"];
  expect(load()).toEqual([answer, null]);
  load("writeFileSync(codeCacheOf(bundle), loadBundle(bundle).script.createCachedData());");
  expect(load()).toEqual([answer, false]);
  expect(load('writeFileSync(codeCacheOf(bundle), "of another version");')).toEqual([answer, true]);
});
