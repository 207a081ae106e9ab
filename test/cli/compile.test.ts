import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, serialize } from "../../engine/index.ts";
import { applied } from "../engine/compile/documents.ts";
import { jsonLines, runCli } from "./runCli.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layerscope-compile-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** lenet-bn-avg without its Flatten: fc1 receives an image. */
const brokenGraph = (): string => {
  const document = JSON.parse(readFileSync("examples/lenet-bn-avg.layerscope", "utf8"));
  const flatten = document.nodes.find(({ kind }: { kind: string }) => kind === "flatten").id;
  const before = document.edges.find(({ to }: { to: { node: string } }) => to.node === flatten);
  const after = document.edges.find(({ from }: { from: { node: string } }) => from.node === flatten);
  document.nodes = document.nodes.filter(({ id }: { id: string }) => id !== flatten);
  document.edges = document.edges.filter((edge: unknown) => edge !== before && edge !== after);
  document.edges.push({ from: before.from, to: after.to });
  const path = join(folder, "broken.layerscope");
  writeFileSync(path, JSON.stringify(document));
  return path;
};

describe("layerscope compile", () => {
  test("shows layers with shapes, weights and multiply-adds, and their sums", async () => {
    const { code, stdout, stderr } = await runCli(["compile", "examples/lenet-bn-avg.layerscope"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    // conv1: 20 kernels of 1×3×3 and no bias or one; 26×26 outputs, 9 products each.
    expect(stdout).toMatch(/^conv1 +Conv2D +20×26×26 +(180|200) +121,680$/m);
    expect(stdout).toMatch(/^flatten\d* +Flatten +800$/m);
    expect(stdout).toMatch(/multiply-adds a sample/);
  });

  test("states the memory of a small net in kB", async () => {
    const parsed = parse(readFileSync("examples/spiral-bn.layerscope", "utf8"));
    if (!parsed.ok) throw new Error("The example does not parse.");
    const path = join(folder, "small.layerscope");
    writeFileSync(path, serialize(applied(parsed.value, [{ type: "setTraining", training: { batchSize: 2 } }])));
    expect((await runCli(["compile", path])).stdout).toMatch(/multiply-adds a sample, [1-9]\d+ kB to train$/m);
  });

  test("--json writes one object with all layers", async () => {
    const { code, stdout } = await runCli(["compile", "examples/lenet-bn-avg.layerscope", "--json"]);
    expect(code).toBe(0);
    const [line, rest] = stdout.split("\n");
    expect(rest).toBe("");
    const event = JSON.parse(line ?? "");
    expect(event).toMatchObject({ event: "compiled", ok: true, diagnostics: [] });
    expect(event.layers.map(({ kind }: { kind: string }) => kind)).toEqual(
      "input conv2d batchNorm relu pool2d conv2d batchNorm relu pool2d flatten dense batchNorm relu dense output".split(
        " ",
      ),
    );
    const sum = (key: string): number =>
      event.layers.reduce((total: number, layer: Record<string, number>) => total + (layer[key] ?? Number.NaN), 0);
    expect(sum("weights")).toBe(event.totals.weights);
    expect(sum("multiplyAdds")).toBe(event.totals.multiplyAdds);
    // Every node that computes is in some step, and there are steps of all three passes.
    expect(new Set(event.steps.map(({ pass }: { pass: string }) => pass))).toEqual(
      new Set(["forward", "backward", "update"]),
    );
    expect(event.steps.flatMap(({ nodes }: { nodes: string[] }) => nodes)).toEqual(
      expect.arrayContaining(["conv1", "bn1", "relu1", "pool1", "conv2", "fc1", "fc2", "output"]),
    );
    expect(event.layers[1]).toMatchObject({ inputShapes: [[1, 28, 28]], outputShape: [20, 26, 26] });
  });

  test("lists every copy of a group that repeats, and a bypassed layer where it stands: the weights add up to the total", async () => {
    const parsed = parse(readFileSync("examples/mlp-bn.layerscope", "utf8"));
    if (!parsed.ok) throw new Error("The example does not parse.");
    const repeated = applied(parsed.value, [
      {
        type: "addGroup",
        group: { id: "g", title: "block", color: "blue", nodeIds: ["fc2", "bn2", "relu2"], repeat: 3 },
      },
      { type: "setBypassed", nodeIds: ["bn3"], bypassed: true },
    ]);
    const path = join(folder, "repeated.layerscope");
    writeFileSync(path, serialize(repeated));
    const { stdout } = await runCli(["compile", path, "--json"]);
    const event = JSON.parse(stdout);
    expect(event.layers.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining([
        "bn2",
        "relu2",
        "fc2×2",
        "bn2×2",
        "relu2×2",
        "fc2×3",
        "bn2×3",
        "relu2×3",
        "fc3",
        "bn3",
        "relu3",
      ]),
    );
    const weights = event.layers.map((layer: { weights: number }) => layer.weights);
    expect(weights.reduce((sum: number, each: number) => sum + each, 0)).toBe(event.totals.weights);
    const human = await runCli(["compile", path]);
    expect(human.stdout).toMatch(/^relu2\s.*\nfc2 ×2 .*\nbn2 ×2 .*\nrelu2 ×2 .*\nfc2 ×3 /m);
    expect(human.stdout).toMatch(/^fc3 .*\nbn3 .*\nrelu3 /m);
  });

  test("a graph with an error exits with 1 and says both shapes and the fix", async () => {
    const path = brokenGraph();
    const human = await runCli(["compile", path]);
    expect(human.code).toBe(1);
    expect(human.stderr).toMatch(/^error LS201: Dense "fc1" expects a flat input but receives 50×4×4\./m);
    const json = await runCli(["compile", path, "--json"]);
    expect(json.code).toBe(1);
    expect(json.stderr).toBe("");
    const event = JSON.parse(json.stdout);
    expect(event).toMatchObject({
      ok: false,
      diagnostics: [{ code: "LS201", severity: "error", fix: "Insert Flatten" }],
    });
    expect(event.layers.at(-1)).toMatchObject({ kind: "output", outputShape: null });
  });

  test("train refuses it the same way, with exit code 2", async () => {
    const { code, stdout, stderr } = await runCli(["train", brokenGraph(), "--steps", "1", "--json"]);
    const message = stderr.replace(/^layerscope: (.*)\n$/, "$1");
    expect(message).toMatch(
      /^\S+ can't be trained as it is: LS201: Dense "fc1" expects a flat input but receives 50×4×4\.$/,
    );
    expect({ code, lines: jsonLines(stdout) }).toEqual({ code: 2, lines: [{ event: "error", message, exitCode: 2 }] });
  });
});
