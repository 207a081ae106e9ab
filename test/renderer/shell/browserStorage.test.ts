import { expect, it } from "vitest";
import { describeNotKept, openBrowserStorage } from "../../../renderer/shell/browserStorage.ts";

const refusing = (): never => {
  throw new DOMException("Access is denied for this document.", "SecurityError");
};

it("is the browser's own where it has one", () => {
  const { storage, tabStorage, isKept } = openBrowserStorage(window);
  storage.setItem("a", "1");
  tabStorage.setItem("b", "2");
  expect([window.localStorage.getItem("a"), window.sessionStorage.getItem("b"), isKept]).toEqual(["1", "2", true]);
  expect(window.localStorage.length).toBe(1);
  window.localStorage.clear();
  window.sessionStorage.clear();
});

it.each([
  [
    "throws at the very access",
    {
      get localStorage() {
        return refusing();
      },
      get sessionStorage() {
        return refusing();
      },
    },
  ],
  ["is not there", { localStorage: null, sessionStorage: null }],
  [
    "refuses what is written",
    {
      localStorage: { length: 0, key: () => null, getItem: () => null, setItem: refusing, removeItem: () => undefined },
      sessionStorage: null,
    },
  ],
])("lasts as long as the page where the browser's own %s", (_what, page) => {
  const { storage, tabStorage, isKept } = openBrowserStorage(page);
  expect(isKept).toBe(false);
  storage.setItem("a", "1");
  storage.setItem("b", "2");
  storage.setItem("a", "3");
  tabStorage.setItem("c", "4");
  expect([storage.length, storage.key(0), storage.key(1), storage.key(2)]).toEqual([2, "a", "b", null]);
  storage.removeItem("b");
  expect([storage.getItem("a"), storage.getItem("b"), tabStorage.getItem("c")]).toEqual(["3", null, "4"]);
});

it("one that is full is kept: it can be read", () => {
  const full = {
    ...{ length: 1, key: () => "a", getItem: () => "1", removeItem: () => undefined },
    setItem: () => {
      throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
    },
  };
  const { storage, isKept } = openBrowserStorage({ localStorage: full, sessionStorage: full });
  expect([isKept, storage.getItem("a")]).toEqual([true, "1"]);
});

it("what ends with the page is said in a line", () => {
  expect(describeNotKept({ storage: true, database: true })).toBeNull();
  expect(describeNotKept({ storage: false, database: false })?.text).toBe(
    "Settings, unsaved changes and runs end with this page: save documents as files. Studies can't be trained. To keep them, let this address store data.",
  );
  expect(describeNotKept({ storage: true, database: false })?.text).toMatch(/^Runs end with this page/);
  expect(describeNotKept({ storage: false, database: true })?.text).toMatch(/^Settings and unsaved changes end/);
});
