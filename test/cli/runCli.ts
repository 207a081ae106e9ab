/** Runs the command line as users do: `bin/layerscope.mjs` in a process of its own. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly pid: number | undefined;
  readonly ended: Promise<Outcome>;
  /** Resolves when stdout holds the text. */
  readonly printed: (text: string) => Promise<void>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Closes the reading end of stdout, as `head` does when it has seen enough. */
  readonly closeStdout: () => void;
}

export const startCli = (args: readonly string[], cwd = process.cwd()): RunningCli => {
  const child = spawn(process.execPath, [resolve("bin/layerscope.mjs"), ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const check of [...waiting]) check();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Outcome>((done) => {
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
  return {
    pid: child.pid,
    ended,
    printed: (text) =>
      new Promise((done, failed) => {
        const check = (): void => {
          if (!stdout.includes(text)) return;
          waiting.delete(check);
          done();
        };
        waiting.add(check);
        check();
        void ended.then(() => failed(new Error(`The command ended without printing ${text}:\n${stdout}\n${stderr}`)));
      }),
    signal: (signal) => void child.kill(signal),
    closeStdout: () => child.stdout.destroy(),
  };
};

export const runCli = (args: readonly string[], cwd?: string): Promise<Outcome> => startCli(args, cwd).ended;

/** The JSON objects of stdout, one a line. */
export const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
