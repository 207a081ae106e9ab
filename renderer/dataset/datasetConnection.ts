/** A trainer that reads datasets and trains nothing: its requests as promises. */
import type { DatasetReference } from "../../engine/index.ts";
import type { TrainEvent, TrainRequest } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";

type Answer = Extract<TrainEvent, { requestId: number }>;
export type SamplesRead = Extract<TrainEvent, { type: "samplesRead" }>;
export type DatasetOpened = Extract<TrainEvent, { type: "datasetOpened" }>;
export type SampleRequest = Omit<Extract<TrainRequest, { type: "readSamples" }>, "type" | "requestId">;

export interface DatasetConnection {
  /** Rejects with a sentence when the trainer has ended. */
  recognize(path: string): Promise<{ readonly dataset: DatasetReference | null; readonly problem: string | null }>;
  open(dataset: DatasetReference): Promise<DatasetOpened>;
  read(call: SampleRequest): Promise<SamplesRead>;
  close(): void;
}

export const connectToDatasets = (): DatasetConnection => {
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  const trainer = getShell().startTrainer({
    onEvent: (event) => {
      if (!("requestId" in event)) return;
      waiting.get(event.requestId)?.resolve(event);
      waiting.delete(event.requestId);
    },
    onExit: ({ message }) => {
      for (const { reject } of waiting.values()) reject(new Error(`The dataset was not read: ${message}`));
      waiting.clear();
    },
  });
  const request = (make: (requestId: number) => TrainRequest): Promise<Answer> => {
    lastId += 1;
    const requestId = lastId;
    return new Promise((resolve, reject) => {
      waiting.set(requestId, { resolve, reject });
      trainer.post(make(requestId));
    });
  };
  const unexpected = ({ type }: Answer): Error => new Error(`The trainer answered with ${type}.`);
  return {
    async recognize(path) {
      const answer = await request((requestId) => ({ type: "recognizeDataset", requestId, path }));
      if (answer.type !== "datasetRecognized") throw unexpected(answer);
      return answer;
    },
    async open(dataset) {
      const answer = await request((requestId) => ({ type: "openDataset", requestId, dataset }));
      if (answer.type !== "datasetOpened") throw unexpected(answer);
      return answer;
    },
    async read(call) {
      const answer = await request((requestId) => ({ type: "readSamples", requestId, ...call }));
      if (answer.type !== "samplesRead") throw unexpected(answer);
      return answer;
    },
    close: () => trainer.kill(),
  };
};
