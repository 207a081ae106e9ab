/** What a user and a trainer do while a document is left. */
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";
import type { FakeShell } from "../fakeShell.ts";

/** Waits until the question stands there and answers it. */
export const answer = async (id: string | null): Promise<string> => {
  for (let tries = 0; tries < 20 && !viewStore.getState().question; tries += 1) await Promise.resolve();
  const { question } = viewStore.getState();
  if (!question) throw new Error("Nothing was asked.");
  question.resolve(id);
  return question.title;
};

/** The trainer answers with weights once it is asked for them. */
export const deliver = async (shell: FakeShell, text: string): Promise<void> => {
  const trainer = shell.trainers.at(-1);
  for (let tries = 0; tries < 20 && trainer?.requests.at(-1)?.type !== "exportModel"; tries += 1) {
    await Promise.resolve();
  }
  const request = trainer?.requests.at(-1);
  if (request?.type !== "exportModel") throw new Error("No weights were asked for.");
  const { requestId } = request;
  trainer?.listener.onEvent({ type: "modelExported", requestId, text, problem: null });
};

/** The trainer answers whether it has written a checkpoint, once it is asked to. */
export const keep = async (shell: FakeShell, problem: string | null = null): Promise<void> => {
  const trainer = shell.trainers.at(-1);
  for (let tries = 0; tries < 20 && trainer?.requests.at(-1)?.type !== "keepRun"; tries += 1) await Promise.resolve();
  const request = trainer?.requests.at(-1);
  if (request?.type !== "keepRun") throw new Error("The trainer was not asked to keep the run.");
  trainer?.listener.onEvent({ type: "runKept", requestId: request.requestId, problem });
};

export const edit = () => documentStore.getState().apply([{ type: "setNotes", notes: "changed" }], "edit notes");
