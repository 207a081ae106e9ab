import type { MenuItemConstructorOptions } from "electron";
import { describe, expect, it } from "vitest";
import { customAccelerators } from "../../electron/accelerators.ts";
import { type MenuContext, menuTemplate } from "../../electron/menu.ts";

const itemsOf = (template: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
  template.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? itemsOf(item.submenu) : [])]);

const build = (changes: Partial<MenuContext> = {}) => {
  const sent: [string, string | undefined][] = [];
  const items = itemsOf(
    menuTemplate({
      isMac: false,
      appName: "Layerscope",
      recentFiles: [{ handle: "h1", fileName: "net.layerscope", folder: "/home/ada" }],
      examples: ["lenet-bn-avg.layerscope"],
      accelerators: {},
      send: (id, argument) => sent.push([id, argument]),
      newWindow: () => sent.push(["window", undefined]),
      clearRecentFiles: () => sent.push(["cleared", undefined]),
      ...changes,
    }),
  );
  const click = (label: string): void => {
    const item = items.find((candidate) => candidate.label === label);
    // Electron passes itself, the window and the event; the template uses none of them.
    (item?.click as (() => void) | undefined)?.();
  };
  return { items, sent, click };
};

describe("the application menu", () => {
  it("sends command ids to the page", () => {
    const { click, sent } = build();
    for (const label of [
      "Save",
      "net.layerscope – /home/ada",
      "lenet-bn-avg",
      "Recompute population statistics",
      "Clear recent files",
    ])
      click(label);
    expect(sent).toEqual([
      ["file.save", undefined],
      ["file.openRecent", "h1"],
      ["file.openExample", "lenet-bn-avg.layerscope"],
      ["run.recomputeStatistics", undefined],
      ["cleared", undefined],
    ]);
  });

  it("shows the shortcuts that the page handles and leaves them to the page", () => {
    const { items } = build();
    const save = items.find((item) => item.label === "Save");
    expect(save).toMatchObject({ accelerator: "CmdOrCtrl+S", registerAccelerator: false });
  });

  it("shows the keys that the user has set, and none where they were taken away", () => {
    const setting = JSON.stringify({
      "file.save": ["Mod+Shift+ArrowUp", "F9"],
      "file.open": [],
      "edit.undo": ["Mod++"],
    });
    const { items } = build({ accelerators: customAccelerators(setting) });
    const accelerator = (label: string) => items.find((item) => item.label === label)?.accelerator;
    expect(accelerator("Save")).toBe("CmdOrCtrl+Shift+Up");
    expect(accelerator("Open…")).toBeUndefined();
    expect(accelerator("Undo")).toBe("CmdOrCtrl+Plus");
    expect(accelerator("New")).toBe("CmdOrCtrl+N");
    expect(customAccelerators("not JSON")).toEqual({});
    expect(customAccelerators(null)).toEqual({});
  });

  it("uses every shortcut once", () => {
    for (const isMac of [false, true]) {
      const accelerators = build({ isMac })
        .items.map((item) => item.accelerator)
        .filter((accelerator) => accelerator !== undefined);
      expect(new Set(accelerators).size).toBe(accelerators.length);
    }
  });

  it("says that there are no recent files", () => {
    const { items } = build({ recentFiles: [] });
    expect(items.find((item) => item.label === "No recent files")).toMatchObject({ enabled: false });
  });
});
