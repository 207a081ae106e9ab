import type { _electron } from "@playwright/test";

export declare const launchElectron: (
  options: NonNullable<Parameters<typeof _electron.launch>[0]>,
) => ReturnType<typeof _electron.launch>;
