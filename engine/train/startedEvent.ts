/** What a run says of itself before its first step. */
import { PROTOCOL_VERSION, type TrainEvent } from "../protocol.ts";
import type { Session } from "./session.ts";

/** `isResumed`: the run goes on from a checkpoint. */
export const startedEvent = (session: Session, isResumed: boolean): Extract<TrainEvent, { type: "started" }> => {
  const { facts, dataset, network, from } = session;
  return {
    type: "started",
    protocol: PROTOCOL_VERSION,
    totalSteps: facts.totalSteps,
    stepsPerEpoch: facts.stepsPerEpoch,
    epochs: facts.epochs,
    batchSize: facts.batchSize,
    trainCount: dataset.train.count,
    testCount: dataset.test.count,
    threads: network.threads,
    build: network.build,
    memoryBytes: network.memoryBytes,
    datasetName: dataset.name,
    classNames: [...dataset.classNames],
    ...(session.hasTargets ? { hasTargets: true } : {}),
    nodeIds: [...facts.nodeIds],
    ...(isResumed ? { resumedStep: session.step } : {}),
    ...(from === null ? {} : { from: { ...from, anew: [...from.anew] } }),
  };
};
