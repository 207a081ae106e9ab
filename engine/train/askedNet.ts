/** What the test bench asks: the net of a run as it is at its step, or a trained net from its file. */
import type { Program } from "../compile/compiled.ts";
import type { Dataset } from "../data/dataset.ts";
import { loadModel } from "../export/modelFile.ts";
import type { TrainerHost } from "../host/host.ts";
import { err, ok, type Result } from "../result.ts";
import { misfit } from "./modelNetwork.ts";
import type { NamedTensor, Network } from "./network.ts";

export interface AskedNet {
  readonly program: Program;
  /** With the scaling that the net was trained with. */
  readonly dataset: Dataset;
  readonly training: { readonly seed: number };
  /** Steps done, and those after which the weights were as they are. */
  readonly step: number;
  readonly weightsStep: number;
  /** `threads` null: as many as the machine has; without `build` the fastest. */
  readonly network: {
    readonly threads: number | null;
    readonly build?: Network["build"];
    tensors(): readonly NamedTensor[];
  };
}

/** The net of a model JSON, with the dataset that it was trained on. The error is a sentence. */
export const openNet = async (call: {
  readonly text: string;
  readonly threads: number | null;
  readonly host: TrainerHost;
}): Promise<Result<AskedNet, string>> => {
  const loaded = loadModel(call.text);
  if (!loaded.ok) return err(loaded.error.message);
  const { document, program, preprocessing, tensors, training } = loaded.value;
  const dataset = await call.host.loadDataset(document.dataset);
  if (!dataset.ok) return err(dataset.error.message);
  const message = misfit({ model: loaded.value, dataset: dataset.value });
  if (message !== null) return err(message);
  return ok({
    program,
    dataset: { ...dataset.value, preprocessing },
    training: document.training,
    step: training.steps,
    weightsStep: training.steps,
    network: { threads: call.threads, tensors: () => tensors },
  });
};
