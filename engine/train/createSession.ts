import { compile } from "../compile/compile.ts";
import { factsOf, withScaling } from "../data/dataset.ts";
import { networkData } from "../data/networkData.ts";
import { splitValidation } from "../data/splits.ts";
import type { RunFailure } from "../protocol.ts";
import { err, ok, type Result } from "../result.ts";
import { createNetwork, type NetworkOptions } from "./createNetwork.ts";
import { differentDataset, identityOf } from "./datasetIdentity.ts";
import { initialTensors } from "./initializers.ts";
import { createStream } from "./rng.ts";
import { Session, type SessionOptions } from "./session.ts";

/** Compiles the document, checks it against the dataset, and lays the net out with its initial weights. */
export const createSession = async (options: SessionOptions): Promise<Result<Session, RunFailure>> => {
  const { document, host, threads } = options;
  const { program, diagnostics } = compile(document, { dataset: factsOf(options.dataset), numCores: host.numCores });
  if (program === null) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
    const first = errors[0]?.message ?? "The document does not compile.";
    const more = errors.length > 1 ? ` And ${errors.length - 1} more.` : "";
    const isTooLarge = errors.length === 1 && errors[0]?.code === "LS301";
    return err({ reason: isTooLarge ? "outOfMemory" : "invalidDocument", message: first + more });
  }
  const { augmentation, validation } = document.training;
  if (augmentation !== null && !(options.dataset.train.images instanceof Uint8Array)) {
    const message = `${options.dataset.name} has rows of numbers; augmentation needs images. Turn it off.`;
    return err({ reason: "invalidDocument", message });
  }
  const split = splitValidation(options.dataset, validation, createStream(document.training.seed, "validation"));
  if (!split.ok) return err({ reason: "invalidDocument", message: split.error });
  const dataset = withScaling(split.value, program.inputScaling);
  const { resume } = options;
  const different = resume === undefined ? null : differentDataset(resume.dataset, identityOf(dataset));
  if (different !== null) return err({ reason: "datasetUnavailable", message: different });
  const { seed, initializer, optimizer, weightDecay, clipNorm } = document.training;
  const networkOptions: NetworkOptions = {
    program,
    data: networkData(dataset),
    optimizer,
    weightDecay,
    clipNorm,
    seed,
    threads,
    host,
    ...(resume === undefined ? {} : { build: resume.build }),
  };
  const network = await createNetwork(networkOptions);
  if (!network.ok) return err(network.error);
  network.value.setTensors(initialTensors(program, initializer, seed));
  return ok(new Session({ ...options, dataset }, program, network.value, networkOptions));
};
