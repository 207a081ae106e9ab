/** The reference pages are what the code says. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { initializerNames, layers, optimizerNames } from "../../engine/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = (name: string): string => readFileSync(`${root}docs/${name}.md`, "utf8");

it("are as scripts/docs.mjs would write them", () => {
  expect(() =>
    execFileSync(process.execPath, ["scripts/docs.mjs", "--check"], { cwd: root, stdio: "pipe" }),
  ).not.toThrow();
});

it("describe every kind, optimizer and initializer with a source", () => {
  for (const { title, kind } of layers) expect(page("layers")).toContain(`### ${title} (\`${kind}\`)`);
  for (const name of optimizerNames) expect(page("optimizers")).toMatch(new RegExp(`## .* \\(\`${name}\`\\)`));
  for (const name of initializerNames) expect(page("initializers")).toMatch(new RegExp(`## .* \\(\`${name}\`\\)`));
  for (const section of page("optimizers").split("\n## ").slice(1, 8))
    expect(section).toMatch(/\*.+\* \(\d{4}\)|\(19\d\d\)/);
});
