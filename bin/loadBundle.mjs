/** Loads the bundle of the command line with what V8 made of it when it was built; compiling it again takes longer than the rest of a start. */
import { existsSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import vm from "node:vm";

/** Beside the bundle. Another version of Node passes it over. */
export const codeCacheOf = (bundle) => `${bundle}.cache`;

/** What the CommonJS module `bundle` exports, and the script that it is. */
export function loadBundle(bundle) {
  const cache = codeCacheOf(bundle);
  const script = new vm.Script(Module.wrap(readFileSync(bundle, "utf8")), {
    filename: bundle,
    ...(existsSync(cache) ? { cachedData: readFileSync(cache) } : {}),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(bundle), module, bundle, path.dirname(bundle));
  return { exports: module.exports, script };
}
