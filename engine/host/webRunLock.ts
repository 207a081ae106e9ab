/** Which runs a worker of this origin is at work on, whatever tab it belongs to: its lock ends with it, though a moment later. */

const PATIENCE_MS = 500;

const request = <T>(runId: string, mode: LockMode, whileHeld: () => T | Promise<T>): Promise<T | null> =>
  navigator.locks
    .request(`layerscope.run.${runId}`, { mode, signal: AbortSignal.timeout(PATIENCE_MS) }, whileHeld)
    .catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "TimeoutError") return null;
      throw error;
    });

/** Holds a run until it is released, or the worker ends; null: another one holds it. */
export const holdRun = (runId: string): Promise<(() => void) | null> =>
  new Promise((resolve, reject) => {
    request(runId, "exclusive", () => new Promise<true>((release) => resolve(() => release(true)))).then(
      (held) => held === null && resolve(null),
      reject,
    );
  });

export const isRunHeld = async (runId: string): Promise<boolean> =>
  (await request(runId, "shared", () => true)) === null;
