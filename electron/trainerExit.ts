/** How a trainer's process ended, told apart and put into one sentence. */
import type { TrainerExit } from "./ipcContract.ts";

export interface ProcessEnd {
  readonly exitCode: number;
  /** What Electron's `child-process-gone` said; null when it did not come: the process ended by itself with `exitCode`. */
  readonly gone: { readonly reason: string; readonly exitCode: number } | null;
  readonly stderr: string;
  /** Whether the trainer had said that it is ready. */
  readonly ready: boolean;
}

const signalNames: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};

/** The message of the last JavaScript error on stderr, or its last line; "" when there is none. */
export const lastWords = (stderr: string): string => {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^Node\.js v\d/.test(line));
  const thrown = lines.filter((line) => /^(Uncaught )?\w*Error\b.*:/.test(line)).at(-1);
  return (thrown ?? lines.at(-1) ?? "").slice(0, 300);
};

/** Signals that other programs send; the rest are raised by the process's own faults. */
const isKill = (gone: { reason: string; exitCode: number }): boolean =>
  gone.reason === "killed" || [1, 2, 9, 15].includes(gone.exitCode);

/** The message goes on after `The trainer stopped: `. */
export const classifyTrainerExit = ({ exitCode, gone, stderr, ready }: ProcessEnd): TrainerExit => {
  const words = lastWords(stderr);
  const said = words === "" ? "" : `, last words: ${words}`;
  if (gone?.reason === "oom") return { reason: "crashed", message: "out of memory" };
  if (gone?.reason === "launch-failed") {
    return { reason: "startFailed", message: `its process could not be started (code ${gone.exitCode})` };
  }
  if (gone !== null && gone.reason !== "abnormal-exit" && gone.reason !== "clean-exit") {
    const signal = signalNames[gone.exitCode] ?? `code ${gone.exitCode}`;
    return isKill(gone)
      ? { reason: "killed", message: `killed by the system or another program (${signal})` }
      : { reason: "crashed", message: `crashed (${signal})${said}` };
  }
  return ready
    ? { reason: "crashed", message: `ended with exit code ${exitCode}${said}` }
    : { reason: "startFailed", message: `did not start (exit code ${exitCode})${said}` };
};
