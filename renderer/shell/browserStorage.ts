/**
 * What a browser keeps for this page. Where it is set to keep nothing, the very access to `localStorage` throws: then the page has a storage
 * that lasts as long as it does.
 */
export type PageStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

const createMemoryStorage = (): PageStorage => {
  const values = new Map<string, string>();
  return {
    get length() {
      return values.size;
    },
    key: (index) => [...values.keys()][index] ?? null,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
};

const PROBE = "layerscope.probe";

/** null: the browser refuses it. */
const usable = (open: () => PageStorage | null): PageStorage | null => {
  try {
    const storage = open();
    // Some hand it out and refuse to write to it.
    storage?.setItem(PROBE, "");
    storage?.removeItem(PROBE);
    return storage;
  } catch (error) {
    // A full storage can be read, and says so when something is written.
    if (error instanceof DOMException && error.name === "QuotaExceededError") return open();
    return null;
  }
};

export interface BrowserStorage {
  readonly storage: PageStorage;
  /** Of the tab alone; outlives a reload. */
  readonly tabStorage: PageStorage;
  /** Whether `storage` outlives the page. */
  readonly isKept: boolean;
}

export const openBrowserStorage = (page: {
  readonly localStorage: PageStorage | null;
  readonly sessionStorage: PageStorage | null;
}): BrowserStorage => {
  const storage = usable(() => page.localStorage);
  return {
    storage: storage ?? createMemoryStorage(),
    tabStorage: usable(() => page.sessionStorage) ?? createMemoryStorage(),
    isKept: storage !== null,
  };
};

/** What ends with the page; null: nothing does. */
export const describeNotKept = (kept: {
  readonly storage: boolean;
  /** Of runs and studies. */
  readonly database: boolean;
}): { readonly title: string; readonly text: string } | null => {
  if (kept.storage && kept.database) return null;
  const lost = [...(kept.storage ? [] : ["settings", "unsaved changes"]), ...(kept.database ? [] : ["runs"])];
  const studies = kept.database ? "" : " Studies can't be trained.";
  const ending = lost.join(", ").replace(/, (?=[^,]*$)/, " and ");
  return {
    title: "This browser keeps nothing here",
    text: `${ending.replace(/^./, (first) => first.toUpperCase())} end with this page: save documents as files.${studies} To keep them, let this address store data.`,
  };
};
