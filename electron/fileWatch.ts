/** Notices that other programs have written, replaced or removed files that are open. Polled: that works on every file system. */
import { stat } from "node:fs/promises";

const POLL_MS = 2000;

/** Many programs save by removing the file and writing a new one: it is gone only if it stays away. */
const GONE_AFTER_MS = 500;

export interface FileWatch {
  /** Looks at the files now. */
  look(): Promise<void>;
  stop(): void;
}

const GONE = "gone";

const signatureOf = async (file: string): Promise<string> => {
  const found = await stat(file).catch(() => null);
  return found === null ? GONE : `${found.ino} ${found.size} ${found.mtimeMs}`;
};

/** Calls `onTouched` with a file of `files()` that no longer is as it was when it was first looked at or last reported. */
export const createFileWatch = (call: {
  readonly files: () => readonly string[];
  readonly onTouched: (file: string) => void;
}): FileWatch => {
  const known = new Map<string, string>();
  let looking = false;

  const lookAt = async (file: string): Promise<void> => {
    let signature = await signatureOf(file);
    if (signature === GONE && known.get(file) !== GONE) {
      await new Promise((resolve) => setTimeout(resolve, GONE_AFTER_MS));
      signature = await signatureOf(file);
    }
    const before = known.get(file);
    known.set(file, signature);
    if (before !== undefined && before !== signature) call.onTouched(file);
  };
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const files = new Set(call.files());
    for (const file of known.keys()) if (!files.has(file)) known.delete(file);
    await Promise.all([...files].map(lookAt));
    looking = false;
  };

  const timer = setInterval(() => void look(), POLL_MS);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
};
