/**
 * Every kind in PyTorch: all of its tensors have a name there, and it computes what the reference does. What PyTorch answered is kept in
 * test/judges/answers/torchForms.json with what it was asked; ASK_PYTORCH=1 asks it anew, which takes Debian's python3-torch, and has to be done when a form or a case has changed.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Shape, Tensor } from "../../../engine/layer.ts";
import { layers } from "../../../engine/registry.ts";
import { createStream } from "../../../engine/train/rng.ts";
import { layerCases } from "../layers/cases.ts";
import { relativeError, uniformTensor } from "../layers/tensors.ts";

/** Debian's, which has the package python3-torch. */
const PYTHON = "/usr/bin/python3";
const JUDGE = fileURLToPath(new URL("../../judges/torchForms.py", import.meta.url));
const ANSWERS = fileURLToPath(new URL("../../judges/answers/torchForms.json", import.meta.url));

interface Answer {
  readonly kind: string;
  readonly module: string | null;
  readonly call: string;
  /** float64. */
  readonly output: { readonly shape: Shape; readonly data: readonly number[] };
}

const NUM_SAMPLES = 3;

const cases = layers.flatMap((layer) =>
  (layerCases[layer.kind] ?? []).map(({ params, inputShapes, outputShape }) => {
    const parsed: unknown = layer.params.parse(params);
    const random = (shape: Shape, name: string): Tensor => uniformTensor(shape, name, 0.2, 1.7);
    const named = (specs: readonly { readonly name: string; readonly shape: Shape }[]) =>
      Object.fromEntries(specs.map((spec) => [spec.name, random(spec.shape, spec.name)]));
    return {
      layer,
      params: parsed,
      form: layer.torch(parsed, inputShapes, outputShape),
      inputs: inputShapes.map((shape, index) => uniformTensor([NUM_SAMPLES, ...shape], `input ${index}`, -2, 2)),
      weights: named(layer.weights(parsed, inputShapes)),
      state: named(layer.state(parsed, inputShapes)),
    };
  }),
);

const plain = ({ shape, data }: Tensor) => ({ shape, data: [...data] });

const asked = cases.map(({ layer, form, inputs, weights, state }) => {
  const names = inputs.map((_, index) => "abcdefgh".charAt(index));
  const tensors = Object.entries({ ...weights, ...state }).map(([name, tensor]) => [
    form.tensors?.[name] ?? name,
    plain(tensor),
  ]);
  return {
    kind: layer.kind,
    module: form.module ?? null,
    call: form.call?.(names, "self.layer") ?? `self.layer(${names.join(", ")})`,
    tensors: Object.fromEntries(tensors),
    inputs: inputs.map(plain),
  };
});

/** An answer a line. */
const inLines = (answers: readonly Answer[]): string =>
  `[\n${answers.map((answer) => JSON.stringify(answer)).join(",\n")}\n]\n`;

const askPyTorch = (): readonly Answer[] => {
  const judged = spawnSync(PYTHON, ["-I", JUDGE], { input: JSON.stringify(asked), encoding: "utf8" });
  if (judged.status !== 0) throw new Error(`PyTorch gave no answer: ${judged.stderr}`);
  const outputs: readonly Answer["output"][] = JSON.parse(judged.stdout);
  return asked.map(({ kind, module, call }, index) => {
    const output = outputs[index];
    if (output === undefined) throw new Error(`PyTorch gave no answer for ${kind}.`);
    return { kind, module, call, output };
  });
};

describe("the PyTorch forms of layers", () => {
  it("name every weight and state, and nothing else", () => {
    for (const { layer, form, weights, state } of cases) {
      const own = Object.keys({ ...weights, ...state });
      expect([layer.kind, Object.keys(form.tensors ?? {}).sort()]).toEqual([layer.kind, own.sort()]);
      // What is fixed is the module's, and not the layer's.
      for (const tensor of form.fixed ?? []) expect(Object.values(form.tensors ?? {})).not.toContain(tensor);
      if (form.call === undefined) expect(form.module).toBeDefined();
    }
  });

  it("have a loss where the net ends, and only there", () => {
    for (const { layer, form } of cases) expect(form.loss !== undefined).toBe(layer.outputs.length === 0);
  });

  it("compute what the reference computes", () => {
    if (process.env.ASK_PYTORCH !== undefined) writeFileSync(ANSWERS, inLines(askPyTorch()));
    const answers: readonly Answer[] = JSON.parse(readFileSync(ANSWERS, "utf8"));
    // An answer to another question says nothing: ASK_PYTORCH=1 asks this one.
    expect(answers.map(({ kind, module, call }) => ({ kind, module, call }))).toEqual(
      asked.map(({ kind, module, call }) => ({ kind, module, call })),
    );
    const found = answers.map(({ output }) => output);
    cases.forEach(({ layer, params, inputs, weights, state }, index) => {
      // What enters the loss is returned: its softmax is the loss's.
      const isEnd = layer.outputs.length === 0;
      const call = { params, inputs, weights, state, mode: "evaluation" as const, random: createStream(1, "dropout") };
      const { shape, data } = isEnd ? (inputs[0] as Tensor) : layer.reference.forward(call).output;
      expect([layer.kind, found[index]?.shape]).toEqual([layer.kind, shape]);
      expect(relativeError(found[index]?.data ?? [], data), `${layer.kind} ${JSON.stringify(params)}`).toBeLessThan(
        1e-9,
      );
    });
  });
});
