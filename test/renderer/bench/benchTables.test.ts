import { describe, expect, it } from "vitest";
import type { InspectedSample } from "../../../engine/protocol.ts";
import {
  channelsTable,
  classesTable,
  confusionTable,
  predictionTable,
  valuesTable,
} from "../../../renderer/bench/benchTables.ts";
import {
  type ClassSorting,
  classScores,
  meanScores,
  sortedScores,
  WORST_FIRST,
} from "../../../renderer/bench/classScores.ts";
import { tableCsv } from "../../../renderer/charts/chartTable.ts";

const conv = { nodeId: "conv1", shape: [2, 2, 2], channels: 2, offset: 0, min: -2, max: 4, nonFinite: 0 };
const fc = { nodeId: "fc1", shape: [3], channels: 3, offset: 8, min: -1, max: 1, nonFinite: 0 };

const inspected: InspectedSample = {
  step: 7,
  mode: "training",
  batchSize: 4,
  index: 0,
  target: [1],
  evaluation: [0.25, 0.75],
  training: [0.5, 0.5],
  stored: new ArrayBuffer(0),
  stores: "bytes",
  sampleShape: [1, 2, 2],
  featureNames: [],
  layers: [conv, fc],
  values: Float32Array.of(0, 0, 2, -2, 1, 1, 4, 2, -1, 0, 1).buffer,
};

describe("numbers of the test bench", () => {
  it("have each map's own moments", () => {
    const { rows } = channelsTable(inspected, conv);
    expect(rows).toEqual([
      [0, 0, Math.SQRT2, -2, 2, 0.5],
      [1, 2, Math.sqrt(1.5), 1, 4, 0],
    ]);
    expect(channelsTable(inspected, fc).rows).toEqual([
      [0, -1],
      [1, 0],
      [2, 1],
    ]);
  });

  it("name each value's place", () => {
    const lines = tableCsv(valuesTable(inspected, conv)).split("\n");
    expect(lines[0]).toBe("channel,row,column,value");
    expect(lines[4]).toBe("0,1,1,-2");
    expect(lines[7]).toBe("1,1,0,4");
  });

  it("tell both modes and the label", () => {
    expect(tableCsv(predictionTable(inspected, ["cat", "dog"]))).toBe(
      "class,probability_evaluation,probability_training,target\ncat,0.25,0.5,0\ndog,0.75,0.5,1\n",
    );
    expect(tableCsv(predictionTable({ ...inspected, training: null, target: [3.5, 4] }, []))).toBe(
      "output,prediction_evaluation,prediction_training,target\ny1,0.25,,3.5\ny2,0.75,,4\n",
    );
  });

  it("have a row of counts and the accuracy for each class", () => {
    expect(tableCsv(confusionTable([3, 1, 0, 0], ["cat", "dog"]))).toBe(
      "label,taken_for_cat,taken_for_dog,accuracy\ncat,3,1,0.75\ndog,0,0,\n",
    );
  });

  it("rank the classes, the worst first, with what each is taken for and how far its name can be trusted", () => {
    const counts = [
      [8, 0, 2],
      [5, 4, 1],
      [0, 0, 0],
    ].flat();
    expect(tableCsv(classesTable(counts, ["cat", "dog", "cow"]))).toBe(
      [
        "class,precision,recall,f1,support,most_often_taken_for,times",
        "cow,0,,0,0,,",
        `dog,1,0.4,${8 / 14},10,cat,5`,
        `cat,${8 / 13},0.8,${16 / 23},10,cow,2`,
        "",
      ].join("\n"),
    );
  });
});

describe("the scores of the classes", () => {
  // Rows: cat, dog, cow, and a class that is neither there nor predicted.
  const counts = [
    [8, 0, 2, 0],
    [5, 4, 1, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ].flat();
  const scores = classScores(counts);

  it("have means as scikit-learn's report has them: over the classes that occur, undefined ones as 0", () => {
    const macro = meanScores(scores, () => 1);
    expect(macro.precision).toBeCloseTo((8 / 13 + 1 + 0) / 3, 12);
    expect(macro.recall).toBeCloseTo((0.8 + 0.4 + 0) / 3, 12);
    expect(macro.f1).toBeCloseTo((16 / 23 + 8 / 14 + 0) / 3, 12);
    const weighted = meanScores(scores, ({ support }) => support);
    expect(weighted.recall).toBeCloseTo(12 / 20, 12);
    expect(weighted.precision).toBeCloseTo((8 / 13 + 1) / 2, 12);
    expect(meanScores(classScores([0]), () => 1)).toEqual({ precision: null, recall: null, f1: null });
  });

  it("are sorted by any column, what has no number last both ways", () => {
    const order = (sorting: ClassSorting) => sortedScores(scores, sorting).map(({ index }) => index);
    expect(order(WORST_FIRST)).toEqual([2, 1, 0, 3]);
    expect(order({ by: "f1", descending: true })).toEqual([0, 1, 2, 3]);
    expect(order({ by: "recall", descending: false })).toEqual([1, 0, 2, 3]);
    expect(order({ by: "recall", descending: true })).toEqual([0, 1, 2, 3]);
    expect(order({ by: "support", descending: true })).toEqual([0, 1, 2, 3]);
    expect(order({ by: "class", descending: true })).toEqual([3, 2, 1, 0]);
  });
});
