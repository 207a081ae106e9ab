/** Where downloaded datasets are kept: one place a user, shared by the app and the command line. */
import { homedir } from "node:os";
import { join } from "node:path";

/** `LAYERSCOPE_DATASETS`, or the folder that the system has for an application's data. */
export const datasetsFolder = (environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): string => {
  if (environment.LAYERSCOPE_DATASETS) return environment.LAYERSCOPE_DATASETS;
  const home = homedir();
  if (platform === "win32") {
    return join(environment.LOCALAPPDATA ?? join(home, "AppData", "Local"), "Layerscope", "datasets");
  }
  if (platform === "darwin") return join(home, "Library", "Application Support", "Layerscope", "datasets");
  return join(environment.XDG_DATA_HOME || join(home, ".local", "share"), "layerscope", "datasets");
};
