import { describe, expect, it } from "vitest";
import { keepSetting } from "../../../renderer/app/keepSetting.ts";
import { setShell } from "../../../renderer/app/shellAccess.ts";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { createFakeShell } from "../fakeShell.ts";

describe("a choice that the disk refuses", () => {
  it("holds, is said once with the reason, and said again after one that was kept", async () => {
    const shell = createFakeShell();
    const refusing = {
      ...shell,
      writeSetting: async () => {
        throw new Error("the disk is full");
      },
    };
    setShell(refusing);
    expect(await keepSetting("theme", '"dark"')).toBe(false);
    expect(await keepSetting("motion", '"reduce"')).toBe(false);
    expect(viewStore.getState().notices.map(({ title, text }) => `${title}. ${text}`)).toEqual([
      "Settings are not kept. They hold until the app ends. Their file can't be written: the disk is full.",
    ]);
    setShell(shell);
    expect(await keepSetting("theme", '"dark"')).toBe(true);
    setShell(refusing);
    viewStore.setState({ notices: [] });
    await keepSetting("theme", '"light"');
    expect(viewStore.getState().notices).toHaveLength(1);
  });
});
