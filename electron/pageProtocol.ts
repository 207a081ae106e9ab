/**
 * `layerscope://app/`: the built page, served with the headers that isolate it (SharedArrayBuffer in the page) and allow no code but its own.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { protocol } from "electron";
import pageHeaders from "./pageHeaders.json" with { type: "json" };
import { fileOfPageUrl, PAGE_SCHEME } from "./pageUrl.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

/** Must run before the app is ready. */
export const registerPageScheme = (): void => {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
};

export const servePage = (folder: string): void => {
  protocol.handle(PAGE_SCHEME, async (request) => {
    const file = fileOfPageUrl(request.url, folder);
    const contentType = file === null ? undefined : contentTypes[path.extname(file)];
    if (file === null || contentType === undefined) return new Response("Not found", { status: 404 });
    try {
      return new Response(await readFile(file), { headers: { ...pageHeaders, "Content-Type": contentType } });
    } catch {
      return new Response("Not found", { status: 404 });
    }
  });
};
