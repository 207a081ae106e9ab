import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readTar } from "../../../engine/data/tar.ts";
import { downloadDataset } from "../../../engine/host/nodeDownload.ts";

const content = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7) % 251));
const md5 = createHash("md5").update(content).digest("hex");

/** A tar of one file in a folder. */
const tarOf = (name: string, bytes: Buffer): Buffer => {
  const header = Buffer.alloc(512);
  header.write(`folder/${name}`, 0);
  header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("0", 156);
  return Buffer.concat([header, bytes, Buffer.alloc(((512 - (bytes.length % 512)) % 512) + 1024)]);
};

let server: Server;
let origin = "";
let folder = "";
const ranges: (string | undefined)[] = [];
const archive = gzipSync(tarOf("data_batch_1.bin", content));

beforeAll(async () => {
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    if (request.url === "/archive") return void response.end(archive);
    if (request.url === "/wrong") return void response.end("something else");
    // Breaks off after half of what it promised, once some of it has arrived.
    if (request.url === "/broken") {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 100_000));
      const arrival = setInterval(() => {
        if ((statSync(join(folder, "file.bin.part"), { throwIfNoEntry: false })?.size ?? 0) === 0) return;
        clearInterval(arrival);
        response.destroy();
      }, 5);
      return;
    }
    if (request.url !== "/good") return void response.writeHead(404).end();
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (start >= content.length) return void response.writeHead(416).end();
    response.writeHead(start > 0 ? 206 : 200, { "content-length": content.length - start });
    response.end(content.subarray(start));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((closed) => server.close(closed)));
beforeEach(() => {
  ranges.length = 0;
  folder = mkdtempSync(join(tmpdir(), "layerscope-download-"));
  return () => rmSync(folder, { recursive: true, force: true });
});

const download = (paths: readonly string[], extra = {}) => {
  const progress: number[] = [];
  const checksum = { algorithm: "md5", hex: md5 } as const;
  const outcome = downloadDataset({
    files: [
      {
        name: "file.bin",
        bytes: content.length,
        mirrors: paths.map((path) => (path.startsWith("http") ? path : origin + path)),
        checksum,
        ...extra,
      },
    ],
    folder,
    onProgress: ({ receivedBytes }) => progress.push(receivedBytes),
  });
  return { outcome, progress };
};

describe("downloads", () => {
  test("arrive whole, with their progress, and are not fetched again", async () => {
    const { outcome, progress } = download(["/good"]);
    expect(await outcome).toEqual({ ok: true, value: null });
    expect(readFileSync(join(folder, "file.bin")).equals(content)).toBe(true);
    expect(progress.at(-1)).toBe(content.length);
    await download(["/good"]).outcome;
    expect(ranges).toEqual([undefined]);
  });

  test("go on where the connection broke, on the next mirror", async () => {
    expect(await download(["/broken", "/good"]).outcome).toEqual({ ok: true, value: null });
    expect(readFileSync(join(folder, "file.bin")).equals(content)).toBe(true);
    const [first, second] = ranges;
    expect(first).toBeUndefined();
    expect(second).toMatch(/^bytes=\d+-$/);
  });

  test("go on where an earlier attempt ended", async () => {
    writeFileSync(join(folder, "file.bin.part"), content.subarray(0, 1000));
    expect((await download(["/good"]).outcome).ok).toBe(true);
    expect(ranges).toEqual(["bytes=1000-"]);
    expect(readFileSync(join(folder, "file.bin")).equals(content)).toBe(true);
  });

  test("that had arrived whole when the process was killed are taken as they are, once their checksum fits", async () => {
    writeFileSync(join(folder, "file.bin.part"), content);
    expect(await download(["/good"]).outcome).toEqual({ ok: true, value: null });
    expect(ranges).toEqual([`bytes=${content.length}-`]);
    expect(readFileSync(join(folder, "file.bin")).equals(content)).toBe(true);

    rmSync(join(folder, "file.bin"));
    writeFileSync(join(folder, "file.bin.part"), Buffer.alloc(content.length));
    expect(await download(["/good", "/good"]).outcome).toEqual({ ok: true, value: null });
    expect(ranges.slice(1)).toEqual([`bytes=${content.length}-`, undefined]);
    expect(readFileSync(join(folder, "file.bin")).equals(content)).toBe(true);
  });

  test("a wrong checksum keeps nothing and tries the next mirror", async () => {
    expect((await download(["/wrong", "/good"]).outcome).ok).toBe(true);
    rmSync(join(folder, "file.bin"));
    const refused = await download(["/wrong"]).outcome;
    expect(refused.ok ? "" : refused.error).toMatch(/its MD5 is [0-9a-f]{32}, expected [0-9a-f]{32}\./);
    expect(existsSync(join(folder, "file.bin.part"))).toBe(false);
  });

  test("offline, each mirror's answer is told", async () => {
    const refused = await download(["http://127.0.0.1:1/x", "/none"]).outcome;
    expect(refused.ok ? "" : refused.error).toMatch(
      /^file\.bin could not be downloaded\. 127\.0\.0\.1:1: .+; 127\.0\.0\.1:\d+: the server answered 404 Not Found\. Check the connection/,
    );
  });

  test("archives are unpacked to their members", async () => {
    const hex = createHash("sha256").update(archive).digest("hex");
    const extra = { checksum: { algorithm: "sha256", hex }, members: ["data_batch_1.bin"] };
    expect(await download(["/archive"], extra).outcome).toEqual({ ok: true, value: null });
    expect(readFileSync(join(folder, "data_batch_1.bin")).equals(content)).toBe(true);
    expect(existsSync(join(folder, "file.bin"))).toBe(false);
    const torn = readTar(tarOf("a", content).subarray(0, 5000));
    expect(torn).toMatchObject({ ok: false, error: expect.stringContaining("does not fit") });
  });
});
