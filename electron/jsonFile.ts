import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { writeFileAtomically } from "./atomicWrite.ts";

/** A small JSON file of the app's own, read once, written atomically, one write after the other. */
export interface JsonFile<T> {
  read(): Promise<T>;
  update(change: (value: T) => T): Promise<void>;
  /** Resolves when every write under way has ended, well or not. */
  settled(): Promise<void>;
}

/** A file that is missing, damaged or of another version counts as `initial`: nothing in it is worth stopping the app for. */
export const createJsonFile = <T>(file: string, schema: z.ZodType<T>, initial: T): JsonFile<T> => {
  let loading: Promise<T> | null = null;
  let lastWrite: Promise<void> = Promise.resolve();

  const load = async (): Promise<T> => {
    try {
      const parsed = schema.safeParse(JSON.parse(await readFile(file, "utf8")));
      return parsed.success ? parsed.data : initial;
    } catch {
      return initial;
    }
  };
  const read = (): Promise<T> => {
    loading ??= load();
    return loading;
  };

  return {
    read,
    update(change) {
      const write = lastWrite.then(async () => {
        const value = change(await read());
        loading = Promise.resolve(value);
        await writeFileAtomically(file, `${JSON.stringify(value, null, 2)}\n`);
      });
      // A failed write is told to its caller and does not hold up the next one.
      lastWrite = write.catch(() => undefined);
      return write;
    },
    settled: () => lastWrite,
  };
};
