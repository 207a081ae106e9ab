import { statSync } from "node:fs";
import path from "node:path";

/** The document named on a command line, as an absolute path; null when there is none. Flags are Electron's own. */
export const documentOfArguments = (args: readonly string[], workingFolder: string): string | null => {
  for (const argument of args) {
    if (argument.startsWith("-")) continue;
    const file = path.resolve(workingFolder, argument);
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === true && /\.(layerscope|json)$/i.test(file)) return file;
  }
  return null;
};
