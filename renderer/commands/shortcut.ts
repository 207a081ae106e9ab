/** Shortcuts are written once, as `Mod+Shift+S`; `Mod` is Command on a Mac and Ctrl elsewhere. */
export type Shortcut = string;

export const isMac = (): boolean => /mac/i.test(navigator.platform);

const KEY_NAMES: Readonly<Record<string, string>> = {
  Escape: "Esc",
  Delete: "Del",
  Period: ".",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageUp: "Page ↑",
  PageDown: "Page ↓",
  "-": "−",
};

const known = new Map<Shortcut, readonly string[]>();

/** `Mod++` ends with the sign itself. Every key that is pressed is compared with all shortcuts. */
const partsOf = (shortcut: Shortcut): readonly string[] => {
  const parts = known.get(shortcut) ?? shortcut.split(/\+(?!$)/);
  known.set(shortcut, parts);
  return parts;
};

/** As keyboards print it: `Ctrl Shift S`, on a Mac `⇧⌘S`. */
export const showShortcut = (shortcut: Shortcut, mac = isMac()): string => {
  const parts = partsOf(shortcut);
  const key = parts.at(-1) ?? "";
  const shown = KEY_NAMES[key] ?? key;
  if (mac) {
    const signs: Readonly<Record<string, string>> = { Mod: "⌘", Shift: "⇧", Alt: "⌥" };
    return ["Alt", "Shift", "Mod"].map((part) => (parts.includes(part) ? signs[part] : "")).join("") + shown;
  }
  return [...parts.slice(0, -1).map((part) => (part === "Mod" ? "Ctrl" : part)), shown].join(" ");
};

/** What was pressed, as a shortcut is written; null for a modifier alone and for Space, which presses buttons. */
export const shortcutOfKeys = (event: Keys, mac = isMac()): Shortcut | null => {
  if (["Control", "Shift", "Alt", "Meta", "AltGraph", "Dead", " "].includes(event.key)) return null;
  const isLetter = event.key.length === 1;
  const key = event.key === "." ? "Period" : isLetter ? event.key.toUpperCase() : event.key;
  // Some layouts need Shift to type a sign.
  const isSign = isLetter && !/[A-Z0-9]/.test(event.key.toUpperCase());
  const parts = [
    ...((mac ? event.metaKey : event.ctrlKey) ? ["Mod"] : []),
    ...(event.altKey ? ["Alt"] : []),
    ...(event.shiftKey && !isSign ? ["Shift"] : []),
  ];
  return [...parts, key].join("+");
};

type Keys = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

export const matchesShortcut = (event: Keys, shortcut: Shortcut, mac = isMac()): boolean => {
  const parts = partsOf(shortcut);
  const key = parts.at(-1) ?? "";
  const modifiers = parts.slice(0, -1);
  const mod = mac ? event.metaKey : event.ctrlKey;
  const otherMod = mac ? event.ctrlKey : event.metaKey;
  if (mod !== modifiers.includes("Mod") || otherMod || event.altKey !== modifiers.includes("Alt")) return false;
  const pressed = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const wanted = key === "Period" ? "." : key;
  if (pressed !== wanted) return false;
  // Some layouts need Shift to type `+` or `=`: for signs only a Shift that the shortcut asks for must be there.
  const isSign = wanted.length === 1 && !/[A-Z0-9]/.test(wanted);
  return isSign ? event.shiftKey || !modifiers.includes("Shift") : event.shiftKey === modifiers.includes("Shift");
};
