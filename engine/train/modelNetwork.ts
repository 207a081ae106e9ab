/** A trained net from its file, laid out with a dataset that it fits. */
import type { Dataset } from "../data/dataset.ts";
import { targetWidthOf } from "../data/labels.ts";
import { networkData } from "../data/networkData.ts";
import type { Model } from "../export/modelFile.ts";
import type { Host } from "../host/host.ts";
import { counted, formatShape } from "../layer.ts";
import type { RunFailure } from "../protocol.ts";
import { err, ok, type Result } from "../result.ts";
import { createNetwork } from "./createNetwork.ts";
import type { Network } from "./network.ts";

export interface ModelCall {
  readonly model: Model;
  readonly dataset: Dataset;
  readonly host: Host;
  readonly threads: number | null;
}

/** What keeps the net from taking samples of the dataset, with both numbers; null: nothing. */
export const misfit = ({ model, dataset }: Pick<ModelCall, "model" | "dataset">): string | null => {
  if (formatShape(model.sampleShape) !== formatShape(dataset.shape)) {
    return `The net was trained on samples of ${formatShape(model.sampleShape)}, ${dataset.name} has ${formatShape(dataset.shape)}.`;
  }
  const { numClasses } = model.program;
  if (dataset.classNames.length > numClasses) {
    return `The net tells ${numClasses} classes apart, ${dataset.name} has ${dataset.classNames.length}.`;
  }
  const targetWidth = targetWidthOf(dataset.test.labels);
  if (targetWidth !== null && targetWidth !== numClasses) {
    return `The net predicts ${counted(numClasses, "number")}, the targets of ${dataset.name} have ${targetWidth}.`;
  }
  return null;
};

/** With the scaling that the net was trained with, whatever the dataset's own. */
export const modelNetwork = async (call: ModelCall): Promise<Result<Network, RunFailure>> => {
  const { model, dataset, host } = call;
  const message = misfit(call);
  if (message !== null) return err({ reason: "datasetUnavailable", message });
  const { optimizer, weightDecay, seed } = model.document.training;
  const network = await createNetwork({
    program: model.program,
    data: networkData(dataset, model.preprocessing),
    optimizer,
    weightDecay,
    seed,
    threads: call.threads,
    host,
  });
  if (!network.ok) return network;
  network.value.setTensors(model.tensors);
  return ok(network.value);
};
