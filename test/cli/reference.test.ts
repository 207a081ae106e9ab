import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runCli } from "./runCli.ts";

const directory = mkdtempSync(join(tmpdir(), "layerscope-reference-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const files = readdirSync("test/reference").filter((name) => name.endsWith(".json"));

interface Tensor {
  data: number[];
}

interface File {
  cases: { output: Tensor; inputGradients: { x: Tensor }; paramGradients: Record<string, Tensor> }[];
}

/** A copy of the dense layers' values with one number changed. */
const damaged = (name: string, change: (file: File) => void): string => {
  const file = JSON.parse(readFileSync("test/reference/dense.json", "utf8")) as File;
  change(file);
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(file));
  return path;
};

describe("reference", () => {
  it.each(files)("agrees with PyTorch on every case of %s, in both engines", async (name) => {
    const { code, stdout } = await runCli(["reference", join("test/reference", name), "--json"]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const cases = lines.filter(({ event }) => event === "case");
    expect(cases.filter(({ ok }) => ok !== true)).toEqual([]);
    const count = (JSON.parse(readFileSync(join("test/reference", name), "utf8")) as { cases: unknown[] }).cases.length;
    expect(cases.map(({ case: number, engine }) => `${number} ${engine}`)).toEqual(
      Array.from({ length: count }, (_, index) => [`${index + 1} float64`, `${index + 1} float32`]).flat(),
    );
    // A case that compared nothing would agree.
    for (const { errors } of cases) expect(Object.keys(errors as object).length).toBeGreaterThan(1);
    expect(lines.at(-1)).toMatchObject({ event: "checked", cases: count, ok: true });
    expect(code).toBe(0);
  });

  it.each<[string, string, (file: File) => void]>([
    ["output", "output", ({ cases }) => ((cases[0] as File["cases"][0]).output.data[3] = 7)],
    ["input gradient", "input gradient", ({ cases }) => ((cases[0] as File["cases"][0]).inputGradients.x.data[2] = 7)],
    [
      "weight gradient",
      "gradient of weight",
      ({ cases }) => (((cases[0] as File["cases"][0]).paramGradients.weight as Tensor).data[5] = 7),
    ],
  ])("exits with 1 for a wrong %s, and names it for both engines", async (name, quantity, change) => {
    const { code, stdout } = await runCli(["reference", damaged(`${name}.json`, change)]);
    expect(code).toBe(1);
    expect(stdout.match(new RegExp(`above 1e-[94] +worst: ${quantity}`, "g"))).toHaveLength(2);
    expect(stdout).toContain("3 cases, not all agree");
  });

  it("tells apart what float64 can", async () => {
    const path = damaged("slight.json", ({ cases }) => {
      const { output } = cases[0] as File["cases"][0];
      output.data[0] = (output.data[0] ?? 0) * (1 + 1e-7);
    });
    const { code, stdout } = await runCli(["reference", path, "--json"]);
    expect(code).toBe(1);
    const [first, second] = stdout.split("\n").map((line) => (line === "" ? null : JSON.parse(line)));
    expect(first).toMatchObject({ engine: "float64", ok: false });
    expect(second).toMatchObject({ engine: "float32", ok: true });
  });

  it("says which case it does not understand", async () => {
    const path = join(directory, "odd.json");
    writeFileSync(path, JSON.stringify({ cases: [{ config: {}, inputs: {} }] }));
    const { code, stderr } = await runCli(["reference", path]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/odd\.json: Case 1: inputs\.x is nothing, expected an object\.\n$/);
  });
});

describe("check-gradients", () => {
  it("agrees on an example, a line for each gradient", async () => {
    const { code, stdout } = await runCli(["check-gradients", "examples/mlp-bn.layerscope", "--json"]);
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const gamma = lines.find(({ node, tensor }) => node === "bn1" && tensor === "gamma");
    expect(gamma).toMatchObject({ event: "gradient", kind: "batchNorm", ok: true, elements: 100 });
    const last = lines.at(-1);
    expect(last).toMatchObject({ event: "checked", ok: true, tolerance: 1e-7 });
    expect(last?.worstRelativeError).toBeLessThanOrEqual(1e-7);
  });
});
