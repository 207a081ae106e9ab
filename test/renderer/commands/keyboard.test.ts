import { afterEach, beforeEach, expect, it } from "vitest";
import { viewStore } from "../../../renderer/app/viewStore.ts";
import { listenToKeyboard } from "../../../renderer/commands/keyboard.ts";
import { documentStore } from "../../../renderer/document/documentStore.ts";

let stop: () => void;

beforeEach(() => {
  viewStore.setState({ view: "editor", editorView: "canvas", notices: [], question: null });
  stop = listenToKeyboard();
});
afterEach(() => stop());

const press = (key: string, init: KeyboardEventInit = {}): KeyboardEvent => {
  const event = new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, cancelable: true, ...init });
  document.body.dispatchEvent(event);
  return event;
};
const said = () => viewStore.getState().notices.map(({ title, text }) => ({ title, text }));

it("says why the keys of Train begin nothing, once, and nothing where a key has nothing to do", () => {
  expect(documentStore.getState().compiled.program).toBeNull();
  expect(press("Enter").defaultPrevented).toBe(true);
  expect(said()).toEqual([{ title: "Training cannot begin", text: expect.stringMatching(/\S/) }]);
  viewStore.setState({ notices: [] });
  press("Enter", { repeat: true });
  press("z");
  expect(said()).toEqual([]);
});
