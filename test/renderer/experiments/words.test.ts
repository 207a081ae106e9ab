import { describe, expect, it } from "vitest";
import { nodesWords, numberWords, valuesWords, valueWords } from "../../../renderer/experiments/axisWords.ts";
import { placeEndLabels } from "../../../renderer/experiments/endLabels.ts";
import { heldFixed, progressLines } from "../../../renderer/experiments/studyFacts.ts";
import { studyOf } from "./studyOf.ts";

const nodes = ["bn1", "bn2", "bn3", "relu4", "fc"].map((name) => ({
  ...{ id: `id-${name}`, kind: "relu", name, params: {}, position: { x: 0, y: 0 } },
}));

describe("the words of axes", () => {
  it("write small numbers in full as far as anyone reads them", () => {
    expect([1, 0.5411695, 0.0857696, 0.000341455, 0.0001, 1e-7, 128, 0.001].map(numberWords)).toEqual([
      ...["1", "0.541", "0.0858", "0.000341", "0.0001", "1e−7", "128", "0.001"],
    ]);
  });

  it("name nodes that count up as a stretch", () => {
    expect(nodesWords(nodes, ["id-bn1", "id-bn2", "id-bn3"])).toBe("bn1 to bn3");
    expect(nodesWords(nodes, ["id-bn1", "id-bn3"])).toBe("bn1 and bn3");
    expect(nodesWords(nodes, ["id-fc"])).toBe("fc");
    expect(nodesWords(nodes, ["id-bn1", "id-bn3", "id-relu4", "id-fc"])).toBe("bn1, bn3 and 2 more");
  });

  it("say what an axis goes through, by the names that the study gives", () => {
    const scales = { vary: "initializerScale", values: { from: 1, to: 0.0001, count: 16, scale: "log" } } as const;
    expect(valuesWords(scales, new Array(16).fill(1))).toBe("16 values, 1 to 0.0001, log");
    const named = { vary: "batchSize" as const, values: [5, 50], names: ["small", "large"] };
    expect(valuesWords(named, [5, 50])).toBe("small, large");
    expect(
      valueWords({ vary: "initializer", values: [{ name: "normal", std: 0.02 }] }, { name: "normal", std: 0.02 }),
    ).toBe("Normal 0.02");
    expect(valueWords({ vary: "bypass", nodes: ["bn1"], values: [false, true] }, true)).toBe("bypassed");
  });
});

describe("the words of a study", () => {
  it("tell what is held fixed, and leave out what is varied", () => {
    const { model } = studyOf({
      trainSamples: 1000,
      testSamples: 500,
      training: { epochs: 20, batchSize: 100, learningRate: 0.01 },
      axes: [{ vary: "learningRate", values: [0.1, 0.2] }],
    });
    expect(heldFixed(model).map(({ title, text }) => `${title}: ${text}`)).toEqual([
      "Data: MNIST, first 1,000 to train, 500 to test samples",
      "Layers: 6 × Dense, 5 × BatchNorm, 5 × ReLU",
      "Optimizer: SGD, batch 100",
      "Length: 20 epochs",
      "Seed: 1: same start, same batches",
    ]);
  });

  it("tell of a range test, and of the batch where the optimizer is varied", () => {
    const words = (call: Parameters<typeof studyOf>[0]) =>
      heldFixed(studyOf(call).model).map(({ title, text }) => `${title}: ${text}`);
    const range = words({
      ...{ measure: "learningRateRange", trainSamples: 3000, testSamples: 0 },
      ...{
        training: { learningRate: 10, batchSize: 100 },
        axes: [{ vary: "normalization", values: ["batch", "none"] }],
      },
    });
    expect(range).toContain("Data: MNIST, first 3,000 to train, none to test");
    expect(range).toContain("Optimizer: SGD rate up to 10, batch 100");
    // The document has BatchNorm, the runs have what the axis says.
    expect(range).toContain("Layers: 6\u00a0×\u00a0Dense, 5\u00a0×\u00a0normalization, 5\u00a0×\u00a0ReLU");
    const curves = words({ axes: [{ vary: "activation", values: ["relu", "tanh"] }] });
    expect(curves).toContain("Layers: 6\u00a0×\u00a0Dense, 5\u00a0×\u00a0BatchNorm, 5\u00a0×\u00a0activation");
    const race = words({
      training: { batchSize: 100 },
      axes: [
        { vary: "optimizer", values: [{ name: "sgd" }] },
        { vary: "learningRate", values: [0.1] },
      ],
    });
    expect(race).toContain("Batch size: 100");
  });

  it("tell how far it is", () => {
    const { detail } = studyOf({ axes: [{ vary: "seed", values: [1, 2, 3, 4] }] });
    const running = {
      ...detail,
      state: "running" as const,
      numEnded: 1,
      numRunning: 2,
      secondsLeft: 62,
      numDiverged: 1,
    };
    expect(progressLines(running)).toEqual(["2 running on 2 cores, 1:02 left", "1 stopped: loss not finite"]);
    expect(progressLines({ ...running, isHeld: true, secondsLeft: null, numDiverged: 0 })).toEqual([
      "Waits while a run trains in a window",
    ]);
    expect(progressLines({ ...running, state: "paused", numDiverged: 0 })).toEqual(["Paused, 1 run waiting, 2 ending"]);
  });
});

describe("labels at the ends of lines", () => {
  const label = (top: number, bottom = top) => ({ text: "99.1", color: "", line: [top, bottom] as const });

  it("keep off each other and off the other line", () => {
    const [low, high] = placeEndLabels([label(90), label(88)], 0, 100);
    expect(Math.abs((low ?? 0) - (high ?? 0))).toBeGreaterThanOrEqual(11);
    const [upper, lower] = placeEndLabels([label(20), label(40)], 0, 100);
    expect(upper).toBeLessThan(20);
    expect(lower).toBeGreaterThan(40);
  });

  it("stay within the plot, but for the band above it", () => {
    for (const y of [0, 3, 50, 97, 100]) {
      const [place = 0] = placeEndLabels([label(y)], 0, 100);
      expect(place).toBeGreaterThanOrEqual(-11);
      expect(place).toBeLessThanOrEqual(96);
      expect(Math.abs(place - y)).toBeGreaterThanOrEqual(4);
    }
  });
});
