import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeNamedFile, writeWholeFile } from "../../../engine/host/nodeWholeFile.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-whole-file-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("replaces the whole file and leaves nothing beside it", () => {
  const path = join(folder, "results.jsonl");
  writeWholeFile(path, "a longer text\n");
  writeWholeFile(path, "short\n");
  expect(readFileSync(path, "utf8")).toBe("short\n");
  expect(readdirSync(folder)).toEqual(["results.jsonl"]);
});

it("that is refused leaves nothing of itself, and names the file", () => {
  const path = join(folder, "results.jsonl");
  // A folder in its way refuses the rename, as a full disk the bytes.
  mkdirSync(path);
  writeFileSync(join(path, "x"), "");
  expect(() => writeWholeFile(path, "text")).toThrow(expect.objectContaining({ path: expect.stringContaining(path) }));
  expect(readdirSync(folder)).toEqual(["results.jsonl"]);
});

it("takes pieces, and keeps the file of before where they end too soon", () => {
  const path = join(folder, "net.json");
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  writeNamedFile(path, [bytes("one "), bytes("after "), bytes("the other")]);
  expect(readFileSync(path, "utf8")).toBe("one after the other");
  const broken = function* () {
    yield bytes("half");
    throw new Error("no more");
  };
  expect(() => writeNamedFile(path, broken())).toThrow("no more");
  expect(readFileSync(path, "utf8")).toBe("one after the other");
  expect(readdirSync(folder)).toEqual(["net.json"]);
});

it("is written where a link leads, and the link stays", () => {
  const [target, link] = [join(folder, "net.json"), join(folder, "latest.json")];
  writeFileSync(target, "old");
  symlinkSync(target, link);
  writeNamedFile(link, "new");
  expect(readFileSync(target, "utf8")).toBe("new");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(["latest.json", "net.json"]);
});

it("is written where a link leads to nothing yet, from whichever folder it is called", () => {
  const elsewhere = join(folder, "nets");
  mkdirSync(elsewhere);
  symlinkSync(join("nets", "next.json"), join(folder, "latest.json"));
  symlinkSync("latest.json", join(folder, "alias.json"));
  writeNamedFile(join(folder, "alias.json"), "new");
  expect(readFileSync(join(elsewhere, "next.json"), "utf8")).toBe("new");
  expect(lstatSync(join(folder, "alias.json")).isSymbolicLink()).toBe(true);
  expect(lstatSync(join(folder, "latest.json")).isSymbolicLink()).toBe(true);
});

it.skipIf(process.platform === "win32")("keeps who may read what it replaces", () => {
  const file = join(folder, "private.json");
  writeFileSync(file, "old", { mode: 0o600 });
  writeNamedFile(file, "new");
  expect(readFileSync(file, "utf8")).toBe("new");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
