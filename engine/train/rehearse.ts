/**
 * A few steps that nobody sees, before the first run. They compile what a run needs: V8 compiles each kernel when it is first called and
 * again, better, when it is called often, and does the same with the JavaScript that lays a net out. The later ones tell how fast this
 * machine trains.
 */
import { compile } from "../compile/compile.ts";
import { SMALL_STEP_WORK, workPerSample } from "../compile/work.ts";
import { type Dataset, factsOf, limitTraining } from "../data/dataset.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import type { Host } from "../host/host.ts";
import { compileKernels } from "../kernels/loadKernels.ts";
import { createSession } from "./createSession.ts";
import type { Session } from "./session.ts";

/** In these V8 compiles most, and every other one is measured. */
const NUM_FIRST_STEPS = 6;
/** So many steps after them are timed, or fewer that take so long. */
const MOST_TIMED_STEPS = 24;
const TIMED_MS = 250;
/** As many as the kernels that work by groups of samples take: enough of a batch to compile them, and a shorter wait. */
const ENOUGH_SAMPLES = 64;

export interface Rehearsal {
  /** Must be kept until the run, or what was compiled is lost. */
  readonly kept: unknown;
  /** A training step: its multiply-adds by `workPerSample`, and how long it takes; null where it was not timed. */
  readonly step: { readonly work: number; readonly seconds: number } | null;
}

/** Rehearses a document on the first samples until done or `isCancelled`. */
export const rehearse = async (call: {
  readonly document: LayerscopeDocument;
  readonly dataset: Dataset;
  readonly host: Host;
  readonly threads: number | null;
  readonly isCancelled: () => boolean;
}): Promise<Rehearsal> => {
  const { host, threads, isCancelled } = call;
  // The same bytes give the same compiled code while a module of them is held.
  const kept = await compileKernels(host, null);
  const { training } = call.document;
  const work = workPerSample(compile(call.document, { plan: false, dataset: factsOf(call.dataset) }));
  // A step of the run that is not small is not made small: it would tell of another class of steps than the one that is asked for.
  const samples = work === null ? ENOUGH_SAMPLES : Math.max(ENOUGH_SAMPLES, Math.ceil(SMALL_STEP_WORK / work));
  const batchSize = Math.min(training.batchSize, samples);
  const document = { ...call.document, training: { ...training, batchSize } };
  const dataset = limitTraining(call.dataset, batchSize * (NUM_FIRST_STEPS + MOST_TIMED_STEPS));
  const session = await createSession({ document, dataset, host, threads });
  if (!session.ok) return { kept, step: null };
  const times = await timedSteps(session.value, host, isCancelled);
  const computeThreads = session.value.network.threads - 1;
  session.value.dispose();
  host.bootThreads(computeThreads);
  const ms = typicalOf(times);
  // A coarse clock may see a small step take no time.
  return {
    kept,
    step: work === null || ms === null || ms <= 0 ? null : { work: work * batchSize, seconds: ms / 1000 },
  };
};

/** Milliseconds of the steps after the first ones; none where it was cut short, while V8 may still compile. */
const timedSteps = async (session: Session, host: Host, isCancelled: () => boolean): Promise<readonly number[]> => {
  const times: number[] = [];
  let numSteps = 0;
  let timedMs = 0;
  while (times.length < MOST_TIMED_STEPS && timedMs < TIMED_MS && !isCancelled() && session.phase !== "ended") {
    const begun = host.now();
    const isTraining = session.phase === "training";
    const isTimed = isTraining && numSteps >= NUM_FIRST_STEPS;
    session.advance({ measure: !isTimed && numSteps % 2 === 0 });
    if (isTimed) {
      const ms = host.now() - begun;
      times.push(ms);
      timedMs += ms;
    } else session.encodeMeasuredFrame();
    if (isTraining) numSteps += 1;
    await host.yieldToMessages();
  }
  return isCancelled() ? [] : times;
};

/** The median of the later half: before it, V8 still compiled. */
const typicalOf = (times: readonly number[]): number | null => {
  const later = times.slice(Math.floor(times.length / 2)).sort((a, b) => a - b);
  return later[Math.floor(later.length / 2)] ?? null;
};
