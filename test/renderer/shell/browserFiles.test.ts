import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type BrowserFiles, createBrowserFiles } from "../../../renderer/shell/browserFiles.ts";

let files: BrowserFiles;
let stored: Map<string, string>;
let clock: Date;

const newFiles = (): BrowserFiles =>
  createBrowserFiles({
    storage: { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) },
    maxBytes: 1024 * 1024,
    now: () => clock,
  });

beforeEach(() => {
  stored = new Map();
  clock = new Date("2030-01-02T03:04:05Z");
  files = newFiles();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A file on the user's disk, behind the handle that Chromium gives. */
class DiskFile {
  readonly name: string;
  text: string;
  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }
  async getFile(): Promise<File> {
    return new File([this.text], this.name);
  }
  async createWritable() {
    let written = "";
    return {
      write: async (text: string) => {
        written += text;
      },
      close: async () => {
        this.text = written;
      },
    };
  }
}

describe("a browser with file pickers", () => {
  it("opens a file and saves into it again", async () => {
    const disk = new DiskFile("net.layerscope", "one");
    vi.stubGlobal("showOpenFilePicker", async () => [disk]);
    vi.stubGlobal("showSaveFilePicker", () => Promise.reject(new Error("not asked for")));
    const opened = await files.open();
    expect(opened).toMatchObject({ status: "done", value: { fileName: "net.layerscope", text: "one" } });
    const handle = opened.status === "done" ? opened.value.handle : "";
    expect(await files.save({ handle, suggestedName: "x.layerscope", text: "two", version: null })).toMatchObject({
      status: "done",
    });
    expect(disk.text).toBe("two");
    expect(await files.openRecent(handle)).toMatchObject({ status: "done", value: { text: "two" } });
  });

  it("asks where to save a new document, and once only", async () => {
    const disk = new DiskFile("mine.layerscope", "");
    const asked = vi.fn(async () => disk);
    vi.stubGlobal("showOpenFilePicker", async () => []);
    vi.stubGlobal("showSaveFilePicker", asked);
    const saved = await files.save({ handle: null, suggestedName: "untitled.layerscope", text: "one", version: null });
    expect(saved).toMatchObject({ status: "done", value: { fileName: "mine.layerscope" } });
    const handle = saved.status === "done" ? saved.value.handle : "";
    await files.save({ handle, suggestedName: "untitled.layerscope", text: "two", version: null });
    expect(disk.text).toBe("two");
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("takes the user's Cancel for what it is", async () => {
    const cancel = () => {
      clock = new Date(clock.getTime() + 900);
      return Promise.reject(new DOMException("The user aborted a request.", "AbortError"));
    };
    vi.stubGlobal("showOpenFilePicker", cancel);
    vi.stubGlobal("showSaveFilePicker", cancel);
    expect(await files.open()).toEqual({ status: "cancelled" });
    expect(await files.saveExport({ suggestedName: "a.model.json", content: "" })).toEqual({ status: "cancelled" });
  });

  it.each([
    ["cancelled before anybody could have seen it", new DOMException("The user aborted a request.", "AbortError")],
    ["refused without a click just before", new DOMException("Must be handling a user gesture.", "SecurityError")],
  ])("downloads where the picker can't be shown: %s", async (_why, error) => {
    vi.stubGlobal("showOpenFilePicker", async () => []);
    vi.stubGlobal("showSaveFilePicker", () => Promise.reject(error));
    const downloads: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      downloads.push(this.download);
    });
    expect(await files.saveExport({ suggestedName: "a.model.json", content: "{}" })).toEqual({
      status: "done",
      value: { fileName: "a.model.json", downloaded: true },
    });
    expect(await files.save({ handle: null, suggestedName: "a.layerscope", text: "{}", version: null })).toMatchObject({
      status: "done",
      value: { fileName: "a.layerscope", downloaded: true },
    });
    expect(downloads).toEqual(["a.model.json", "a.layerscope"]);
  });

  it("says why a file can't be written", async () => {
    const disk = new DiskFile("net.layerscope", "old");
    disk.createWritable = () => Promise.reject(new Error("The disk is full."));
    vi.stubGlobal("showOpenFilePicker", async () => [disk]);
    vi.stubGlobal("showSaveFilePicker", async () => disk);
    const opened = await files.open();
    const handle = opened.status === "done" ? opened.value.handle : "";
    expect(await files.save({ handle, suggestedName: "x", text: "new", version: null })).toEqual({
      status: "failed",
      problem: { message: '"net.layerscope" can\'t be written: The disk is full. What was there is unchanged.' },
    });
    expect(disk.text).toBe("old");
  });
});

describe("files and their limits", () => {
  it("opens a trained net that is larger than documents are", async () => {
    const text = `{ "format": "layerscope-model", "weights": "${"A".repeat(2 * 1024 * 1024)}" }`;
    const opened = await files.openDropped(new File([text], "large.model.json"));
    expect(opened).toMatchObject({ status: "done", value: { fileName: "large.model.json" } });
    const huge = new File([text], "huge.model.json");
    Object.defineProperty(huge, "size", { value: 400 * 1024 * 1024 });
    expect(await files.openDropped(huge)).toEqual({
      status: "failed",
      problem: { message: '"huge.model.json" has 400.0 MB; a trained net that the app opens has 384.0 MB at most.' },
    });
  });

  it("refuses a file above the size limit with both sizes", async () => {
    const big = new File([new Uint8Array(3 * 1024 * 1024)], "big.layerscope");
    expect(await files.openDropped(big)).toEqual({
      status: "failed",
      problem: { message: '"big.layerscope" has 3.0 MB; a document has 1.0 MB at most.' },
    });
  });

  it("remembers names over a reload but says that the file must be chosen again", async () => {
    const opened = await files.openDropped(new File(["{}"], "net.layerscope"));
    expect(files.recent()).toEqual([]);
    await files.rememberFile(opened.status === "done" ? opened.value.handle : "");
    const later = newFiles();
    const [recent] = later.recent();
    expect(recent).toMatchObject({ fileName: "net.layerscope", openedAt: "2030-01-02T03:04:05.000Z" });
    expect(await later.openRecent(recent?.handle ?? "")).toMatchObject({
      status: "failed",
      problem: { message: expect.stringContaining("Open it with Open") },
    });
  });

  it("starts with no recent files when the list is damaged", () => {
    stored.set("layerscope.recentFiles", '[{"handle": 1}, "x"');
    expect(files.recent()).toEqual([]);
  });
});
