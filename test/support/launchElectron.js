import { _electron } from "@playwright/test";

/** How long Playwright may take to attach to an app that it started; 2 s are usual on a busy machine. */
const ATTACH_MS = 40_000;

/**
 * `_electron.launch`, once more where Playwright did not attach to the app: about one start of a thousand has its windows, yet is never
 * reported as launched. Nothing of the app was asked by then, and an app that doesn't start fails the second time, too.
 */
export const launchElectron = async (options) => {
  try {
    return await _electron.launch({ timeout: ATTACH_MS, ...options });
  } catch (error) {
    console.warn(`Started the app again. ${String(error).split("\n")[0]}`);
    return _electron.launch({ timeout: ATTACH_MS, ...options });
  }
};
