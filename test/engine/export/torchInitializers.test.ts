/**
 * Exported PyTorch code starts from Layerscope's own distributions: what PyTorch drew by it, against what `initialTensors` draws. Kept in
 * test/judges/answers/torchInitializers.json with the lines that it was asked about; ASK_PYTORCH=1 asks anew.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { torchCode } from "../../../engine/export/torchCode.ts";
import type { Initializer } from "../../../engine/layer.ts";
import { initialTensors } from "../../../engine/train/initializers.ts";
import { chain } from "../compile/documents.ts";

const PYTHON = "/usr/bin/python3";
const JUDGE = fileURLToPath(new URL("../../judges/torchInitializers.py", import.meta.url));
const ANSWERS = fileURLToPath(new URL("../../judges/answers/torchInitializers.json", import.meta.url));

interface Moments {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** What was asked about a net, and the answer. */
interface Answer {
  readonly lines: readonly string[];
  readonly weights: Readonly<Record<string, Moments>>;
}

/** Large enough that chance moves a standard deviation by well under a percent; in groups, depthwise, with and without bias. */
const net = (initializer: Initializer, own: Readonly<Record<string, object>> = {}): LayerscopeDocument => {
  const document = chain(
    ["input", "input", { shape: [32, 9, 9] }],
    ["conv2d", "conv1", { filters: 96, kernel: [3, 2], ...own.conv1 }],
    ["batchNorm", "bn1", { ...own.bn1 }],
    ["conv2d", "grouped", { filters: 192, kernel: [3, 3], groups: 4, bias: false, ...own.grouped }],
    ["groupNorm", "gn1"],
    ["conv2d", "depthwise", { filters: 1536, kernel: [3, 3], groups: 192, ...own.depthwise }],
    ["globalAvgPool", "pool"],
    ["dense", "fc1", { units: 40, ...own.fc1 }],
    ["layerNorm", "ln1", { shift: false }],
    ["dense", "fc2", { units: 300, ...own.fc2 }],
    ["output", "output"],
  );
  return { ...document, training: { ...document.training, initializer } };
};

const documents: readonly LayerscopeDocument[] = [
  ...(["heNormal", "heUniform", "xavierNormal", "xavierUniform", "lecunNormal", "lecunUniform", "zeros"] as const).map(
    (name) => net({ name }),
  ),
  net({ name: "normal", std: 0.03 }),
  net({ name: "uniform", limit: 0.2 }),
  net(
    { name: "heNormal" },
    {
      bn1: { initialGamma: 0.25 },
      grouped: { initializer: { name: "xavierUniform" } },
      depthwise: { initializer: { name: "uniform", limit: 1e-7 } },
      fc1: { initializer: { name: "lecunNormal" }, trainable: false },
    },
  ),
  // No two layers alike, and one that starts as PyTorch does.
  net(
    { name: "zeros" },
    {
      bn1: { initialGamma: 0 },
      conv1: { initializer: { name: "heUniform" } },
      grouped: { initializer: { name: "lecunUniform" } },
      depthwise: { initializer: { name: "normal", std: 2 } },
      fc1: { initializer: { name: "xavierNormal" } },
    },
  ),
];

const programOf = (document: LayerscopeDocument) => {
  const { program, diagnostics } = compile(document, { dataset: null, plan: false });
  if (program === null) throw new Error(diagnostics.map(({ message }) => message).join(" "));
  return program;
};

const codes = documents.map((document) =>
  torchCode(programOf(document), { title: "net", modelName: "net", initializer: document.training.initializer }),
);

/** The body of the method that starts the weights. */
const linesOf = (code: string): readonly string[] =>
  (/def reset_parameters\(self\):\n.*\n([\s\S]*?)\n\n/.exec(code)?.[1] ?? "").split("\n").map((line) => line.slice(8));

const inLines = (answers: readonly Answer[]): string =>
  `[\n${answers.map((answer) => JSON.stringify(answer)).join(",\n")}\n]\n`;

const askPyTorch = (): readonly Answer[] => {
  const judged = spawnSync(PYTHON, ["-I", JUDGE], { input: JSON.stringify(codes), encoding: "utf8" });
  if (judged.status !== 0) throw new Error(`PyTorch gave no answer: ${judged.stderr}`);
  const weights: readonly Answer["weights"][] = JSON.parse(judged.stdout);
  return codes.map((code, index) => ({ lines: linesOf(code), weights: weights[index] ?? {} }));
};

const momentsOf = (data: Float32Array): Moments => {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const std = Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length);
  return { mean, std, min: Math.min(...data), max: Math.max(...data) };
};

describe("the start of exported weights", () => {
  it("is drawn from the distributions that Layerscope draws from", () => {
    if (process.env.ASK_PYTORCH !== undefined) writeFileSync(ANSWERS, inLines(askPyTorch()));
    const answers: readonly Answer[] = JSON.parse(readFileSync(ANSWERS, "utf8"));
    // An answer to another question says nothing: ASK_PYTORCH=1 asks this one.
    expect(answers.map(({ lines }) => lines)).toEqual(codes.map(linesOf));
    documents.forEach((document, index) => {
      const { weights = {} } = answers[index] ?? {};
      for (const { name, data } of initialTensors(programOf(document), document.training.initializer, 1)) {
        if (/running/.test(name)) continue;
        const theirs = weights[name.replace("gamma", "weight").replace("beta", "bias")];
        const label = `${JSON.stringify(document.training.initializer)} ${name}`;
        if (theirs === undefined) throw new Error(`PyTorch has no ${label}.`);
        const ours = momentsOf(data);
        if (ours.std === 0) {
          expect(theirs, label).toEqual({ mean: ours.mean, std: 0, min: ours.mean, max: ours.mean });
          continue;
        }
        // The std of n draws is off by about 1 / √(2n) of itself; a mean by std / √n.
        const chance = 1 / Math.sqrt(data.length);
        expect(Math.abs(theirs.std / ours.std - 1), label).toBeLessThan(5 * chance);
        expect(Math.abs(theirs.mean), label).toBeLessThan(5 * chance * ours.std);
        // A uniform distribution ends at √3 standard deviations; of 2,000 normal draws and more one lies beyond 2.5.
        const isUniform = ours.max < 1.8 * ours.std;
        expect(theirs.max < 1.8 * theirs.std && -theirs.min < 1.8 * theirs.std, label).toBe(isUniform);
        if (isUniform) expect(Math.abs(theirs.max / ours.max - 1), label).toBeLessThan(20 * chance ** 2);
      }
    });
  });

  it("is written once for what layers have in common, and by itself for what they have not", () => {
    expect(linesOf(codes[0] ?? "")).toEqual([
      "for module in self.modules():",
      "    if isinstance(module, (nn.Conv2d, nn.Linear)):",
      '        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")',
      "        if module.bias is not None:",
      "            nn.init.zeros_(module.bias)",
    ]);
    // Normalizations start as PyTorch starts them: no line; but for a γ of its own.
    expect(linesOf(codes[9] ?? "").slice(5)).toEqual([
      "nn.init.constant_(self.bn1.weight, 0.25)",
      "nn.init.xavier_uniform_(self.grouped.weight, gain=((24 + 192) / (24 + 48)) ** 0.5)  # fan out of a group",
      "nn.init.uniform_(self.depthwise.weight, -1e-7, 1e-7)",
      'nn.init.kaiming_normal_(self.fc1.weight, nonlinearity="linear")',
    ]);
  });

  it("is PyTorch's own where a net has nothing to start", () => {
    const none = chain(["input", "input", { shape: [10] }], ["batchNorm", "bn1"], ["output", "output"]);
    const code = torchCode(programOf(none), { title: "n", modelName: "n", initializer: { name: "heNormal" } });
    expect(code).not.toContain("reset_parameters");
  });
});
