/** What trainers were asked and have not answered yet. A trainer that ends answers nothing any more: who asked is told. */
import type { ExplainedNormalization, TrainEvent, TrainRequest } from "../../engine/protocol.ts";

type WithoutId<T> = T extends TrainRequest ? Omit<T, "requestId"> : never;

/** What the test bench asks of the trainer of a run. */
export type BenchQuestion = WithoutId<Extract<TrainRequest, { type: "inspectSample" | "evaluateTest" }>>;
export type BenchAnswer = Extract<TrainEvent, { type: "sampleInspected" | "testEvaluated" }>;

export type ExportOutcome = { readonly text: string } | Unanswered;

interface Unanswered {
  readonly problem: string;
}

interface Asked<Answer> {
  readonly resolve: (answer: Answer | Unanswered) => void;
  readonly onProgress: (done: number, total: number) => void;
}

type Post = (request: TrainRequest) => void;

const NO_REASON = "The trainer gave no reason.";
const silent = (): void => undefined;

export class TrainerQuestions {
  #lastId = 0;
  readonly #exports = new Map<number, Asked<{ readonly text: string }>>();
  readonly #bench = new Map<number, Asked<BenchAnswer>>();
  readonly #keeps = new Map<number, Asked<null>>();
  readonly #explanations = new Map<number, Asked<ExplainedNormalization>>();

  /** The number of a request. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  askExport(post: Post): Promise<ExportOutcome> {
    return this.#ask(this.#exports, silent, (requestId) => post({ type: "exportModel", requestId }));
  }

  /** null: a checkpoint of the run as it is now is written. */
  askKeep(post: Post): Promise<Unanswered | null> {
    return this.#ask(this.#keeps, silent, (requestId) => post({ type: "keepRun", requestId }));
  }

  askBench(question: BenchQuestion, onProgress: Asked<BenchAnswer>["onProgress"], post: Post) {
    return this.#ask(this.#bench, onProgress, (requestId) => post({ ...question, requestId }));
  }

  askExplanation(nodeId: string, set: number, post: Post) {
    return this.#ask(this.#explanations, silent, (requestId) =>
      post({ type: "explainNormalization", requestId, nodeId, set }),
    );
  }

  /** Hands an answer to who asked; other events are nothing to it. */
  receive(event: TrainEvent): void {
    if (event.type === "testProgressed") {
      this.#bench.get(event.requestId)?.onProgress(event.done, event.total);
    } else if (event.type === "sampleInspected" || event.type === "testEvaluated") {
      answer(this.#bench, event.requestId, event);
    } else if (event.type === "modelExported") {
      const { requestId, text, problem } = event;
      answer(this.#exports, requestId, text === null ? { problem: problem ?? NO_REASON } : { text });
    } else if (event.type === "runKept") {
      answer(this.#keeps, event.requestId, event.problem === null ? null : { problem: event.problem });
    } else if (event.type === "normalizationExplained") {
      const { requestId, explanation, problem } = event;
      answer(this.#explanations, requestId, explanation ?? { problem: problem ?? NO_REASON });
    }
  }

  /** None of what was asked will be answered. */
  answerAll(problem: string): void {
    for (const asked of [this.#exports, this.#keeps, this.#explanations, this.#bench]) {
      for (const { resolve } of asked.values()) resolve({ problem });
      asked.clear();
    }
  }

  #ask<Answer>(
    asked: Map<number, Asked<Answer>>,
    onProgress: Asked<Answer>["onProgress"],
    post: (requestId: number) => void,
  ): Promise<Answer | Unanswered> {
    const requestId = this.nextId();
    return new Promise((resolve) => {
      asked.set(requestId, { resolve, onProgress });
      post(requestId);
    });
  }
}

const answer = <Answer>(asked: Map<number, Asked<Answer>>, requestId: number, given: Answer | Unanswered): void => {
  asked.get(requestId)?.resolve(given);
  asked.delete(requestId);
};
