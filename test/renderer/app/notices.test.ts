import { afterEach, expect, it } from "vitest";
import { notifyDone } from "../../../renderer/app/viewActs.ts";
import { notify, viewStore } from "../../../renderer/app/viewStore.ts";

afterEach(() => viewStore.setState({ view: "start", editorView: "canvas", notices: [] }));

const titles = (): string[] => viewStore.getState().notices.map(({ title }) => title);

it("a notice of what somebody did where they are ends when they go to another view; what went wrong stays", () => {
  viewStore.setState({ view: "editor", editorView: "runs" });
  notify({ tone: "error", title: "This run is not kept", text: "The disk is full." });
  notifyDone({
    place: "runs",
    label: "delete the run lenet",
    title: "Deleted the run lenet",
    text: "",
    undo: () => Promise.resolve(),
  });
  viewStore.setState({ historyOpen: true });
  expect(titles()).toEqual(["This run is not kept", "Deleted the run lenet"]);
  viewStore.setState({ editorView: "canvas" });
  expect(titles()).toEqual(["This run is not kept"]);
});
