/** The reference pages are what the code says. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { initializerNames, layers, optimizerNames } from "../../engine/index.ts";
import { epochSchema } from "../../engine/telemetry/epochRecord.ts";

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

it("name every event that a command prints with --json, and every field of an epoch", () => {
  const sources = readdirSync(`${root}cli`, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const events = sources.flatMap((file) =>
    [...readFileSync(`${root}cli/${file}`, "utf8").matchAll(/\bevent: "(\w+)"/g)].map(([, event]) => event ?? ""),
  );
  expect(new Set(events).size).toBeGreaterThan(20);
  const text = page("file-formats");
  expect([...new Set(events)].filter((event) => !text.includes(`\`${event}\``))).toEqual([]);
  const fields = Object.keys(epochSchema.shape);
  expect(fields.filter((field) => !text.includes(`\`${field}\``))).toEqual([]);
});
