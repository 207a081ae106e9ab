import { describe, expect, it } from "vitest";
import { commands } from "../../../renderer/commands/commandTable.ts";
import { matchesShortcut, showShortcut } from "../../../renderer/commands/shortcut.ts";

const keys = (key: string, modifiers: { ctrl?: boolean; meta?: boolean; shift?: boolean; alt?: boolean } = {}) => ({
  key,
  ctrlKey: modifiers.ctrl ?? false,
  metaKey: modifiers.meta ?? false,
  shiftKey: modifiers.shift ?? false,
  altKey: modifiers.alt ?? false,
});

describe("shortcuts", () => {
  it("tells modifiers apart", () => {
    expect(matchesShortcut(keys("z", { ctrl: true }), "Mod+Z", false)).toBe(true);
    expect(matchesShortcut(keys("Z", { ctrl: true, shift: true }), "Mod+Z", false)).toBe(false);
    expect(matchesShortcut(keys("Z", { ctrl: true, shift: true }), "Mod+Shift+Z", false)).toBe(true);
    expect(matchesShortcut(keys("z"), "Mod+Z", false)).toBe(false);
    expect(matchesShortcut(keys("z", { meta: true }), "Mod+Z", true)).toBe(true);
    expect(matchesShortcut(keys("z", { ctrl: true }), "Mod+Z", true)).toBe(false);
    expect(matchesShortcut(keys("s", { ctrl: true, alt: true }), "Mod+S", false)).toBe(false);
  });

  it("takes signs however the layout types them", () => {
    expect(matchesShortcut(keys("+", { ctrl: true, shift: true }), "Mod++", false)).toBe(true);
    expect(matchesShortcut(keys("+", { ctrl: true }), "Mod++", false)).toBe(true);
    expect(matchesShortcut(keys("-", { ctrl: true }), "Mod+-", false)).toBe(true);
    expect(matchesShortcut(keys(".", { ctrl: true }), "Mod+Period", false)).toBe(true);
  });

  it("is written as keyboards print it", () => {
    expect(showShortcut("Mod+Shift+S", false)).toBe("Ctrl Shift S");
    expect(showShortcut("Mod+Shift+S", true)).toBe("⇧⌘S");
    expect(showShortcut("Mod++", false)).toBe("Ctrl +");
  });

  it("gives no two commands of the table the same key, but for those that hand over to each other", () => {
    const owners = new Map<string, string[]>();
    for (const { id, shortcuts } of commands) {
      for (const shortcut of shortcuts) owners.set(shortcut, [...(owners.get(shortcut) ?? []), id]);
    }
    const shared = [...owners.values()].filter((ids) => ids.length > 1);
    expect(shared).toEqual([["run.train", "run.pause"]]);
  });
});
