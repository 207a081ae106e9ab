/** Text to stdout and stderr. A reader that goes away (`| head`) ends the command quietly. */
import { systemReason } from "../engine/host/systemReason.ts";

let readerGone: (() => void) | null = null;
let isGone = false;

/** Why stdout takes nothing more, where that is not its reader's wish: its disk is full. */
let refusal: string | null = null;

/** Must run before the first line is written. */
export const watchStreams = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isGone) return;
    isGone = true;
    if (error.code !== "EPIPE") {
      refusal = systemReason(error) ?? error.message;
      writeError(`layerscope: stdout can't be written: ${refusal}.`);
    }
    readerGone?.();
  });
  // There is nowhere left to say it; the exit code does.
  process.stderr.on("error", () => undefined);
};

/** The exit code, unless stdout was refused what it should have held. */
export const exitCodeOf = (code: number): number => (refusal === null ? code : Math.max(code, 1));

/** Called once when nobody reads stdout any more; without it the next lines are dropped. */
export const onReaderGone = (listener: () => void): void => {
  readerGone = listener;
};

export const writeOut = (text: string): void => {
  if (!isGone) process.stdout.write(text);
};

export const writeLine = (line: string): void => writeOut(`${line}\n`);

/** JSON has no NaN or Infinity: they become null. */
export const writeJson = (value: unknown): void => writeLine(JSON.stringify(value));

export const writeError = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
