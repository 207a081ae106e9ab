/** A trained net that no run has in memory (of a run or a file that was opened from disk), in a trainer of its own: it is asked and does not train. */
import { PROTOCOL_VERSION, type TrainEvent, type TrainRequest } from "../../engine/protocol.ts";
import { getShell } from "../app/shellAccess.ts";
import type { FileOutcome, TrainerConnection } from "../shell/shell.ts";
import { threadsStore } from "./threadsSetting.ts";

interface Opened {
  readonly key: string | number;
  /** null while the net is read. */
  connection: TrainerConnection | null;
  /** Questions that wait for it. */
  readonly waiting: TrainRequest[];
}

/** A net by a key that no other has. */
export interface KeptNetSource {
  readonly key: string | number;
  read(): Promise<FileOutcome<{ readonly text: string }>>;
}

export interface KeptNet {
  /** Asks a net; it is read and opened at the first question. */
  ask(net: KeptNetSource, question: TrainRequest): void;
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

  const open = async (own: Opened, source: KeptNetSource): Promise<void> => {
    const read = await source.read();
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
    ask(source, question) {
      if (opened?.key !== source.key) {
        close();
        opened = { key: source.key, connection: null, waiting: [] };
        void open(opened, source);
      }
      if (opened.connection === null) opened.waiting.push(question);
      else opened.connection.post(question);
    },
    close,
  };
};
