/** A dense layer whose weights no cache holds beside small batches: computed by channels, so that each task reads its own weights only. */
import { expect, it } from "vitest";
import { lower } from "../../../engine/compile/lower.ts";
import { chain } from "../compile/documents.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { dataOf, networkOf, normalValues, programOf } from "./nets.ts";

const INPUTS = 12;
/** fc2 has 1,060,800 bytes of weights. */
const document = chain(
  ["input", "input", { shape: [INPUTS] }],
  ["dense", "fc1", { units: 1020 }],
  ["relu", "relu1"],
  ["dense", "fc2", { units: 260 }],
  ["relu", "relu2"],
  ["dropout", "drop2", { rate: 0.25 }],
  ["dense", "classes", { units: 4 }],
  ["output", "output"],
);

const settingsOf = (batchSize: number) => {
  const labels = Array.from({ length: batchSize }, (_, n) => n % 4);
  const data = dataOf([INPUTS], normalValues(batchSize * INPUTS, 3), labels);
  return { program: programOf(document, batchSize), data, seed: 5 };
};

it("is split by channels in training and evaluation where tasks have few rows", () => {
  const domainsOf = (batchSize: number) => {
    const options = { optimizer: "sgd", clips: false, seed: 1, sampleShape: [INPUTS], floats: true } as const;
    const { training, evaluation } = lower(programOf(document, batchSize), options);
    return [training, evaluation].map(
      (operations) => operations.find(({ nodes, pass }) => nodes[0] === "fc2" && pass === "forward")?.domain.type,
    );
  };
  expect(domainsOf(64)).toEqual(["channels", "channels"]);
  expect(domainsOf(96)).toEqual(["rows", "rows"]);
});

it.each(["relaxed-simd", "simd"] as const)("trains as in float64 on the %s build", async (build) => {
  await expectSameAsReference({ ...settingsOf(9), build }, "classes");
});

it("trains to the same bits on any number of threads", async () => {
  const settings = settingsOf(18);
  const trained = async (threads: number): Promise<string> => {
    const network = await networkOf({ ...settings, threads });
    const indices = Uint32Array.from({ length: 18 }, (_, n) => n);
    const losses = [1, 2, 3].map(
      (step) => network.trainStep({ indices, step, learningRate: 0.1, measure: false }).loss,
    );
    const bits = network
      .tensors()
      .map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"));
    network.dispose();
    return [...losses, ...bits].join();
  };
  const [one, ...others] = [await trained(1), await trained(2), await trained(3)];
  expect(others).toEqual([one, one]);
});
