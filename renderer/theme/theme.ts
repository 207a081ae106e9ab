/** Light, dark, or as the system says. The choice is kept; `data-theme` on the root tells the tokens. */
import { createStore } from "zustand/vanilla";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];
export const THEME_TITLES: Readonly<Record<Theme, string>> = { system: "As the system", light: "Light", dark: "Dark" };
const SETTING = "theme";

const isTheme = (value: unknown): value is Theme => value === "system" || value === "light" || value === "dark";

export const themeStore = createStore<{ readonly theme: Theme }>(() => ({ theme: "system" }));

const show = (theme: Theme): void => {
  themeStore.setState({ theme });
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
};

export const setTheme = (theme: Theme): void => {
  show(theme);
  void keepSetting(SETTING, JSON.stringify(theme));
};

/** System, light, dark, and round again. */
export const nextTheme = (theme: Theme): Theme => THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";

export const restoreTheme = async (): Promise<void> => {
  const text = await getShell().readSetting(SETTING);
  if (text === null) return;
  const stored = ["system", "light", "dark"].find((theme) => JSON.stringify(theme) === text);
  if (isTheme(stored)) show(stored);
};
