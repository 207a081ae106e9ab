/** A trainer that reads datasets and trains nothing: its requests as promises. */
import type { DatasetReference } from "../../engine/index.ts";
import type { TrainEvent, TrainRequest } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import { placedDataset, placeProblem } from "../document/placedDocument.ts";

type Answer = Extract<TrainEvent, { requestId: number }>;
export type SamplesRead = Extract<TrainEvent, { type: "samplesRead" }>;
export type DatasetOpened = Extract<TrainEvent, { type: "datasetOpened" }>;
export type DownloadFound = Extract<TrainEvent, { type: "downloadFound" }>;
export type DownloadName = DatasetReference["source"] & Extract<TrainRequest, { type: "downloadDataset" }>["dataset"];
export type SampleRequest = Omit<Extract<TrainRequest, { type: "readSamples" }>, "type" | "requestId">;

export interface DatasetConnection {
  /** Rejects with a sentence when the trainer has ended. */
  recognize(path: string): Promise<{ readonly dataset: DatasetReference | null; readonly problem: string | null }>;
  /** Relative paths are looked for beside the open document. Rejects with a sentence where they cannot be. */
  open(dataset: DatasetReference): Promise<DatasetOpened>;
  read(call: SampleRequest): Promise<SamplesRead>;
  /** What is there of a dataset that is published for download. */
  findDownload(name: DownloadName): Promise<DownloadFound>;
  /** Resolves with the problem, one sentence, or null when all is there. Closing the connection stops it; what was received stays. */
  download(
    name: DownloadName,
    onProgress: (receivedBytes: number, totalBytes: number) => void,
  ): Promise<{ readonly problem: string | null }>;
  close(): void;
}

export const connectToDatasets = (): DatasetConnection => {
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  let onProgress: (receivedBytes: number, totalBytes: number) => void = () => undefined;
  const trainer = getShell().startTrainer({
    onEvent: (event) => {
      if (event.type === "downloadProgressed") onProgress(event.receivedBytes, event.totalBytes);
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
      const problem = placeProblem(dataset);
      if (problem !== null) throw new Error(problem);
      const placed = placedDataset(dataset);
      const answer = await request((requestId) => ({ type: "openDataset", requestId, dataset: placed }));
      if (answer.type !== "datasetOpened") throw unexpected(answer);
      return answer;
    },
    async read(call) {
      const answer = await request((requestId) => ({ type: "readSamples", requestId, ...call }));
      if (answer.type !== "samplesRead") throw unexpected(answer);
      return answer;
    },
    async findDownload(dataset) {
      const answer = await request((requestId) => ({ type: "findDownload", requestId, dataset }));
      if (answer.type !== "downloadFound") throw unexpected(answer);
      return answer;
    },
    async download(dataset, listener) {
      onProgress = listener;
      const answer = await request((requestId) => ({ type: "downloadDataset", requestId, dataset }));
      if (answer.type !== "downloadEnded") throw unexpected(answer);
      return answer;
    },
    close: () => trainer.kill(),
  };
};
