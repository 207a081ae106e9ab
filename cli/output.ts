/** Text to stdout and stderr. A reader that goes away (`| head`) ends the command quietly. */

let readerGone: (() => void) | null = null;
let isGone = false;

/** Must run before the first line is written. */
export const watchStdout = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    isGone = true;
    readerGone?.();
  });
};

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
