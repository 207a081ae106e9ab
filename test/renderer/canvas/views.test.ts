import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { applyCommands, type Command, compile, type LayerscopeDocument, parse } from "../../../engine/index.ts";
import { edgeViews } from "../../../renderer/canvas/edgeViews.ts";
import { type NodeView, nodeViews } from "../../../renderer/canvas/nodeViews.ts";
import { makeRoom } from "../../../renderer/canvas/placement.ts";
import { signatures } from "../../../renderer/canvas/signatures.ts";

const example = (): LayerscopeDocument => {
  const parsed = parse(readFileSync("examples/lenet-bn-avg.layerscope", "utf8"));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
};

const edited = (document: LayerscopeDocument, ...commands: Command[]): LayerscopeDocument => {
  const applied = applyCommands(document, commands);
  if (!applied.ok) throw new Error(JSON.stringify(applied.error));
  return applied.value;
};

const viewsOf = (document: LayerscopeDocument, run: LayerscopeDocument | null = null): ReadonlyMap<string, NodeView> =>
  new Map(nodeViews(document, compile(document), run).map((view) => [view.nodeId, view]));

const plain = (text: string | undefined): string => (text ?? "").replaceAll("\u00a0", " ");

describe("what an edge carries", () => {
  it("is the output of its node, and of a group that repeats that of the last copy", () => {
    const nodeIds = ["bn3", "relu3"];
    const group = { title: "", color: "neutral", nodeIds, repeat: 3 } as const;
    const document = edited(example(), { type: "addGroup", group });
    const compiled = compile(document);
    const edges = edgeViews(document, compiled, nodeViews(document, compiled, null));
    const carried = (from: string) => edges.find(({ edge }) => edge.from.node === from)?.measuredId;
    expect([carried("fc1"), carried("bn3"), carried("relu3"), carried("conv1")]).toEqual([
      ...["fc1", "bn3", "relu3×3", "conv1"],
    ]);
    expect(compiled.program?.layers.map(({ nodeId }) => nodeId)).toContain("relu3×3");
  });
});

describe("what a node shows", () => {
  const views = viewsOf(example());

  it("is what matters for its kind", () => {
    expect(plain(views.get("input")?.facts)).toBe("MNIST, 60,000 images");
    expect(plain(views.get("conv2")?.facts)).toBe("25,050 weights · 2.03 M MACs");
    expect(plain(views.get("bn2")?.facts)).toBe("100 weights, 100 running");
    expect(plain(views.get("relu2")?.facts)).toBe("no weights");
    expect(plain(views.get("pool2")?.facts)).toBe("avg 2×2 · no weights");
    expect(plain(views.get("flatten")?.facts)).toBe("50×4×4 → 800, same values");
    expect(plain(views.get("output")?.facts)).toBe("softmax cross-entropy");
    expect(views.get("conv2")?.shape).toBe("50×9×9");
  });

  it("tells sources, losses and headers apart without knowing a kind", () => {
    const having = (property: "showsSamples" | "isLoss" | "compact") =>
      [...views.values()].filter((view) => view[property]).map((view) => view.nodeId);
    expect(having("showsSamples")).toEqual(["input"]);
    expect(having("isLoss")).toEqual(["output"]);
    expect(having("compact")).toEqual(["flatten"]);
  });

  it("are pictures of samples only where samples are pictures: of a spiral's points mean and std are drawn", () => {
    const parsed = parse(readFileSync("examples/spiral-bn.layerscope", "utf8"));
    if (!parsed.ok) throw new Error("The example does not parse.");
    expect([...viewsOf(parsed.value).values()].filter(({ showsSamples }) => showsSamples)).toEqual([]);
  });

  it("comes in execution order, which is the order of the keyboard", () => {
    expect([...views.keys()].slice(0, 4)).toEqual(["input", "conv1", "bn1", "relu1"]);
  });

  it("says what is unknown behind an error", () => {
    const broken = viewsOf(
      edited(
        example(),
        { type: "deleteNodes", nodeIds: ["flatten"] },
        {
          type: "connectPorts",
          from: { node: "pool2", port: "out" },
          to: { node: "fc1", port: "in" },
        },
      ),
    );
    expect(plain(broken.get("fc1")?.facts)).toBe("128 units · weights unknown");
    expect(broken.get("fc1")?.shape).toBe("?");
    expect(broken.get("fc1")?.diagnostics[0]?.severity).toBe("error");
    expect(broken.get("relu3")?.diagnostics).toEqual([]);
  });

  it("keeps an unknown kind on the canvas with the ports that its edges name", () => {
    const document = example();
    const strange = {
      ...document,
      nodes: document.nodes.map((node) => (node.id === "relu1" ? { ...node, kind: "swish" } : node)),
    };
    const view = viewsOf(strange).get("relu1");
    expect(view).toMatchObject({
      title: "swish",
      family: null,
      inputs: ["in"],
      outputs: ["out"],
      facts: "unknown kind of layer",
    });
  });
});

describe("what was measured", () => {
  const run = example();

  it("is nothing before a run and current while the graph is the same", () => {
    expect(viewsOf(run).get("conv1")?.measured).toBe("none");
    const moved = edited(
      run,
      { type: "moveNodes", positions: { conv1: { x: 5, y: 5 } } },
      {
        type: "renameNode",
        nodeId: "conv1",
        name: "first",
      },
    );
    expect([...viewsOf(moved, run).values()].every(({ measured }) => measured === "current")).toBe(true);
  });

  it("is stale everywhere once other samples are to enter the net", () => {
    const fashion = edited(run, { type: "setDataset", dataset: { source: "fashionMnist" } });
    expect(new Set([...viewsOf(fashion, run).values()].map(({ measured }) => measured))).toEqual(new Set(["stale"]));
    const back = edited(fashion, { type: "setDataset", dataset: run.dataset });
    expect(viewsOf(back, run).get("output")?.measured).toBe("current");
    const augmentation = { horizontalFlip: false, shift: 2, crop: 0 };
    const augmented = edited(run, { type: "setTraining", training: { augmentation } });
    expect(viewsOf(augmented, run).get("input")?.measured).toBe("stale");
    const faster = edited(run, { type: "setTraining", training: { learningRate: 1 } });
    expect(viewsOf(faster, run).get("output")?.measured).toBe("current");
  });

  it("is stale from the edited node on, and current before it", () => {
    const changed = viewsOf(edited(run, { type: "setParams", nodeId: "conv2", params: { filters: 51 } }), run);
    expect(changed.get("pool1")?.measured).toBe("current");
    expect(changed.get("conv2")?.measured).toBe("stale");
    expect(changed.get("output")?.measured).toBe("stale");
  });

  it("is nothing for a node that the run does not have", () => {
    const edge = run.edges.find(({ to }) => to.node === "relu2");
    if (edge === undefined) throw new Error("no edge");
    const inserted = edited(run, { type: "insertNodeOnEdge", edge, kind: "dropout" });
    const views = viewsOf(inserted, run);
    const added = [...views.values()].find(({ kind }) => kind === "dropout");
    expect(added?.measured).toBe("none");
    expect(views.get("relu2")?.measured).toBe("stale");
  });

  it("does not depend on the order of params in the file, and ends on cycles", () => {
    const turned = {
      ...run,
      nodes: run.nodes.map((node) => ({ ...node, params: Object.fromEntries(Object.entries(node.params).reverse()) })),
    };
    expect(signatures(turned)).toEqual(signatures(run));
    const cyclic = {
      ...run,
      edges: [...run.edges, { from: { node: "relu1", port: "out" }, to: { node: "conv1", port: "in" } }],
    };
    expect(signatures(cyclic).size).toBe(run.nodes.length);
    expect(signatures(cyclic).get("conv1")).not.toBe(signatures(run).get("conv1"));
  });
});

describe("edges", () => {
  const of = (document: LayerscopeDocument) => {
    const compiled = compile(document);
    return edgeViews(document, compiled, nodeViews(document, compiled, null));
  };

  it("carry the shape of what feeds them, and the error that they cause", () => {
    const views = of(example());
    expect(views).toHaveLength(14);
    expect(views.find(({ edge }) => edge.to.node === "fc1")?.shape).toBe("800");
    const broken = of(
      edited(
        example(),
        { type: "deleteNodes", nodeIds: ["flatten"] },
        {
          type: "connectPorts",
          from: { node: "pool2", port: "out" },
          to: { node: "fc1", port: "in" },
        },
      ),
    );
    expect(broken.find(({ edge }) => edge.to.node === "fc1")?.diagnostic?.severity).toBe("error");
    expect(broken.find(({ edge }) => edge.to.node === "bn3")?.diagnostic).toBeNull();
  });

  it("without both ends are left to the diagnostics", () => {
    const document = example();
    const dangling = {
      ...document,
      edges: [...document.edges, { from: { node: "gone", port: "out" }, to: { node: "fc1", port: "in" } }],
    };
    expect(of(dangling)).toHaveLength(14);
  });

  it("go around a node in their way", () => {
    const document = edited(example(), {
      type: "connectPorts",
      from: { node: "conv1", port: "out" },
      to: { node: "relu1", port: "in" },
    });
    expect(of(document).find(({ edge }) => edge.to.node === "relu1")?.obstructed).toBe(true);
    expect(of(document).find(({ edge }) => edge.to.node === "bn1")?.obstructed ?? false).toBe(false);
  });
});

describe("after an edit", () => {
  const shown = (document: LayerscopeDocument, run: LayerscopeDocument | null) => {
    const compiled = compile(document, { plan: false });
    const nodes = nodeViews(document, compiled, run);
    return { nodes, edges: edgeViews(document, compiled, nodes) };
  };
  const run = example();
  const generated = { source: "generated", pattern: "moons", count: 500, noise: 0.1, seed: 1 } as const;
  const [conv1, bn1, relu1] = ["conv1", "bn1", "relu1"];
  const edits: readonly (readonly Command[])[] = [
    [{ type: "setParams", nodeId: "conv2", params: { filters: 51 } }],
    [{ type: "renameNode", nodeId: "pool1", name: "smaller" }],
    [{ type: "setBypassed", nodeIds: ["relu3"], bypassed: true }],
    [{ type: "setFolded", nodeIds: ["relu2"], folded: true }],
    // In the way of an edge, and out of it again.
    [{ type: "moveNodes", positions: { relu3: { x: 0, y: 40 } } }],
    [{ type: "moveNodes", positions: { relu3: { x: 2000, y: 40 } } }],
    [{ type: "setDataset", dataset: generated }],
    [{ type: "setDataset", dataset: run.dataset }],
    [
      { type: "deleteNodes", nodeIds: [bn1] },
      { type: "connectPorts", from: { node: conv1, port: "out" }, to: { node: relu1, port: "in" } },
    ],
    [{ type: "setTraining", training: { batchSize: 1 } }],
    // Leaves fc1 with an input that is not flat, and all behind it unknown.
    [
      { type: "deleteNodes", nodeIds: ["flatten"] },
      { type: "connectPorts", from: { node: "pool2", port: "out" }, to: { node: "fc1", port: "in" } },
    ],
    [{ type: "renameNode", nodeId: "fc1", name: "unknown" }],
    // Two that nothing is known of.
    [{ type: "setDataset", dataset: { source: "cifar10", directory: "here" } }],
    [{ type: "setDataset", dataset: { source: "idx", directory: "there" } }],
  ];

  it("nodes and edges show what they would show in a document that nothing is known of", () => {
    for (const of of [null, run]) {
      let document = example();
      for (const commands of edits) {
        shown(document, of);
        const before = document;
        document = edited(document, ...commands);
        expect(shown(document, of)).toEqual(shown(structuredClone(document), of));
        // As undo does.
        expect(shown(before, of)).toEqual(shown(structuredClone(before), of));
      }
    }
  });

  it("those that show what they showed are the very same", () => {
    const document = example();
    const before = shown(document, null);
    const after = shown(edited(document, { type: "setParams", nodeId: "conv2", params: { filters: 51 } }), null);
    const same = after.nodes.filter((view, index) => view === before.nodes[index]).map(({ nodeId }) => nodeId);
    expect(same).toEqual(["input", "conv1", "bn1", "relu1", "pool1", "relu3", "fc2", "output"]);
    const sameEdges = after.edges.filter((view, index) => view === before.edges[index]).map(({ edge }) => edge.to.node);
    expect(sameEdges).toEqual(["conv1", "bn1", "relu1", "pool1", "fc2", "output"]);
    // Wherever they stand.
    const again = shown(document, null);
    const moved = edited(document, { type: "moveNodes", positions: { conv2: { x: 2000, y: 40 } } });
    expect(shown(moved, null).nodes.every((view, index) => view === again.nodes[index])).toBe(true);
  });
});

describe("a fix that inserts a node", () => {
  it("pushes down what it would cover", () => {
    const document = example();
    const edge = document.edges.find(({ to }) => to.node === "relu2");
    if (edge === undefined) throw new Error("no edge");
    const inserted = edited(document, { type: "insertNodeOnEdge", edge, kind: "dropout" });
    const positions = makeRoom(document, inserted);
    expect(positions.relu2?.y).toBeGreaterThan(document.nodes.find(({ id }) => id === "relu2")?.position.y ?? 0);
    expect(positions.conv2).toBeUndefined();
  });
});
