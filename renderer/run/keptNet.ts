/** The net of a run that was opened from disk, in a trainer of its own: it is asked and does not train. */
import { PROTOCOL_VERSION, type TrainEvent, type TrainRequest } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import type { TrainerConnection } from "../shell/shell.ts";
import { threadsStore } from "./threadsSetting.ts";

interface Opened {
  readonly runId: string;
  /** null while the net is read. */
  connection: TrainerConnection | null;
  /** Questions that wait for it. */
  readonly waiting: TrainRequest[];
}

export interface KeptNet {
  /** Asks the net of a run that is kept; it is opened at the first question. */
  ask(runId: string, question: TrainRequest): void;
  close(): void;
}

export const createKeptNet = (call: {
  readonly onEvent: (event: TrainEvent) => void;
  /** There is no net any more: none of the questions will be answered. */
  readonly onProblem: (problem: string) => void;
}): KeptNet => {
  let opened: Opened | null = null;

  const close = (): void => {
    opened?.connection?.kill();
    opened = null;
  };

  const fail = (problem: string): void => {
    close();
    call.onProblem(problem);
  };

  const open = async (own: Opened): Promise<void> => {
    const read = await getShell().runs.readModel(own.runId);
    if (own !== opened) return;
    if (read.status !== "done") return fail(read.status === "failed" ? read.problem.message : "The net was not read.");
    const { threads } = threadsStore.getState();
    const connection = getShell().startTrainer({
      onEvent: (event) => {
        if (own === opened) call.onEvent(event);
      },
      onExit: (exit) => {
        if (own === opened) fail(`The trainer has ended: ${exit.message}`);
      },
    });
    own.connection = connection;
    connection.post({ type: "openNet", protocol: PROTOCOL_VERSION, text: read.value.text, threads });
    for (const question of own.waiting.splice(0)) connection.post(question);
  };

  return {
    ask(runId, question) {
      if (opened?.runId !== runId) {
        close();
        opened = { runId, connection: null, waiting: [] };
        void open(opened);
      }
      if (opened.connection === null) opened.waiting.push(question);
      else opened.connection.post(question);
    },
    close,
  };
};
