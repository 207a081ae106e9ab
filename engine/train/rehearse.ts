/**
 * A few steps that nobody sees, before the first run. They compile what a run needs: V8 compiles each kernel when it is first called and
 * again, better, when it is called often, and does the same with the JavaScript that lays a net out.
 */
import { type Dataset, limitTraining } from "../data/dataset.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import type { Host } from "../host/host.ts";
import { compileKernels } from "../kernels/loadKernels.ts";
import { createSession } from "./createSession.ts";

const NUM_STEPS = 6;
/** As many as the kernels that work by groups of samples take. */
const MAX_BATCH_SIZE = 64;

/** Rehearses a document on the first samples until done or `isCancelled`. Returns what must be kept until the run, or what it compiled is lost. */
export const rehearse = async (call: {
  readonly document: LayerscopeDocument;
  readonly dataset: Dataset;
  readonly host: Host;
  readonly threads: number | null;
  readonly isCancelled: () => boolean;
}): Promise<unknown> => {
  const { host, threads, isCancelled } = call;
  // The same bytes give the same compiled code while a module of them is held.
  const kernels = await compileKernels(host, null);
  const { training } = call.document;
  const batchSize = Math.min(training.batchSize, MAX_BATCH_SIZE);
  const document = { ...call.document, training: { ...training, batchSize } };
  const dataset = limitTraining(call.dataset, batchSize * NUM_STEPS);
  const session = await createSession({ document, dataset, host, threads });
  if (!session.ok) return kernels;
  for (let step = 0; step < NUM_STEPS && !isCancelled(); step++) {
    if (session.value.phase !== "training") break;
    session.value.advance({ measure: step % 2 === 0 });
    session.value.encodeMeasuredFrame();
    await host.yieldToMessages();
  }
  const computeThreads = session.value.network.threads - 1;
  session.value.dispose();
  host.bootThreads(computeThreads);
  return kernels;
};
