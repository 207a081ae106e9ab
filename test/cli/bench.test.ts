import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { runCli } from "./runCli.ts";

const line = z.looseObject({ event: z.string() });

const layer = z.looseObject({
  event: z.literal("layer"),
  net: z.string(),
  threads: z.number(),
  nodes: z.array(z.string()),
  kernel: z.string(),
  pass: z.string(),
  milliseconds: z.number().min(0),
  gflops: z.number().positive().nullable(),
  peakShare: z.number().positive().nullable(),
});

describe("bench", () => {
  it("reports each mode, the memory, the matrix products and where the time of a step goes", async () => {
    const { code, stdout } = await runCli([
      "bench",
      "--nets",
      "mlp-bn",
      "--threads",
      "1,2",
      "--pairs",
      "1",
      "--seconds",
      "0.02",
      "--json",
    ]);
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((text) => line.parse(JSON.parse(text)));
    const of = (event: string) => lines.filter((entry) => entry.event === event);

    expect(of("limit").map(({ threads }) => threads)).toEqual([1, 2]);
    expect(of("matrix").map(({ threads, product }) => `${threads} ${product}`)).toEqual([
      "1 forward",
      "1 input gradient",
      "1 weight gradient",
      "2 forward",
      "2 input gradient",
      "2 weight gradient",
    ]);
    // Of the first layer the net itself passes over zeros; by itself it is a product like the others.
    expect(
      of("product").map(({ node, samples, inputs, outputs }) => `${node} ${samples} ${inputs} ${outputs}`),
    ).toEqual(
      [784, 100, 100, 100, 100, 100].flatMap((inputs, index) =>
        Array.from({ length: 6 }, () => `fc${index + 1} 100 ${inputs} ${index === 5 ? 10 : 100}`),
      ),
    );
    for (const { peakShare } of of("product")) expect(peakShare).toBeGreaterThan(0);
    expect(of("bench").map(({ threads, mode, statistics }) => `${threads} ${mode} ${statistics}`)).toEqual([
      "1 train false",
      "1 train true",
      "1 infer false",
      "2 train false",
      "2 train true",
      "2 infer false",
    ]);
    for (const row of of("bench")) {
      expect(row.samplesPerSecond).toBeGreaterThan(0);
      expect(row.peakShare).toBeGreaterThan(0);
      expect(row.data).toBe("own");
      // At least the 2,048 samples of 784 bytes in both splits.
      expect(row.memoryBytes).toBeGreaterThan(2 * 2048 * 784);
    }
    const layers = of("layer").map((entry) => layer.parse(entry));
    const products = layers.filter(({ nodes, threads }) => nodes[0] === "fc2" && threads === 1);
    expect(products.filter(({ gflops }) => gflops !== null).map(({ kernel, pass }) => `${kernel} ${pass}`)).toEqual([
      "product forward",
      "productGradient backward",
      "product backward",
    ]);
    // A layer's operations are those of its products: 100 · 100 multiply-adds for each of 100 samples.
    for (const { gflops, milliseconds } of products) {
      if (gflops !== null) expect(gflops * milliseconds * 1e6).toBeCloseTo(2 * 100 * 100 * 100, -2);
    }
    expect(layers.filter(({ pass }) => pass === "waiting").map(({ threads }) => threads)).toEqual([1, 2]);
  });

  it("names the builds that there are", async () => {
    const { code, stderr } = await runCli(["bench", "--build", "avx"]);
    expect(code).toBe(2);
    expect(stderr).toContain('--build takes relaxed-simd, simd; found "avx".');
  });

  it("asks the Python that is named for PyTorch, and says so where that has none, before it measures anything", async () => {
    const folder = mkdtempSync(join(tmpdir(), "layerscope-bench-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const python = join(folder, "python");
    writeFileSync(python, "#!/bin/sh\necho \"ModuleNotFoundError: No module named 'torch'\" >&2\nexit 1\n", {
      mode: 0o755,
    });
    const without = await runCli(["bench", "--against", "torch", "--python", python]);
    expect(without).toEqual({
      code: 2,
      stdout: "",
      stderr: `layerscope: torch does not run. ${python}: ModuleNotFoundError: No module named 'torch'\n`,
    });
    const missing = await runCli(["bench", "--against", "torch", "--python", `${python}9`]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(`torch does not run. ${python}9: `);
    const alone = await runCli(["bench", "--python", python]);
    expect(alone.stderr).toContain("--python needs --against torch.");
  });
});
