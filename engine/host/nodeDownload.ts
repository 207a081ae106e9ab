/** Downloads datasets: mirror after mirror, going on where an earlier attempt ended, and only what has the right checksum is kept. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { DownloadFile } from "../data/downloads.ts";
import { readTar } from "../data/tar.ts";
import { err, ok, type Result } from "../result.ts";
import type { DatasetDownloads } from "./host.ts";

/** Of all files of a dataset. */
export interface DownloadProgress {
  /** The one that is being received. */
  readonly fileName: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** A server that says nothing for so long is given up. */
const SILENCE_MS = 30_000;

const sizeOf = async (path: string): Promise<number> => {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
};

const digest = async (path: string, algorithm: string): Promise<string> => {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "not found",
  EAI_AGAIN: "not found",
  ENETUNREACH: "out of reach",
  EHOSTUNREACH: "out of reach",
  ECONNREFUSED: "it refuses connections",
  ECONNRESET: "the connection broke",
  UND_ERR_SOCKET: "the connection broke",
  ETIMEDOUT: "it does not answer",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
};

/** What no server could say: there is no network, or none that leads there. */
const isOffline = (reason: string): boolean => reason === "not found" || reason === "out of reach";

/** `fetch failed` alone tells nothing; its cause does. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const known = "code" in cause && typeof cause.code === "string" ? REASONS[cause.code] : undefined;
  return known ?? (cause.message === "" ? error.message : cause.message);
};

const describeFailure = (
  fileName: string,
  refusals: readonly { readonly host: string; readonly reason: string }[],
): string => {
  const advice = "try again: what was received is kept.";
  if (refusals.every(({ reason }) => isOffline(reason))) {
    const hosts = refusals.map(({ host }) => host).join(" and ");
    return `${fileName} could not be downloaded: this computer seems to be offline, ${hosts} cannot be found. Connect it to the internet and ${advice}`;
  }
  const said = refusals.map(({ host, reason }) => `${host}: ${reason}`).join("; ");
  return `${fileName} could not be downloaded. ${said}. Check the connection and ${advice}`;
};

/** Fetches what is missing of a partial file. */
const fetchRest = async (
  url: string,
  partial: string,
  onReceived: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const present = await sizeOf(partial);
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(new Error("the server is silent")), SILENCE_MS);
  const stop = (): void => silence.abort(new Error("it was stopped"));
  signal?.addEventListener("abort", stop);
  try {
    const response = await fetch(url, {
      // Packed on the way, a range would be one of other bytes.
      headers: { "accept-encoding": "identity", ...(present > 0 ? { range: `bytes=${present}-` } : {}) },
      signal: silence.signal,
    });
    // Nothing is missing: the checksum tells whether it is right.
    if (response.status === 416) return;
    if (!response.ok || response.body === null) {
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    }
    // A server that ignores the range sends the whole file.
    const isRest = response.status === 206;
    let receivedBytes = isRest ? present : 0;
    onReceived(receivedBytes);
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    body.on("data", (chunk: Uint8Array) => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(new Error("the server is silent")), SILENCE_MS);
      receivedBytes += chunk.length;
      onReceived(receivedBytes);
    });
    await pipeline(body, createWriteStream(partial, { flags: isRest ? "a" : "w" }));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
};

/** Keeps the wanted members of an archive instead of the archive. */
const unpack = async (archive: string, members: readonly string[], folder: string): Promise<string | null> => {
  const unzipped = await promisify(gunzip)(await readFile(archive));
  const found = readTar(unzipped);
  if (!found.ok) return found.error;
  for (const name of members) {
    const content = found.value.get(name);
    if (content === undefined) return `it has no ${name}`;
    await writeFile(join(folder, `${name}.part`), content);
    await rename(join(folder, `${name}.part`), join(folder, name));
  }
  await rm(archive);
  return null;
};

const hasAll = async (folder: string, names: readonly string[]): Promise<boolean> => {
  const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, name))));
  return sizes.every((size) => size > 0);
};

/** As it comes, or as one puts it there by hand: unpacked, an archive in the folder that it makes. */
const isPresent = async (folder: string, { name, members, innerFolder }: DownloadFile): Promise<boolean> => {
  const wanted = members ?? [name];
  if (await hasAll(folder, wanted)) return true;
  if (innerFolder !== undefined) return hasAll(join(folder, innerFolder), wanted);
  return name.endsWith(".gz") && members === undefined && hasAll(folder, [name.slice(0, -".gz".length)]);
};

const bytesOf = (files: readonly DownloadFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** What is there of a dataset: all of its files, or so many bytes of them, and the files that are missing. */
export const findDownload = async (
  files: readonly DownloadFile[],
  folder: string,
): Promise<Awaited<ReturnType<DatasetDownloads["find"]>>> => {
  const missing: DownloadFile[] = [];
  let receivedBytes = 0;
  for (const file of files) {
    const isThere = await isPresent(folder, file);
    if (!isThere) missing.push(file);
    receivedBytes += isThere ? file.bytes : await sizeOf(join(folder, `${file.name}.part`));
  }
  return { isComplete: missing.length === 0, receivedBytes, folder, missing };
};

/**
 * Brings the files of a dataset into a folder; those that are there are left alone. The error is a sentence with what each mirror said; what
 * was received stays, and the next attempt goes on from there.
 */
export const downloadDataset = async (call: {
  readonly files: readonly DownloadFile[];
  readonly folder: string;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}): Promise<Result<null, string>> => {
  const { files, folder, onProgress, signal } = call;
  await mkdir(folder, { recursive: true });
  const totalBytes = bytesOf(files);
  for (const [index, file] of files.entries()) {
    if (await isPresent(folder, file)) continue;
    const before = bytesOf(files.slice(0, index));
    const onReceived = (bytes: number): void =>
      onProgress({ fileName: file.name, receivedBytes: before + bytes, totalBytes });
    const partial = join(folder, `${file.name}.part`);
    const refusals: { host: string; reason: string }[] = [];
    let isDone = false;
    for (const url of file.mirrors) {
      if (signal?.aborted) return err(`The download of ${file.name} was stopped; the next one goes on from there.`);
      const { host } = new URL(url);
      try {
        await fetchRest(url, partial, onReceived, signal);
      } catch (error) {
        refusals.push({ host, reason: reasonOf(error) });
        continue;
      }
      const { algorithm, hex } = file.checksum;
      const found = await digest(partial, algorithm);
      if (found !== hex) {
        await rm(partial);
        refusals.push({ host, reason: `its ${algorithm.toUpperCase()} is ${found}, expected ${hex}` });
        continue;
      }
      await rename(partial, join(folder, file.name));
      isDone = true;
      break;
    }
    if (!isDone) {
      return err(describeFailure(file.name, refusals));
    }
    if (file.members !== undefined) {
      const problem = await unpack(join(folder, file.name), file.members, folder);
      if (problem !== null) return err(`${file.name} cannot be unpacked: ${problem}.`);
    }
  }
  return ok(null);
};
