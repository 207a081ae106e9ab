import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { torchCode, torchFileName } from "../../../engine/export/torchCode.ts";
import { chain } from "../compile/documents.ts";

const codeOf = (document: LayerscopeDocument, title = "a net"): string => {
  const { program, diagnostics } = compile(document, { plan: false });
  if (program === null) throw new Error(diagnostics.map(({ message }) => message).join(" "));
  return torchCode(program, { title, modelName: `${title}.model.json`, initializer: document.training.initializer });
};

const renamed = (document: LayerscopeDocument, names: Readonly<Record<string, string>>): LayerscopeDocument => ({
  ...document,
  nodes: document.nodes.map((node) => ({ ...node, name: names[node.id] ?? node.name })),
});

describe("PyTorch code", () => {
  const net = chain(
    ["input", "input", { shape: [1, 28, 28] }],
    ["conv2d", "conv1", { filters: 8, kernel: [3, 3], stride: [2, 2], padding: "same" }],
    ["batchNorm", "bn1", { momentum: 0.8, scale: false }],
    ["relu", "relu1"],
    ["flatten", "flatten"],
    ["dense", "fc1", { units: 10, trainable: false }],
    ["output", "output", { labelSmoothing: 0.1 }],
  );

  it("makes each layer under its name, with the params that are not PyTorch's own", () => {
    const code = codeOf(net);
    // "Same" with stride 2 pads 0 before and 1 after, which no Conv2d does.
    expect(code).toContain("self.conv1 = nn.Conv2d(1, 8, 3, stride=2)");
    expect(code).toMatch(/conv1 = self\.conv1\(F\.pad\(x, \(0, 1, 0, 1\)\)\) +# 8×14×14/);
    // The share of the batch, where a document has that of the old value.
    expect(code).toContain("self.bn1 = nn.BatchNorm2d(8, momentum=0.2)");
    expect(code).toContain("self.bn1.weight.requires_grad_(False)");
    expect(code).toMatch(/relu1 = F\.relu\(bn1\) +# 8×14×14/);
    expect(code).toContain("self.fc1 = nn.Linear(1568, 10)\n        self.fc1.requires_grad_(False)");
    expect(code).toContain("        return fc1\n");
    expect(code).toContain("nn.CrossEntropyLoss(label_smoothing=0.1)");
  });

  it("finds every tensor of the model JSON by its name there", () => {
    const { program } = compile(net, { plan: false });
    const names = (program?.layers ?? []).flatMap(({ nodeId, weights, state }) =>
      [...weights, ...state].map(({ name }) => `${nodeId}.${name}`),
    );
    expect(names.length).toBeGreaterThan(5);
    const listed = [...codeOf(net).matchAll(/^ {4}"([^"]+)": "/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual([...names].sort());
  });

  it("keeps layers in evaluation mode that normalize by their running values in training, too", () => {
    expect(codeOf(net)).not.toContain("def train(");
    const running = chain(
      ["input", "input", { shape: [784] }],
      ["batchNorm", "bn1", { statistics: "running" }],
      ["dense", "fc1", { units: 10 }],
      ["output", "output"],
    );
    expect(codeOf(running)).toContain("        super().train(mode)\n        self.bn1.eval()");
  });

  it("gives names that Python takes, none twice, none of nn.Module's", () => {
    const code = codeOf(
      renamed(net, { conv1: "train", bn1: "3 × norm!", relu1: "class", flatten: "näher β", fc1: "3 × norm?" }),
      'C:\\nets\n"""quoted',
    );
    expect(code).toContain("self.train_2 = nn.Conv2d(");
    expect(code).toContain("self.layer_3_norm = nn.BatchNorm2d(");
    expect(code).toContain("class_2 = F.relu(layer_3_norm)");
    expect(code).toContain("näher_β = class_2.flatten(1)");
    expect(code).toContain("self.layer_3_norm_2 = nn.Linear(");
    // Nothing in a title ends the text that it stands in.
    expect(code.split('"""')).toHaveLength(7);
    expect(code).not.toContain("\\");
  });

  it("is a file that can be imported", () => {
    expect(torchFileName("lenet-bn-avg")).toBe("lenet_bn_avg.py");
    expect(torchFileName("3 layers")).toBe("net_3_layers.py");
    expect(torchFileName("…")).toBe("net_.py");
  });
});
