/** Dense layers as large as a square matrix product: what the kernels reach where nothing is small. */
import { compile, parse } from "../../engine/index.ts";
import { type BenchNet, randomData } from "./benchNets.ts";
import text from "./matrix-512.layerscope?raw";

export const MATRIX_SIZE = 512;

/** Its layer "square" has all three products of that size. */
export const loadMatrixNet = (): Pick<BenchNet, "document" | "program" | "data"> => {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error("The benchmark's dense layers do not parse.");
  const sampleShape = [MATRIX_SIZE];
  const facts = { sampleShape, numClasses: 10, trainCount: MATRIX_SIZE };
  const { program } = compile(parsed.value, { dataset: facts });
  if (program === null) throw new Error("The benchmark's dense layers do not compile.");
  return { document: parsed.value, program, data: randomData(sampleShape) };
};
