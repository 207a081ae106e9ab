import { beforeEach, describe, expect, it } from "vitest";
import { type BrowserBackups, createBrowserBackups } from "../../../renderer/shell/browserBackups.ts";

class MemoryStorage implements Storage {
  readonly #values = new Map<string, string>();
  get length(): number {
    return this.#values.size;
  }
  key(index: number): string | null {
    return [...this.#values.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#values.set(key, value);
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }
  clear(): void {
    this.#values.clear();
  }
}

/** Locks of a browser, by name the tab that holds it. */
let held: Map<string, object>;
let storage: MemoryStorage;

interface Tab {
  readonly storage: MemoryStorage;
  backups: BrowserBackups;
  end(): void;
}

const openTab = (tabStorage = new MemoryStorage()): Tab => {
  const owner = {};
  const backups = createBrowserBackups({
    storage,
    tabStorage,
    now: () => new Date("2030-01-02T03:04:05Z"),
    locks: {
      request: async (name, { ifAvailable }, granted) => {
        if (held.has(name)) {
          if (!ifAvailable) throw new DOMException("It timed out.", "TimeoutError");
          return granted(null);
        }
        const work = granted({ name });
        if (work === undefined) return undefined;
        held.set(name, owner);
        return work;
      },
    },
  });
  const end = (): void => {
    for (const [name, by] of held) if (by === owner) held.delete(name);
  };
  return { storage: tabStorage, backups, end };
};

const unsaved = { handle: "h", fileName: "net.layerscope", version: "v1", text: "{}" };

beforeEach(() => {
  held = new Map();
  storage = new MemoryStorage();
});

describe("backups in a browser", () => {
  it("come back when the tab is loaded anew, until the document is saved", async () => {
    const tab = openTab();
    expect(await tab.backups.restore()).toBeNull();
    expect(tab.backups.backUp(unsaved)).toBeNull();
    tab.end();
    const again = openTab(tab.storage);
    const value = {
      handle: null,
      fileName: "net.layerscope",
      folder: "",
      version: null,
      text: "{}",
      edited: true,
      net: null,
      startsFrom: null,
    };
    expect(await again.backups.restore()).toEqual(value);
    again.backups.backUp(null);
    again.end();
    expect(await openTab(tab.storage).backups.restore()).toBeNull();
  });

  it("of a tab that is gone come back in the next one, of a tab that lives in none", async () => {
    const first = openTab();
    await first.backups.restore();
    first.backups.backUp(unsaved);
    expect(await openTab().backups.restore()).toBeNull();
    first.end();
    expect(await openTab().backups.restore()).toMatchObject({ fileName: "net.layerscope" });
    expect(await openTab().backups.restore()).toBeNull();
  });

  it("are not shared by a tab and its duplicate", async () => {
    const first = openTab();
    await first.backups.restore();
    first.backups.backUp(unsaved);
    const duplicate = openTab(first.storage);
    expect(await duplicate.backups.restore()).toBeNull();
    duplicate.backups.backUp(null);
    first.end();
    expect(await openTab().backups.restore()).toMatchObject({ fileName: "net.layerscope" });
  });

  it("say why they can't be made", async () => {
    const { backups } = openTab();
    await backups.restore();
    storage.setItem = () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    };
    expect(backups.backUp(unsaved)).toBe("The quota has been exceeded.");
  });
});
