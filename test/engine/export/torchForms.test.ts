/** Every kind in PyTorch: all of its tensors have a name there, and, where PyTorch is installed, it computes what the reference does. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
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
const FIND = "import importlib.util as u; raise SystemExit(u.find_spec('torch') is None)";
const hasTorch = existsSync(PYTHON) && spawnSync(PYTHON, ["-I", "-c", FIND]).status === 0;

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

  it.skipIf(!hasTorch)("compute what the reference computes", () => {
    const asked = cases.map(({ form, inputs, weights, state }) => {
      const names = inputs.map((_, index) => "abcdefgh".charAt(index));
      const tensors = Object.entries({ ...weights, ...state }).map(([name, tensor]) => [
        form.tensors?.[name] ?? name,
        plain(tensor),
      ]);
      return {
        module: form.module ?? null,
        call: form.call?.(names, "self.layer") ?? `self.layer(${names.join(", ")})`,
        tensors: Object.fromEntries(tensors),
        inputs: inputs.map(plain),
      };
    });
    const judged = spawnSync(PYTHON, ["-I", JUDGE], { input: JSON.stringify(asked), encoding: "utf8" });
    expect(judged.stderr).toBe("");
    const found: readonly { readonly shape: Shape; readonly data: readonly number[] }[] = JSON.parse(judged.stdout);
    expect(found).toHaveLength(cases.length);
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
