import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { documentOfArguments } from "../../electron/commandLine.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "layerscope-arguments-"));
  writeFileSync(path.join(folder, "net.layerscope"), "{}");
  writeFileSync(path.join(folder, "picture.png"), "");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("finds the document among flags and other arguments, relative to the working folder", () => {
  expect(documentOfArguments(["--no-sandbox", ".", "picture.png", "net.layerscope"], folder)).toBe(
    path.join(folder, "net.layerscope"),
  );
});

it("finds nothing where the file does not exist", () => {
  expect(documentOfArguments(["other.layerscope"], folder)).toBeNull();
});
