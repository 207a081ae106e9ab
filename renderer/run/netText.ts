/** What the page keeps of the text of a trained net: all but the weights themselves, which it has as text. */
import { type LayerWeights, loadModel, type Model, netWeights, type Result } from "../../engine/index.ts";

/** The program follows from the document. */
export type NetFacts = Omit<Model, "tensors" | "program"> & { readonly weights: readonly LayerWeights[] };

/** The error is a sentence. */
export const netFacts = (text: string): Result<NetFacts, string> => {
  const loaded = loadModel(text);
  if (!loaded.ok) return { ok: false, error: loaded.error.message };
  const { tensors: _tensors, program: _program, ...facts } = loaded.value;
  return { ok: true, value: { ...facts, weights: netWeights(loaded.value) } };
};
