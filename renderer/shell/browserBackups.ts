/**
 * Unsaved documents in a browser, in localStorage: one for each tab, found again when the tab is loaded anew, and by the next tab when the
 * browser was ended. A tab's lock tells the others that it lives.
 */
import { z } from "zod";
import { messageOf } from "../../engine/index.ts";
import type { PageStorage } from "./browserStorage.ts";
import type { DocumentBackup, RestoredDocument } from "./shell.ts";

const TAB_KEY = "layerscope.tab";
const BACKUP_PREFIX = "layerscope.backup.";
/** A page that is being left may hold its lock for a moment. */
const LOCK_WAIT_MS = 300;

const backupSchema = z.strictObject({ fileName: z.string().min(1), at: z.string(), text: z.string() });

/** What is needed of `navigator.locks`. */
interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    granted: (lock: unknown) => Promise<void> | undefined,
  ): Promise<unknown>;
}

export interface BrowserBackups {
  restore(): Promise<RestoredDocument | null>;
  /** Answers with why that failed, or null. */
  backUp(document: DocumentBackup | null): string | null;
}

export const createBrowserBackups = (call: {
  readonly storage: PageStorage;
  /** Of the tab alone; outlives a reload. */
  readonly tabStorage: Pick<Storage, "getItem" | "setItem">;
  /** null: this browser has none, and no tab takes over what another has left. */
  readonly locks: Locks | null;
  readonly now: () => Date;
}): BrowserBackups => {
  const { storage, tabStorage, locks } = call;
  let tab = "";

  /** Holds a lock until the page ends. */
  const hold = (name: string): Promise<boolean> => {
    if (locks === null) return Promise.resolve(true);
    return new Promise((resolve) => {
      locks
        .request(name, { signal: AbortSignal.timeout(LOCK_WAIT_MS) }, () => {
          resolve(true);
          return new Promise<void>(() => undefined);
        })
        .catch(() => resolve(false));
    });
  };
  const isFree = async (name: string): Promise<boolean> => {
    let free = false;
    await locks?.request(name, { ifAvailable: true }, (lock) => {
      free = lock !== null;
      return undefined;
    });
    return free;
  };

  const read = (key: string): z.infer<typeof backupSchema> | null => {
    const text = storage.getItem(key);
    if (text === null) return null;
    try {
      const parsed = backupSchema.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : null;
    } catch {
      // A damaged backup is worth nothing; the next change writes a new one.
      return null;
    }
  };

  /** The newest backup of a tab that is gone becomes this tab's. */
  const takeOver = async (): Promise<void> => {
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "");
    const found = keys.flatMap((key) => {
      const backup = key.startsWith(BACKUP_PREFIX) ? read(key) : null;
      return backup === null ? [] : [{ key, backup }];
    });
    for (const { key, backup } of found.sort((a, b) => (a.backup.at < b.backup.at ? 1 : -1))) {
      if (!(await isFree(key.slice(BACKUP_PREFIX.length)))) continue;
      storage.setItem(BACKUP_PREFIX + tab, JSON.stringify(backup));
      storage.removeItem(key);
      return;
    }
  };

  return {
    async restore() {
      tab = tabStorage.getItem(TAB_KEY) ?? "";
      // A tab that was duplicated has the number of the other, which lives.
      if (tab === "" || !(await hold(tab))) {
        tab = crypto.randomUUID();
        tabStorage.setItem(TAB_KEY, tab);
        await hold(tab);
      }
      if (read(BACKUP_PREFIX + tab) === null) await takeOver();
      const backup = read(BACKUP_PREFIX + tab);
      if (backup === null) return null;
      const { fileName, text } = backup;
      // Browsers give no path to find a file again by: saving asks where.
      return { handle: null, fileName, folder: "", version: null, text, edited: true, net: null, startsFrom: null };
    },

    backUp(document) {
      try {
        if (document === null) storage.removeItem(BACKUP_PREFIX + tab);
        else {
          const backup = { fileName: document.fileName, at: call.now().toISOString(), text: document.text };
          storage.setItem(BACKUP_PREFIX + tab, JSON.stringify(backup));
        }
        return null;
      } catch (error) {
        return messageOf(error);
      }
    },
  };
};
