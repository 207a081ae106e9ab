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

export interface DownloadProgress {
  readonly fileName: string;
  readonly receivedBytes: number;
  /** null: the server does not tell. */
  readonly totalBytes: number | null;
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

/** `fetch failed` alone tells nothing; its cause does. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
};

/** Fetches what is missing of a partial file. */
const fetchRest = async (
  url: string,
  partial: string,
  fileName: string,
  onProgress: (progress: DownloadProgress) => void,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const present = await sizeOf(partial);
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(new Error("the server is silent")), SILENCE_MS);
  const stop = (): void => silence.abort(new Error("it was stopped"));
  signal?.addEventListener("abort", stop);
  try {
    const response = await fetch(url, {
      headers: present > 0 ? { Range: `bytes=${present}-` } : {},
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
    const length = response.headers.get("content-length");
    const totalBytes = length === null ? null : receivedBytes + Number(length);
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    body.on("data", (chunk: Uint8Array) => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(new Error("the server is silent")), SILENCE_MS);
      receivedBytes += chunk.length;
      onProgress({ fileName, receivedBytes, totalBytes });
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

const isPresent = async (folder: string, { name, members }: DownloadFile): Promise<boolean> => {
  const sizes = await Promise.all((members ?? [name]).map((each) => sizeOf(join(folder, each))));
  return sizes.every((size) => size > 0);
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
  for (const file of files) {
    if (await isPresent(folder, file)) continue;
    const partial = join(folder, `${file.name}.part`);
    const refusals: string[] = [];
    let isDone = false;
    for (const url of file.mirrors) {
      if (signal?.aborted) return err(`The download of ${file.name} was stopped; the next one goes on from there.`);
      const { host } = new URL(url);
      try {
        await fetchRest(url, partial, file.name, onProgress, signal);
      } catch (error) {
        refusals.push(`${host}: ${reasonOf(error)}`);
        continue;
      }
      const { algorithm, hex } = file.checksum;
      const found = await digest(partial, algorithm);
      if (found !== hex) {
        await rm(partial);
        refusals.push(`${host}: its ${algorithm.toUpperCase()} is ${found}, expected ${hex}`);
        continue;
      }
      await rename(partial, join(folder, file.name));
      isDone = true;
      break;
    }
    if (!isDone) {
      return err(
        `${file.name} could not be downloaded. ${refusals.join("; ")}. Check the connection and try again: what was received is kept.`,
      );
    }
    if (file.members !== undefined) {
      const problem = await unpack(join(folder, file.name), file.members, folder);
      if (problem !== null) return err(`${file.name} cannot be unpacked: ${problem}.`);
    }
  }
  return ok(null);
};
