/** Files in a browser. A handle is good until the page is loaded anew: browsers give no path to find a file again by. */
import { isModelText, MAX_OPENED_MODEL_BYTES, MODEL_HEAD_BYTES, messageOf } from "../../engine/index.ts";
import type { FileOutcome, OpenedFile, RecentFile, Shell } from "./shell.ts";

const RECENT_KEY = "layerscope.recentFiles";
const MAX_RECENT_FILES = 12;

/** The pickers that Chromium has and others have not. */
interface FilePickers {
  showOpenFilePicker(options: { readonly types: readonly PickerType[] }): Promise<readonly FileSystemFileHandle[]>;
  showSaveFilePicker(options: {
    readonly suggestedName: string;
    readonly types?: readonly PickerType[];
  }): Promise<FileSystemFileHandle>;
}

interface PickerType {
  readonly description: string;
  readonly accept: Readonly<Record<string, readonly string[]>>;
}

const documentType: PickerType = {
  description: "Layerscope document or trained net",
  accept: { "application/json": [".layerscope", ".json"] },
};

/** Nobody answers a dialog this fast: it was never shown, as in a browser without a window. */
const FASTEST_ANSWER_MS = 250;

const hasPickers = (candidate: object): candidate is FilePickers =>
  "showOpenFilePicker" in candidate && "showSaveFilePicker" in candidate;

const cancelled = { status: "cancelled" } as const;

const failed = (message: string): { status: "failed"; problem: { message: string } } => ({
  status: "failed",
  problem: { message },
});

const isCancel = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

/** By the end of the file's name. */
const MEDIA_TYPES: Readonly<Record<string, string>> = { csv: "text/csv", png: "image/png", svg: "image/svg+xml" };
const mediaTypeOf = (fileName: string): string => MEDIA_TYPES[fileName.split(".").at(-1) ?? ""] ?? "application/json";

/** The version of a file that can't be read again. */
const UNKNOWN = "unknown";

/** Changes when the file is written. */
const versionOf = ({ lastModified, size }: File): string => `${lastModified} ${size}`;

/** null: it can't be read, and perhaps is no longer there. */
const versionOnDisk = (file: FileSystemFileHandle): Promise<string | null> =>
  file.getFile().then(versionOf, () => null);

export interface BrowserFiles {
  readonly open: Shell["openFile"];
  readonly openRecent: Shell["openRecent"];
  readonly openDropped: Shell["openDropped"];
  readonly rememberFile: Shell["rememberFile"];
  readonly save: Shell["saveFile"];
  readonly saveExport: Shell["saveExport"];
  recent(): readonly RecentFile[];
}

export const createBrowserFiles = (call: {
  readonly storage: Pick<Storage, "getItem" | "setItem">;
  readonly maxBytes: number;
  readonly now: () => Date;
}): BrowserFiles => {
  /** By handle: what can be written to again, or null for an upload. */
  const known = new Map<string, { readonly fileName: string; readonly file: FileSystemFileHandle | null }>();

  const newHandle = (fileName: string, file: FileSystemFileHandle | null): string => {
    const handle = crypto.randomUUID();
    known.set(handle, { fileName, file });
    return handle;
  };

  /** Names survive a reload, handles do not; those of earlier visits are kept to say what was open. */
  const recent = (): RecentFile[] => {
    const stored = call.storage.getItem(RECENT_KEY);
    if (stored === null) return [];
    try {
      const entries: unknown = JSON.parse(stored);
      return Array.isArray(entries) ? entries.filter(isRecentFile) : [];
    } catch {
      return [];
    }
  };
  const remember = (handle: string, fileName: string): void => {
    const entry: RecentFile = { handle, fileName, folder: "", openedAt: call.now().toISOString() };
    const others = recent().filter((other) => other.fileName !== fileName);
    call.storage.setItem(RECENT_KEY, JSON.stringify([entry, ...others].slice(0, MAX_RECENT_FILES)));
  };

  const read = async (file: File, fileHandle: FileSystemFileHandle | null): Promise<FileOutcome<OpenedFile>> => {
    if (file.size > call.maxBytes) {
      const isModel = isModelText(await file.slice(0, MODEL_HEAD_BYTES).text());
      const most = isModel ? MAX_OPENED_MODEL_BYTES : call.maxBytes;
      const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
      const what = isModel ? "a trained net that the app opens" : "a document";
      if (file.size > most)
        return failed(`"${file.name}" has ${megabytes(file.size)}; ${what} has ${megabytes(most)} at most.`);
    }
    const text = await file.text();
    const handle = newHandle(file.name, fileHandle);
    return { status: "done", value: { handle, fileName: file.name, folder: "", version: versionOf(file), text } };
  };

  /** What the user picked; "unavailable" where the picker can't be shown: no window, no click just before, forbidden. */
  const pick = async <T>(
    show: () => Promise<T>,
  ): Promise<
    { readonly status: "picked"; readonly value: T } | typeof cancelled | { readonly status: "unavailable" }
  > => {
    const shownAt = call.now().getTime();
    try {
      return { status: "picked", value: await show() };
    } catch (error) {
      const isAnswer = isCancel(error) && call.now().getTime() - shownAt >= FASTEST_ANSWER_MS;
      return isAnswer ? cancelled : { status: "unavailable" };
    }
  };

  const openWithPicker = async (pickers: FilePickers): Promise<FileOutcome<OpenedFile>> => {
    const picked = await pick(() => pickers.showOpenFilePicker({ types: [documentType] }));
    if (picked.status === "unavailable") return openWithUpload();
    const [handle] = picked.status === "picked" ? picked.value : [];
    if (handle === undefined) return cancelled;
    try {
      return await read(await handle.getFile(), handle);
    } catch (error) {
      return failed(`The file can't be opened: ${messageOf(error)}`);
    }
  };
  const openWithUpload = async (): Promise<FileOutcome<OpenedFile>> => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = ".layerscope,.json";
    const file = await new Promise<File | null>((resolve) => {
      input.addEventListener("change", () => resolve(input.files?.[0] ?? null));
      input.addEventListener("cancel", () => resolve(null));
      input.click();
    });
    if (file === null) return cancelled;
    try {
      return await read(file, null);
    } catch (error) {
      return failed(`"${file.name}" can't be read: ${messageOf(error)}`);
    }
  };

  const writeTo = async (
    file: FileSystemFileHandle,
    content: string | Uint8Array<ArrayBuffer>,
  ): Promise<FileOutcome<null>> => {
    try {
      // The stream writes to a copy that replaces the file when it is closed.
      const stream = await file.createWritable();
      await stream.write(content);
      await stream.close();
      return { status: "done", value: null };
    } catch (error) {
      return failed(`"${file.name}" can't be written: ${messageOf(error)} What was there is unchanged.`);
    }
  };
  const download = (fileName: string, content: string | Uint8Array<ArrayBuffer>): void => {
    const link = document.createElement("a");
    const url = URL.createObjectURL(new Blob([content], { type: mediaTypeOf(fileName) }));
    link.href = url;
    link.download = fileName;
    link.click();
    // The browser has started reading it by then.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };

  /** Asks where and writes there; downloads where the browser can't ask, and then there is no handle to write to again. */
  const saveAs = async (
    suggestedName: string,
    content: string | Uint8Array<ArrayBuffer>,
    types: readonly PickerType[],
  ): Promise<FileOutcome<{ readonly fileName: string; readonly file: FileSystemFileHandle | null }>> => {
    const pickers = hasPickers(window) ? window : null;
    const picked =
      pickers === null
        ? ({ status: "unavailable" } as const)
        : await pick(() => pickers.showSaveFilePicker({ suggestedName, ...(types.length > 0 ? { types } : {}) }));
    if (picked.status === "cancelled") return picked;
    if (picked.status === "unavailable") {
      download(suggestedName, content);
      return { status: "done", value: { fileName: suggestedName, file: null } };
    }
    const file = picked.value;
    const written = await writeTo(file, content);
    return written.status === "done" ? { status: "done", value: { fileName: file.name, file } } : written;
  };

  return {
    recent,
    open: () => (hasPickers(window) ? openWithPicker(window) : openWithUpload()),

    async openRecent(handle) {
      const file = known.get(handle)?.file ?? null;
      if (file === null) {
        return failed("A browser can't find a file again by itself. Open it with Open, from the folder it is in.");
      }
      try {
        return await read(await file.getFile(), file);
      } catch (error) {
        return failed(`"${file.name}" can't be opened: ${messageOf(error)}`);
      }
    },

    async openDropped(file) {
      try {
        return await read(file, null);
      } catch (error) {
        return failed(`"${file.name}" can't be read: ${messageOf(error)}`);
      }
    },

    async rememberFile(handle) {
      const file = known.get(handle);
      if (file !== undefined) remember(handle, file.fileName);
    },

    async save({ handle, suggestedName, text, version }) {
      const target = handle === null ? undefined : known.get(handle);
      if (handle !== null && target?.file) {
        const found = version === null ? null : await versionOnDisk(target.file);
        if (found !== null && found !== version) return { status: "changed" };
        const written = await writeTo(target.file, text);
        if (written.status !== "done") return written;
        remember(handle, target.fileName);
        const saved = { handle, fileName: target.fileName, folder: "" };
        return { status: "done", value: { ...saved, version: (await versionOnDisk(target.file)) ?? UNKNOWN } };
      }
      const saved = await saveAs(target?.fileName ?? suggestedName, text, [documentType]);
      if (saved.status !== "done") return saved;
      const { fileName, file } = saved.value;
      const savedHandle = newHandle(fileName, file);
      remember(savedHandle, fileName);
      return {
        status: "done",
        value: {
          handle: savedHandle,
          fileName,
          folder: "",
          version: (file && (await versionOnDisk(file))) ?? UNKNOWN,
          ...(file === null ? { downloaded: true } : {}),
        },
      };
    },

    async saveExport({ suggestedName, content }) {
      const saved = await saveAs(suggestedName, content, []);
      if (saved.status !== "done") return saved;
      const { fileName, file } = saved.value;
      return { status: "done", value: { fileName, ...(file === null ? { downloaded: true } : {}) } };
    },
  };
};

const isRecentFile = (entry: unknown): entry is RecentFile =>
  typeof entry === "object" &&
  entry !== null &&
  "handle" in entry &&
  typeof entry.handle === "string" &&
  "fileName" in entry &&
  typeof entry.fileName === "string" &&
  "folder" in entry &&
  typeof entry.folder === "string" &&
  "openedAt" in entry &&
  typeof entry.openedAt === "string";
