/**
 * The page in a browser with hot reload. React's refresh needs inline scripts, so the content security policy of the real page is
 * not sent here; isolation (SharedArrayBuffer) is. Changes of kernels and of `electron/` need `npm start`.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { build } from "./build.mjs";
import { answerFromFolders, pageHeaders } from "./serve.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { "Content-Security-Policy": _policy, "Cache-Control": _cache, ...isolationHeaders } = pageHeaders;

await build({ targets: ["kernels"] });

/** Kernels and MNIST, where the real page finds them. */
const dataFolders = {
  name: "layerscope-data",
  configureServer(server) {
    server.middlewares.use(async (request, response, next) => {
      const isData = /^\/(kernels|data)\//.test(request.url ?? "");
      if (!isData || !(await answerFromFolders(request, response))) next();
    });
  },
};

const server = await createServer({
  configFile: path.join(root, "vite.config.ts"),
  plugins: [dataFolders],
  server: { host: "127.0.0.1", headers: isolationHeaders },
});
await server.listen();
server.printUrls();
