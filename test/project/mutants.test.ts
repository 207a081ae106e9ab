/** The list of planted breakages keeps up with the code: `npm run test:mutants` plants them. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mutants } from "../mutants/list.mjs";

describe("planted breakages", () => {
  it("are at least 30, each with a name of its own", () => {
    expect(mutants.length).toBeGreaterThanOrEqual(30);
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it.each(mutants)("$name: replaces something that occurs exactly once", ({ file, find, replace, tests, only }) => {
    const source = readFileSync(file, "utf8");
    expect(source.split(find).length - 1, `${find} in ${file}`).toBe(1);
    expect(replace).not.toBe(find);
    expect(tests.length).toBeGreaterThan(0);
    for (const test of tests) expect(existsSync(test), test).toBe(true);
    if (only !== undefined) expect(() => new RegExp(only)).not.toThrow();
  });
});
