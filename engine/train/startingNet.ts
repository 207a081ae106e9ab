/** What a run takes of the trained net that it starts from. */
import type { Program } from "../compile/compiled.ts";
import { loadModel, type Model } from "../export/modelFile.ts";
import { describeAnew, type LayerFit, layerFit, type StartedFrom, tensorsOf } from "../export/startingNet.ts";
import type { Host } from "../host/host.ts";
import type { NamedTensor } from "../layer.ts";
import type { TrainRequest } from "../protocol.ts";
import { err, ok, type Result } from "../result.ts";
import { hashTensors } from "./sha256.ts";

export interface StartingWeights {
  readonly from: StartedFrom;
  readonly fit: LayerFit;
  /** Weights and state of the layers that fit, for `Network.setTensors`. */
  readonly tensors: readonly NamedTensor[];
}

/** The error is a sentence: no layer of the program takes any. `name`: of the file. */
export const startingWeights = async (
  program: Program,
  { name, model }: { readonly name: string; readonly model: Model },
  host: Pick<Host, "sha256">,
): Promise<Result<StartingWeights, string>> => {
  const fit = layerFit(program, model);
  if (fit.taken.length === 0) {
    const [first] = fit.anew;
    const why = first === undefined ? "It has no layer with weights." : `"${first.name}" ${describeAnew(first, name)}.`;
    return err(`No layer of the graph takes its weights from ${name}. ${why}`);
  }
  const anew = fit.anew.map(({ nodeId }) => nodeId);
  const from = { name, weightsHash: await hashTensors(model.tensors, host), anew };
  return ok({ from, fit, tensors: tensorsOf(program, fit.taken, model.tensors) });
};

/** The trained net that a run is asked to start from; null: none. The error is a sentence. */
export const requestedNet = (
  from: Extract<TrainRequest, { type: "start" }>["from"],
): Result<{ readonly name: string; readonly model: Model } | null, string> => {
  if (from === undefined) return ok(null);
  const model = loadModel(from.text);
  if (model.ok) return ok({ name: from.name, model: model.value });
  return err(`The run can't start from ${from.name}: ${model.error.message}`);
};
