/** A program as a PyTorch module, in a Python file that also reads the weights of a model JSON. */
import type { Program, ProgramLayer } from "../compile/compiled.ts";
import { formatShape, type Initializer, type TorchForm } from "../layer.ts";
import { layerOf } from "../registry.ts";
import { ENGINE_VERSION } from "../version.ts";
import { type TorchWeight, torchStart } from "./torchStart.ts";

/** Names that the file and `nn.Module` have for something else, and Python's own words. */
const TAKEN = new Set(
  [
    "x self torch nn F base64 json net path Net TENSORS load None True False and as assert async await break class continue def del elif else except",
    "finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case type",
    "T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float forward get_buffer",
    "get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters",
    "parameters reset_parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook",
    "register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter",
    "register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train",
    "training xpu zero_grad",
  ].flatMap((line) => line.split(" ")),
);

/** `conv1×2` becomes `conv1_2`; what is taken gets a number. */
const pythonNames = (layers: readonly ProgramLayer[]): ReadonlyMap<string, string> => {
  const names = new Map<string, string>();
  const used = new Set(TAKEN);
  for (const { nodeId, name } of layers) {
    // Greek and other letters are letters in Python, too; NFKC is what Python makes of them.
    const letters = name
      .normalize("NFKC")
      .replace(/[^\p{L}\p{Nd}_]+/gu, "_")
      .replace(/^_+|_+$/g, "");
    const wanted = letters === "" ? "layer" : /^\p{Nd}/u.test(letters) ? `layer_${letters}` : letters;
    let free = wanted;
    for (let number = 2; used.has(free); number += 1) free = `${wanted}_${number}`;
    used.add(free);
    names.set(nodeId, free);
  }
  return names;
};

/** What may stand between three quotation marks. */
const inDocstring = (text: string): string => text.replace(/[\\"\p{Cc}]/gu, " ").trim();

interface Line {
  readonly layer: ProgramLayer;
  readonly name: string;
  readonly form: TorchForm;
}

const formOf = ({ kind, params, inputShapes, outputShape }: ProgramLayer): TorchForm => {
  const layer = layerOf(kind);
  if (layer === undefined) throw new RangeError(`There is no kind ${kind}.`);
  return layer.torch(params, inputShapes, outputShape);
};

/** Code and what it says beside it, the words in one column. */
const aligned = (rows: readonly (readonly [code: string, words: string])[], indent: string): string => {
  const width = Math.min(72, Math.max(...rows.map(([code]) => code.length)));
  return rows.map(([code, words]) => `${indent}${code.padEnd(width)}  # ${words}`).join("\n");
};

const modulesOf = (lines: readonly Line[]): string => {
  const code = lines.flatMap(({ name, form, layer }) => {
    if (form.module === undefined) return [];
    const frozen = layer.weights.length > 0 && layer.rateFactor === null;
    return [
      `self.${name} = ${form.module}`,
      ...(form.fixed ?? []).map((tensor) => `self.${name}.${tensor}.requires_grad_(False)`),
      ...(frozen ? [`self.${name}.requires_grad_(False)`] : []),
    ];
  });
  return code.map((line) => `        ${line}`).join("\n");
};

/** The weights that a layer's module has, by the names they have there. */
const weightsOf = ({ layer, name, form }: Line): readonly TorchWeight[] =>
  layer.weights.map((spec) => {
    const tensor = form.tensors?.[spec.name] ?? spec.name;
    const className = /^[\w.]+/.exec(form.module ?? "")?.[0] ?? "nn.Module";
    return { spec, module: `self.${name}`, className, tensor, ownStart: form.starts?.[tensor] ?? null };
  });

/** The method that starts the weights, and its call; "" where PyTorch's start is the document's. */
const startOf = (
  lines: readonly Line[],
  initializer: Initializer,
): { readonly call: string; readonly method: string } => {
  const start = torchStart(lines.map(weightsOf), initializer);
  if (start.length === 0) return { call: "", method: "" };
  return {
    call: "\n        self.reset_parameters()",
    method: `
    def reset_parameters(self):
        """Starts the weights from the document's distributions."""
${start.map((line) => `        ${line}`).join("\n")}
`,
  };
};

const forwardOf = (lines: readonly Line[]): string => {
  const values = new Map<string, string>();
  const rows: [string, string][] = [];
  for (const { layer, name, form } of lines) {
    const inputs = layer.inputs.length === 0 ? ["x"] : layer.inputs.map((id) => values.get(id) ?? "x");
    const value = form.call?.(inputs, `self.${name}`) ?? `self.${name}(${inputs.join(", ")})`;
    // The input as it is, and what enters the loss, have a name already.
    const isNew = !inputs.includes(value);
    values.set(layer.nodeId, isNew ? name : value);
    if (isNew) rows.push([`${name} = ${value}`, formatShape(layer.outputShape)]);
  }
  const last = lines.at(-1)?.layer.nodeId ?? "";
  return `${aligned(rows, "        ")}\n        return ${values.get(last) ?? "x"}`;
};

/** Training that leaves layers in evaluation mode. */
const trainOf = (lines: readonly Line[]): string => {
  const still = lines.filter(({ form }) => form.alwaysEvaluates === true);
  if (still.length === 0) return "";
  return `
    def train(self, mode=True):
        super().train(mode)
${still.map(({ name }) => `        self.${name}.eval()  # its running values, in training too`).join("\n")}
        return self
`;
};

const tensorsOf = (lines: readonly Line[]): string =>
  lines
    .flatMap(({ layer, name, form }) =>
      Object.entries(form.tensors ?? {}).map(([own, theirs]) => {
        return `    ${JSON.stringify(`${layer.nodeId}.${own}`)}: "${name}.${theirs}",`;
      }),
    )
    .join("\n");

/** `lenet-bn-avg` as the name of a Python file that can be imported. */
export const torchFileName = (title: string): string => {
  const name = title
    .normalize("NFKC")
    .replace(/[^\p{L}\p{Nd}_]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  return `${/^[\p{L}_]/u.test(name) ? name : `net_${name}`}.py`;
};

/**
 * The net in PyTorch 1.12 and later: a module that takes N×`inputShape` and returns what enters the loss, with Layerscope's names and sizes,
 * whose weights start from the document's distributions (`initializer`: its own, for layers that name none), and `load`, which reads the weights of a model JSON. Its outputs are the net's in evaluation, up to the order of float32 additions.
 */
export const torchCode = (
  program: Program,
  {
    title,
    modelName,
    initializer,
  }: { readonly title: string; readonly modelName: string; readonly initializer: Initializer },
): string => {
  const names = pythonNames(program.layers);
  const lines = program.layers.map(
    (layer): Line => ({ layer, name: names.get(layer.nodeId) ?? layer.nodeId, form: formOf(layer) }),
  );
  const loss = lines.find(({ form }) => form.loss !== undefined)?.form.loss ?? "nn.CrossEntropyLoss()";
  const module = torchFileName(title).replace(/\.py$/, "");
  const start = startOf(lines, initializer);
  return `"""${inDocstring(title)}, written by Layerscope ${ENGINE_VERSION}.

    from ${module} import load
    net, prepare = load("${inDocstring(modelName)}")
    outputs = net(prepare(samples))  # samples: N x ${program.inputShape.join(" x ")}, as the dataset stores them

Net() alone starts from the document's initial distributions; the numbers drawn are others than in Layerscope, whose random
generator is another one. Outputs are what enters the loss, ${loss}: no softmax is at the end.
"""
import base64
import json

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
${modulesOf(lines)}${start.call}
${start.method}
    def forward(self, x):
${forwardOf(lines)}
${trainOf(lines)}

# The tensors of a model JSON, and what they are called here.
TENSORS = {
${tensorsOf(lines)}
}


def load(path):
    """The trained net of a model JSON, in evaluation mode, and what makes its inputs of stored samples."""
    with open(path, encoding="utf-8") as file:
        model = json.load(file)
    stored = {tensor["name"]: tensor for tensor in model["weights"] + model["state"]}
    net = Net()
    state = net.state_dict()
    for name, own in TENSORS.items():
        data = bytearray(base64.b64decode(stored[name]["data"]))
        state[own] = torch.frombuffer(data, dtype=torch.float32).reshape(stored[name]["shape"])
    net.load_state_dict(state)

    scaling = model["preprocessing"]
    shape = [-1] + [1] * (len(scaling["sampleShape"]) - 1)
    mean, std = (torch.tensor(scaling[key]).reshape(shape) for key in ("mean", "std"))

    def prepare(samples):
        samples = samples.float().reshape(-1, *scaling["sampleShape"])
        return (samples / scaling["unit"] - mean) / std

    return net.eval(), prepare
`.replace(/\n{3,}(?=# The tensors)/, "\n\n\n");
};
