import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import type { Compiled, Diagnostic } from "../../../engine/compile/compiled.ts";
import { applyCommands } from "../../../engine/document/applyCommands.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import type { LayerscopeDocument } from "../../../engine/document/schema.ts";
import { formatShape } from "../../../engine/layer.ts";
import { anyDocument, chainDocument, documentWithUniqueIds } from "../document/arbitraries.ts";
import { applied, chain, lenet, type NodeSketch, smallNet } from "./documents.ts";

const codes = (compiled: Compiled): string[] => compiled.diagnostics.map((diagnostic) => diagnostic.code);

describe("a net without fault", () => {
  const compiled = compile(lenet());

  it("becomes a sequence from input to output", () => {
    expect(compiled.program?.layers.map((layer) => layer.nodeId)).toEqual(lenet().nodes.map((node) => node.id));
    expect(compiled.program).toMatchObject({ inputShape: [1, 28, 28], numClasses: 10, batchSize: 64 });
    expect(compiled.program?.layers.every((layer) => layer.operation !== null)).toBe(true);
  });

  it("has shapes, weights and multiply-adds for every node", () => {
    const facts = [...compiled.facts.values()].map(
      ({ nodeId, outputShape, numWeights, numState, multiplyAdds, summary }) =>
        `${nodeId} ${formatShape(outputShape ?? [])} ${numWeights} ${numState} ${multiplyAdds} ${summary}`.trim(),
    );
    expect(facts).toEqual([
      "input 1×28×28 0 0 0 mean 0, std 1 of the training set",
      // 20·(1·3·3) + 20; 20·26·26 outputs of 9 products each.
      "conv1 20×26×26 200 0 121680 20 filters 3×3",
      "bn1 20×26×26 40 40 0 momentum 0.9",
      "relu1 20×26×26 0 0 0",
      "pool1 20×13×13 0 0 0 avg 2×2",
      "conv2 50×9×9 25050 0 2025000 50 filters 5×5",
      "bn2 50×9×9 100 100 0 momentum 0.9",
      "relu2 50×9×9 0 0 0",
      "pool2 50×4×4 0 0 0 avg 2×2",
      "flatten 800 0 0 0 50×4×4 → 800, same values",
      "fc1 128 102528 0 102400 128 units",
      "dropout1 128 0 0 0 rate 0.5",
      "fc2 10 1290 0 1280 10 units",
      "output 10 0 0 0 softmax cross-entropy",
    ]);
    expect(compiled.totals).toMatchObject({ numWeights: 129_208, multiplyAdds: 2_250_360 });
  });

  it("states the memory of training: more samples a step, more values of the optimizer, more bytes", () => {
    // 784 → 10: 70,000 samples of 785 bytes, and for 64 of them input, logits and probabilities as floats.
    const { memoryBytes } = compile(smallNet()).totals;
    expect(memoryBytes).toBeGreaterThan(70_000 * 785 + 4 * 64 * (784 + 10 + 10));
    const adam = { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
    for (const training of [{ batchSize: 1024 }, { optimizer: adam }]) {
      expect(compile(applied(smallNet(), [{ type: "setTraining", training }])).totals.memoryBytes).toBeGreaterThan(
        memoryBytes,
      );
    }
  });

  it("takes images flattened when the input says so", () => {
    const document = chain(["input", "input", { shape: [784] }], ["dense", "fc1", { units: 10 }], ["output", "output"]);
    expect(compile(document)).toMatchObject({ diagnostics: [], program: { inputShape: [784] } });
  });

  it("checks against the dataset it is given, and against none when nothing is known", () => {
    const dataset = { sampleShape: [1, 28, 28], numClasses: 26, trainCount: 10 };
    expect(codes(compile(smallNet(), { dataset }))).toEqual(["LS205"]);
    const folder = applied(smallNet(), [{ type: "setDataset", dataset: { source: "idx", directory: "letters" } }]);
    expect(codes(compile(folder))).toEqual([]);
    expect(codes(compile(folder, { dataset }))).toEqual(["LS205"]);
    expect(
      codes(
        compile(chain(["input", "input", { shape: [5] }], ["dense", "fc1"], ["output", "output"]), { dataset: null }),
      ),
    ).toEqual([]);
  });
});

describe("scaling", () => {
  it.each(["standardize", "unit", "none"])("%s reaches the program from the input's params", (scaling) => {
    const document = applied(smallNet(), [{ type: "setParams", nodeId: "input", params: { scaling } }]);
    expect(compile(document).program?.inputScaling).toBe(scaling);
  });
});

describe("order", () => {
  it("does not depend on the order of edges or on where nodes stand", () => {
    const document = lenet();
    const shuffled: LayerscopeDocument = {
      ...document,
      edges: [...document.edges].reverse(),
      nodes: document.nodes.map((node, index) => ({ ...node, position: { x: -index * 7, y: -index * 100 } })),
    };
    expect(compile(shuffled).program).toEqual(compile(document).program);
  });

  it("ends with the output wherever it stands in the file", () => {
    const document = lenet();
    const compiled = compile({ ...document, nodes: [...document.nodes].reverse() });
    expect(compiled.program).toEqual(compile(document).program);
  });

  it("leaves a side branch out of the program, but keeps its facts", () => {
    const branched = applied(lenet(), [
      { type: "addNode", kind: "dense", id: "side", name: "side", position: { x: 0, y: 0 } },
      { type: "connectPorts", from: { node: "flatten", port: "out" }, to: { node: "side", port: "in" } },
    ]);
    const compiled = compile(branched);
    expect(codes(compiled)).toEqual(["LS109"]);
    expect(compiled.program).toEqual(compile(lenet()).program);
    expect(compiled.totals).toEqual(compile(lenet()).totals);
    expect(compiled.facts.get("side")?.outputShape).toEqual([128]);
    // A fault where nothing is trained does not keep the net from training.
    const faulty = compile(applied(branched, [{ type: "setParams", nodeId: "side", params: { units: 0 } }]));
    expect(faulty.diagnostics.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
      "LS109 warning",
      "LS113 warning",
    ]);
    expect(faulty.program).not.toBeNull();
  });
});

describe("one broken node", () => {
  const breakages: readonly (readonly [string, (document: LayerscopeDocument) => LayerscopeDocument])[] = [
    ["params", (document) => applied(document, [{ type: "setParams", nodeId: "conv2", params: { filters: -1 } }])],
    ["window", (document) => applied(document, [{ type: "setParams", nodeId: "conv2", params: { kernel: [14, 14] } }])],
    [
      "edge",
      (document) =>
        applied(document, [{ type: "deleteEdges", edges: document.edges.filter((edge) => edge.to.node === "conv2") }]),
    ],
    [
      "kind",
      (document) => ({
        ...document,
        nodes: document.nodes.map((node) => (node.id === "conv2" ? { ...node, kind: "attention" } : node)),
      }),
    ],
  ];

  it.each(breakages)("gives one diagnostic, and what depends on it is unknown (%s)", (_, breakIt) => {
    const compiled = compile(breakIt(lenet()));
    expect(compiled.diagnostics.map((diagnostic) => diagnostic.nodeId)).toEqual(["conv2"]);
    expect(compiled.program).toBeNull();
    const order = lenet().nodes.map((node) => node.id);
    for (const [nodeId, facts] of compiled.facts) {
      const isKnown = order.indexOf(nodeId) < order.indexOf("conv2");
      expect([nodeId, facts.outputShape !== null, facts.numWeights !== null]).toEqual([nodeId, isKnown, isKnown]);
    }
    // Params that need no shape are shown all the same.
    expect(compiled.facts.get("fc1")?.summary).toBe("128 units");
  });

  it("in a net under construction: the gap only, not the layers on both sides of it", () => {
    const cut = applied(lenet(), [
      { type: "deleteEdges", edges: lenet().edges.filter((edge) => edge.to.node === "relu2") },
    ]);
    const [gap] = compile(cut).diagnostics;
    expect(codes(compile(cut))).toEqual(["LS106"]);
    expect(gap).toMatchObject({ nodeId: "relu2", port: "in", fix: { label: "Connect bn2" } });
  });

  it("comes in program order where there are several", () => {
    const broken = applied(lenet(), [
      { type: "setParams", nodeId: "bn2", params: { momentum: 2 } },
      { type: "setParams", nodeId: "conv1", params: { filters: 0 } },
      { type: "setParams", nodeId: "fc2", params: { units: "ten" } },
    ]);
    expect(compile({ ...broken, nodes: [...broken.nodes].reverse() }).diagnostics.map((each) => each.nodeId)).toEqual([
      "conv1",
      "bn2",
      "fc2",
    ]);
  });
});

describe("cycles", () => {
  const ring = (size: number): LayerscopeDocument => ({
    ...newDocument(),
    nodes: Array.from({ length: size }, (_, index) => ({
      id: `r${index}`,
      kind: "relu",
      name: `r${index}`,
      params: {},
      position: { x: 0, y: 0 },
    })),
    edges: Array.from({ length: size }, (_, index) => ({
      from: { node: `r${index}`, port: "out" },
      to: { node: `r${(index + 1) % size}`, port: "in" },
    })),
  });

  it("are named once each, a node that feeds itself too", () => {
    const one = compile(ring(1)).diagnostics.filter((diagnostic) => diagnostic.code === "LS105");
    expect(one.map((diagnostic) => diagnostic.message)).toEqual(["1 layer feeds itself: r0 → r0. Delete an edge."]);
    const nine = compile(ring(9)).diagnostics.filter((diagnostic) => diagnostic.code === "LS105");
    expect(nine.map((diagnostic) => diagnostic.message)).toEqual([
      "9 layers feed each other in a cycle: r0 → r1 → r2 → … → r7 → r8 → r0. Delete an edge.",
    ]);
  });

  it("and chains of ten thousand layers are no problem", () => {
    expect(codes(compile(ring(10_000)))).toContain("LS105");
    const long: NodeSketch[] = Array.from({ length: 100 }, (_, index) => ["relu", `relu${index}`]);
    expect(
      codes(
        compile(
          chain(["input", "input", { shape: [784] }], ...long, ["dense", "fc1", { units: 10 }], ["output", "output"]),
        ),
      ),
    ).toEqual([]);
  });
});

describe("any document", () => {
  const wellFormed = (document: LayerscopeDocument): void => {
    const compiled = compile(document);
    expect([...compiled.facts.keys()].sort()).toEqual([...new Set(document.nodes.map((node) => node.id))].sort());
    const hasError = compiled.diagnostics.some((diagnostic) => diagnostic.severity === "error");
    expect(compiled.program === null).toBe(hasError);
    for (const diagnostic of compiled.diagnostics) {
      expect(diagnostic.message).toMatch(/\.$/);
      if (diagnostic.nodeId !== null) expect(compiled.facts.has(diagnostic.nodeId)).toBe(true);
    }
    const done = new Set<string>();
    for (const layer of compiled.program?.layers ?? []) {
      for (const producer of layer.inputs) expect(done.has(producer)).toBe(true);
      done.add(layer.nodeId);
    }
  };

  it("compiles without a throw, to a program or to errors", () => {
    fc.assert(fc.property(anyDocument, wellFormed), { numRuns: 200 });
    fc.assert(fc.property(chainDocument, wellFormed), { numRuns: 200 });
  });

  it("compiles after an edit to what it would compile to on its own", () => {
    const seen = (document: LayerscopeDocument) => {
      const { program, diagnostics, facts, dataset } = compile(document, { plan: false });
      return { program, diagnostics, facts: [...facts], dataset };
    };
    const sharesNodes = (before: LayerscopeDocument, other: LayerscopeDocument): void => {
      seen(before);
      const { edges, dataset, training } = other;
      // Other nodes with the very same params.
      const renamed = before.nodes.map((node) => ({ ...node, name: `${node.name}.` }));
      const moved = before.nodes.map((node) => ({ ...node, position: { x: node.position.x + 4, y: node.position.y } }));
      const kinds = before.nodes.map((node, index) => ({
        ...node,
        kind: before.nodes.at(index - 1)?.kind ?? node.kind,
      }));
      const nodeChanges = [{ nodes: moved }, { nodes: renamed }, { nodes: kinds }];
      for (const change of [{ edges, training }, { dataset }, ...nodeChanges]) {
        const after = { ...before, ...change };
        expect(seen(after)).toEqual(seen(structuredClone(after)));
      }
    };
    fc.assert(fc.property(anyDocument, anyDocument, sharesNodes), { numRuns: 80 });
    fc.assert(fc.property(chainDocument, chainDocument, sharesNodes), { numRuns: 40 });
  });

  it("keeps what it knows of nodes that an edit does not reach, whatever the dataset", () => {
    const generated = { source: "generated", pattern: "spiral", count: 1000, noise: 0.1, seed: 1, classes: 2 } as const;
    const points = chain(
      ["input", "input", { shape: [2] }],
      ["dense", "fc1", { units: 8 }],
      ["relu", "relu1"],
      ["dense", "fc2", { units: 4 }],
      ["batchNorm", "bn2"],
      ["dense", "fc3", { units: 2 }],
      ["output", "output"],
    );
    for (const [document, conv] of [
      [{ ...points, dataset: generated }, "fc1"],
      [lenet(), "conv1"],
    ] as const) {
      const before = compile(document, { plan: false });
      const params = conv === "fc1" ? { units: 9 } : { filters: 21 };
      const after = compile(applied(document, [{ type: "setParams", nodeId: conv, params }]), { plan: false });
      const kept = [...before.facts.keys()].filter((nodeId) => after.facts.get(nodeId) === before.facts.get(nodeId));
      expect(kept).toEqual(
        conv === "fc1"
          ? ["input", "bn2", "fc3", "output"]
          : ["input", "bn2", "relu2", "pool2", "flatten", "fc1", "dropout1", "fc2", "output"],
      );
    }
  });

  it("knows what feeds a node after it was connected to another one of the same shape", () => {
    const input: NodeSketch = ["input", "input", { shape: [784] }];
    const before = chain(input, ["relu", "a"], ["relu", "b"], ["dense", "fc", { units: 10 }], ["output", "output"]);
    compile(before, { plan: false });
    const rewired = applied(before, [
      { type: "deleteNodes", nodeIds: ["b"] },
      { type: "connectPorts", from: { node: "a", port: "out" }, to: { node: "fc", port: "in" } },
    ]);
    const { program } = compile(rewired, { plan: false });
    expect(program?.layers.map(({ nodeId, inputs }) => [nodeId, inputs])).toEqual([
      ["input", []],
      ["a", ["input"]],
      ["fc", ["a"]],
      ["output", ["fc"]],
    ]);
  });

  it("has fixes that apply and remove their diagnostic", () => {
    const identity = ({ code, nodeId, message, edge }: Diagnostic): string =>
      JSON.stringify([code, nodeId, message, edge]);
    const mends = (document: LayerscopeDocument): void => {
      for (const diagnostic of compile(document).diagnostics) {
        if (diagnostic.fix === null) continue;
        const mended = applyCommands(document, diagnostic.fix.commands);
        if (!mended.ok)
          throw new Error(`${diagnostic.message} ${diagnostic.fix.label}: ${JSON.stringify(mended.error)}`);
        expect(compile(mended.value).diagnostics.map(identity)).not.toContain(identity(diagnostic));
      }
    };
    fc.assert(fc.property(documentWithUniqueIds, mends), { numRuns: 200 });
    fc.assert(fc.property(chainDocument, mends), { numRuns: 200 });
  });
});
