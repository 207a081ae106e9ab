import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compareDocuments, differingSettings } from "../../../engine/experiments/compareDocuments.ts";
import { type LayerscopeDocument, parse, shortenNumbers } from "../../../engine/index.ts";

const open = (file: string): LayerscopeDocument => {
  const parsed = parse(readFileSync(`examples/${file}.layerscope`, "utf8"));
  if (!parsed.ok) throw new Error(`${file} does not open`);
  return parsed.value;
};
const mlp = open("mlp-bn");

const textsOf = (a: LayerscopeDocument, b: LayerscopeDocument): readonly string[] =>
  compareDocuments(a, b).map(({ text }) => text);
const nodes = (change: (node: LayerscopeDocument["nodes"][number]) => LayerscopeDocument["nodes"][number]) => ({
  ...mlp,
  nodes: mlp.nodes.map(change),
});

describe("two documents", () => {
  test("that train alike differ in nothing", () => {
    expect(compareDocuments(mlp, mlp)).toEqual([]);
    const drawn = nodes((node) => ({ ...node, name: `${node.name} of mine`, position: { x: 1, y: 2 }, folded: true }));
    // A param at its default is the same as one that is left out.
    const spare = nodes((node) => (node.id === "bn1" ? { ...node, params: {} } : node));
    expect(compareDocuments(mlp, { ...drawn, notes: "" })).toEqual([]);
    expect(compareDocuments(mlp, spare)).toEqual([]);
  });

  test("with and without BatchNorm differ in these nodes, and the wiring follows from them", () => {
    expect(textsOf(mlp, open("mlp-plain"))).toEqual(["BatchNorm removed: bn1, bn2, bn3, bn4, bn5"]);
    expect(textsOf(open("mlp-plain"), mlp)).toEqual(["BatchNorm added: bn1, bn2, bn3, bn4, bn5"]);
  });

  test("say what is bypassed, of another kind, and set otherwise, with both values", () => {
    const off = nodes((node) => (node.kind === "batchNorm" ? { ...node, bypassed: true } : node));
    expect(textsOf(mlp, off)).toEqual(["bn1, bn2, bn3, bn4, bn5: bypassed"]);
    expect(textsOf(off, mlp)).toEqual(["bn1, bn2, bn3, bn4, bn5: no longer bypassed"]);
    const layers = nodes((node) => (node.id === "bn2" ? { ...node, kind: "layerNorm", params: {} } : node));
    expect(textsOf(mlp, layers)).toEqual(["bn2: BatchNorm → LayerNorm"]);
    const narrow = nodes((node) =>
      node.id === "fc1" || node.id === "fc3" ? { ...node, params: { ...node.params, units: 50 } } : node,
    );
    expect(compareDocuments(mlp, narrow)).toEqual([
      {
        ...{ about: "param", nodeIds: ["fc1", "fc3"], name: "units", before: "100", after: "50" },
        text: "fc1, fc3: units 100 → 50",
      },
    ]);
  });

  test("say which settings differ", () => {
    const { training } = mlp;
    const adam = { name: "adam", beta1: 0.8, beta2: 0.999, epsilon: 1e-8 } as const;
    const other = { ...mlp, training: { ...training, optimizer: adam, learningRate: 1e-7, clipNorm: 5 } };
    expect(textsOf(mlp, other)).toEqual([
      "optimizer SGD → Adam, beta1 0.8",
      "learning rate 0.1 → 1e−7",
      "clip norm none → 5",
    ]);
    const scaled = { ...mlp, training: { ...training, initializer: { name: "normal", std: 0.25 } as const } };
    expect(textsOf(mlp, scaled)).toEqual(["initializer He normal → Normal, std 0.25"]);
    // Also where the number is the one that the app proposes.
    const proposed = { ...mlp, training: { ...training, initializer: { name: "normal", std: 0.01 } as const } };
    expect(textsOf(mlp, proposed)).toEqual(["initializer He normal → Normal, std 0.01"]);
  });

  test("write numbers with as few digits as tell them apart; what is read by machines has them whole", () => {
    const withStd = (std: number) => ({
      ...mlp,
      training: { ...mlp.training, initializer: { name: "normal", std } as const },
    });
    const differences = compareDocuments(withStd(10 ** -1.5), withStd(10 ** -1.2));
    expect(differences.map(({ text }) => text)).toEqual(["initializer Normal, std 0.0316 → Normal, std 0.0631"]);
    expect(differences.map(({ after }) => after)).toEqual(["Normal, std 0.0630957"]);
    expect(textsOf(withStd(0.25), withStd(0.25002))).toEqual(["initializer Normal, std 0.25 → Normal, std 0.25002"]);
    expect(shortenNumbers(["0.0012345", null, "3×3", "1234567", "0.0015849"])).toEqual([
      ...["0.00123", null, "3×3", "1234567", "0.00158"],
    ]);
    expect(shortenNumbers(["1.23456e-8", "0.5"])).toEqual(["1.23e−8", "0.5"]);
    expect(shortenNumbers(["data/run-0.12345.csv", "run-1.2345", "a 1.2345x"])).toEqual([
      "data/run-0.12345.csv",
      "run-1.2345",
      "a 1.2345x",
    ]);
  });

  test("say which data differ", () => {
    expect(textsOf(mlp, { ...mlp, dataset: { source: "fashionMnist" } })).toEqual(["data MNIST → Fashion-MNIST"]);
    const spiral = { source: "generated", pattern: "spiral", classes: 3, count: 300, noise: 0.2, seed: 1 } as const;
    const noisy = { ...mlp, dataset: { ...spiral, noise: 0.5 } };
    expect(textsOf({ ...mlp, dataset: spiral }, noisy)).toEqual(["data, noise 0.2 → 0.5"]);
  });

  test("say what is wired otherwise among the nodes they share", () => {
    const edges = mlp.edges.map((edge) =>
      edge.to.node === "relu1" ? { ...edge, from: { node: "fc1", port: "out" } } : edge,
    );
    expect(textsOf(mlp, { ...mlp, edges })).toEqual(["bn1 no longer feeds relu1", "fc1 feeds relu1"]);
    const drop = { id: "drop1", kind: "dropout", name: "drop1", params: {}, position: { x: 0, y: 0 } };
    const spliced = {
      ...{ ...mlp, nodes: [...mlp.nodes, drop] },
      edges: mlp.edges.flatMap((edge) =>
        edge.to.node === "fc2"
          ? [
              { from: edge.from, to: { node: "drop1", port: "in" } },
              { from: { node: "drop1", port: "out" }, to: edge.to },
            ]
          : [edge],
      ),
    };
    expect(textsOf(mlp, spliced)).toEqual(["Dropout added: drop1"]);
  });

  test("say how often a group is repeated", () => {
    const group = { id: "g", title: "Block", color: "blue", nodeIds: ["fc2", "bn2"] } as const;
    const [once, thrice] = [group, { ...group, repeat: 3 }].map((one) => ({
      ...mlp,
      groups: [{ ...one, nodeIds: [...one.nodeIds] }],
    }));
    expect(textsOf(once!, thrice!)).toEqual(["Block: repeated 1 → 3 times"]);
  });
});

describe("several documents", () => {
  test("are told apart by what is not the same in all of them", () => {
    const bypass = (...ids: readonly string[]): LayerscopeDocument =>
      nodes((node) => (ids.includes(node.id) ? { ...node, bypassed: true } : node));
    const one = { ...bypass("bn1", "bn2"), training: { ...mlp.training, batchSize: 10 } };
    expect(differingSettings([mlp, one, bypass("bn1", "bn2", "bn3", "bn4", "bn5")])).toEqual([
      { title: "bn1, bn2: bypassed", values: ["off", "on", "on"] },
      { title: "batch size", values: ["100", "10", "100"] },
      { title: "bn3, bn4, bn5: bypassed", values: ["off", "off", "on"] },
    ]);
    expect(differingSettings([mlp, mlp])).toEqual([]);
    expect(differingSettings([open("mlp-plain"), mlp])[0]).toEqual({
      ...{ title: "bn1, bn2 and 3 more", values: [null, "BatchNorm"] },
    });
  });
});
