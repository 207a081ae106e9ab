import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { DownloadFile } from "../../../engine/data/downloads.ts";
import { createNodeHost } from "../../../engine/host/node.ts";
import { downloadFiles } from "../../../engine/host/nodeDownloads.ts";
import type { TrainEvent } from "../../../engine/protocol.ts";
import { DatasetReader } from "../../../engine/train/datasetReader.ts";
import { writeCifar } from "../../support/datasetFixtures.ts";
import { idxFile } from "../../support/idxFiles.ts";

const images = (count: number): Uint8Array =>
  idxFile(
    [count, 28, 28],
    Uint8Array.from({ length: count * 784 }, (_, at) => (at * 31) % 256),
  );
const labels = (count: number): Uint8Array =>
  idxFile(
    [count],
    Uint8Array.from({ length: count }, (_, at) => at % 10),
  );

const contents = new Map(
  Object.entries({
    "train-images-idx3-ubyte.gz": images(200),
    "train-labels-idx1-ubyte.gz": labels(200),
    "t10k-images-idx3-ubyte.gz": images(40),
    "t10k-labels-idx1-ubyte.gz": labels(40),
  }).map(([name, bytes]) => [name, gzipSync(bytes)]),
);

let server: Server;
let origin = "";
let datasetsDirectory = "";
/** Bytes after which the server breaks the connection off. */
let breaksAfter = Number.POSITIVE_INFINITY;
const requests: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1);
    const content = contents.get(name);
    requests.push(`${name} ${request.headers.range ?? "whole"}`);
    if (content === undefined) return void response.writeHead(404).end();
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { "content-length": content.length - start });
    if (start + breaksAfter >= content.length) return void response.end(content.subarray(start));
    response.write(content.subarray(start, start + breaksAfter));
    // Breaks off once what was sent has arrived.
    const partial = join(datasetsDirectory, "fashion-mnist", `${name}.part`);
    const arrival = setInterval(() => {
      if ((statSync(partial, { throwIfNoEntry: false })?.size ?? 0) < start + breaksAfter) return;
      clearInterval(arrival);
      response.destroy();
    }, 5);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((closed) => server.close(closed)));
beforeEach(() => {
  requests.length = 0;
  breaksAfter = Number.POSITIVE_INFINITY;
  datasetsDirectory = mkdtempSync(join(tmpdir(), "layerscope-downloads-"));
  return () => rmSync(datasetsDirectory, { recursive: true, force: true });
});

const files = (from: string): readonly DownloadFile[] =>
  [...contents].map(([name, content]) => ({
    name,
    bytes: content.length,
    mirrors: [`${from}/${name}`],
    checksum: { algorithm: "md5", hex: createHash("md5").update(content).digest("hex") },
  }));

/** What a trainer that was just started answers. */
const ask = async (
  type: "findDownload" | "downloadDataset" | "openDataset",
  from = origin,
): Promise<readonly TrainEvent[]> => {
  const events: TrainEvent[] = [];
  const host = createNodeHost({
    ...{ kernelsDirectory: "/nowhere", mnistDirectory: "/nowhere", datasetsDirectory },
    downloads: { fashionMnist: files(from), cifar10: [] },
  });
  const reader = new DatasetReader(host, (event) => events.push(event));
  await reader.receive(
    type === "openDataset"
      ? { type, requestId: 1, dataset: { source: "fashionMnist" } }
      : { type, requestId: 1, dataset: "fashionMnist" },
  );
  return events;
};

const total = [...contents.values()].reduce((sum, { length }) => sum + length, 0);

test("a dataset that is not here is found, fetched and read by the same names", async () => {
  const missing = [...contents].map(([name, { length }]) => ({
    ...{ name, bytes: length, urls: [`${origin}/${name}`], isArchive: false },
  }));
  expect(await ask("findDownload")).toMatchObject([
    { status: "incomplete", receivedBytes: 0, folder: join(datasetsDirectory, "fashion-mnist"), missing },
  ]);
  expect(await ask("openDataset")).toMatchObject([
    { description: null, problem: expect.stringMatching(/Download it/) },
  ]);

  const events = await ask("downloadDataset");
  expect(events.at(-1)).toEqual({ type: "downloadEnded", requestId: 1, problem: null });
  const progress = events.filter((event) => event.type === "downloadProgressed");
  expect(progress.at(-1)).toEqual({ type: "downloadProgressed", receivedBytes: total, totalBytes: total });
  const received = progress.map(({ receivedBytes }) => receivedBytes);
  expect(received).toEqual([...received].sort((a, b) => a - b));

  expect(await ask("findDownload")).toMatchObject([{ status: "complete", receivedBytes: total, missing: [] }]);
  expect(await ask("openDataset")).toMatchObject([{ problem: null, description: { train: { count: 200 } } }]);
});

test("a dataset that one put there oneself is there, unpacked too", async () => {
  const folder = join(datasetsDirectory, "fashion-mnist");
  mkdirSync(folder);
  for (const [name, content] of contents)
    writeFileSync(join(folder, name.slice(0, -".gz".length)), gunzipSync(content));
  expect(await ask("findDownload")).toMatchObject([{ status: "complete", receivedBytes: total }]);
  expect(await ask("openDataset")).toMatchObject([{ problem: null, description: { train: { count: 200 } } }]);
  expect(await ask("downloadDataset")).toEqual([{ type: "downloadEnded", requestId: 1, problem: null }]);
  expect(requests).toEqual([]);
});

test("CIFAR-10's archive may be unpacked by hand", async () => {
  const inner = join(datasetsDirectory, "cifar-10", "cifar-10-batches-bin");
  mkdirSync(inner, { recursive: true });
  writeCifar(inner, 20, 10);
  writeFileSync(join(inner, "batches.meta.txt"), "airplane\n");
  const host = createNodeHost({ kernelsDirectory: "/nowhere", mnistDirectory: "/nowhere", datasetsDirectory });
  const found = async () => (await host.downloads?.find("cifar10"))?.isComplete;
  expect(await found()).toBe(true);
  rmSync(join(inner, "test_batch.bin"));
  expect(await found()).toBe(false);
});

test("what an interrupted download has received counts, and the next one fetches the rest", async () => {
  breaksAfter = 100;
  const [last] = (await ask("downloadDataset")).slice(-1);
  expect(last).toMatchObject({ type: "downloadEnded", problem: expect.stringMatching(/what was received is kept\.$/) });
  expect(await ask("findDownload")).toMatchObject([{ status: "incomplete", receivedBytes: 100 }]);

  breaksAfter = Number.POSITIVE_INFINITY;
  requests.length = 0;
  const events = await ask("downloadDataset");
  expect(events.at(-1)).toMatchObject({ problem: null });
  expect(events[0]).toMatchObject({ receivedBytes: 100 });
  expect(requests[0]).toBe("train-images-idx3-ubyte.gz bytes=100-");
  expect(readdirSync(join(datasetsDirectory, "fashion-mnist")).sort()).toEqual([...contents.keys()].sort());
});

test("a server that is not there is named in a sentence with the file", async () => {
  const closed = createServer();
  await new Promise<void>((listening) => closed.listen(0, "127.0.0.1", listening));
  const { port } = closed.address() as AddressInfo;
  await new Promise((done) => closed.close(done));
  const events = await ask("downloadDataset", `http://127.0.0.1:${port}`);
  expect(events).toMatchObject([
    {
      type: "downloadEnded",
      problem: expect.stringMatching(
        /^train-images-idx3-ubyte\.gz could not be downloaded\. 127\.0\.0\.1:\d+: it refuses connections\. Check the connection and try again/,
      ),
    },
  ]);
});

test("a computer that finds no server seems to be offline", async () => {
  const events = await ask("downloadDataset", "http://nowhere.invalid");
  expect(events).toMatchObject([
    {
      problem:
        "train-images-idx3-ubyte.gz could not be downloaded: this computer seems to be offline, nowhere.invalid cannot be found. Connect it to the internet and try again: what was received is kept.",
    },
  ]);
});

test("where nothing can be downloaded, that is the answer", async () => {
  const events: TrainEvent[] = [];
  const { downloads: _, ...host } = createNodeHost({ kernelsDirectory: "/nowhere", mnistDirectory: "/nowhere" });
  const reader = new DatasetReader(host, (event) => events.push(event));
  await reader.receive({ type: "findDownload", requestId: 1, dataset: "cifar10" });
  await reader.receive({ type: "downloadDataset", requestId: 2, dataset: "cifar10" });
  expect(events).toEqual([
    { type: "downloadFound", requestId: 1, status: "impossible", receivedBytes: 0, folder: null, missing: [] },
    { type: "downloadEnded", requestId: 2, problem: "Nothing can be downloaded here." },
  ]);
});

test("a mirror of one's own comes before the publishers'", () => {
  const [file] = downloadFiles("cifar10", { LAYERSCOPE_MIRROR: "http://lab.example/data/" });
  expect(file?.mirrors[0]).toBe("http://lab.example/data/cifar-10/cifar-10-binary.tar.gz");
  expect(file?.mirrors.slice(1)).toEqual(downloadFiles("cifar10", {})[0]?.mirrors);
});
