/** Colours of the theme in force that only the stage draws with. */
import { chartColors } from "../charts/colors.ts";

let known: { readonly revision: number; readonly byToken: Map<string, string> } = { revision: -1, byToken: new Map() };

/** The colour of a CSS variable, `--warn` say. */
export const tokenColor = (token: string): string => {
  const { revision } = chartColors();
  if (known.revision !== revision) known = { revision, byToken: new Map() };
  const color = known.byToken.get(token);
  if (color !== undefined) return color;
  const read = getComputedStyle(document.documentElement).getPropertyValue(token).trim();
  known.byToken.set(token, read);
  return read;
};
