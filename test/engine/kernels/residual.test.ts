/** A small residual net for CIFAR-10: it compiles to kernels alone, and a step is that of the float64 reference. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import { cifar10 } from "../../../engine/data/datasets.ts";
import { parse } from "../../../engine/document/parse.ts";
import { elementsOf } from "../../../engine/layer.ts";
import { expectSameAsReference } from "./againstReference.ts";
import { dataOf, networkOf, normalValues } from "./nets.ts";

const BATCH = 3;

const read = () => {
  const url = new URL("../../support/documents/residual-cifar10.layerscope", import.meta.url);
  const document = parse(readFileSync(url, "utf8"));
  if (!document.ok) throw new Error(JSON.stringify(document.error));
  return compile(document.value, { dataset: cifar10 });
};

it("a residual net trains by kernels as by the reference", async () => {
  const { program, diagnostics } = read();
  expect(diagnostics).toEqual([]);
  if (program === null) throw new Error("no program");
  const samples = normalValues(BATCH * elementsOf(program.inputShape), 3);
  const settings = { program: { ...program, batchSize: BATCH }, data: dataOf(program.inputShape, samples, [3, 0, 9]) };
  const network = await networkOf(settings);
  expect(network.steps.filter(({ kernel }) => kernel === "reference")).toEqual([]);
  network.dispose();
  await expectSameAsReference(settings, "fc");
});
