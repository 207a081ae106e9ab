import path from "node:path";
import { describe, expect, it } from "vitest";
import { fileOfPageUrl } from "../../electron/pageUrl.ts";

const folder = path.resolve("/app/dist/renderer");

describe("a URL of the page", () => {
  it("names a file of the built page", () => {
    expect(fileOfPageUrl("layerscope://app/assets/main.js?x=1", folder)).toBe(path.join(folder, "assets/main.js"));
  });
  it.each([
    "layerscope://app/..%2f..%2fpackage.json",
    "layerscope://app/%2e%2e/%2e%2e/%2e%2e/etc/passwd%00.js",
    // A folder beside it whose name only begins alike.
    "layerscope://app/..%2frenderer-of-another%2fmain.js",
    "layerscope://app/%00",
    "layerscope://app/%zz",
    "layerscope://other/index.html",
  ])("names none that is outside: %s", (url) => {
    expect(fileOfPageUrl(url, folder)).toBeNull();
  });
});
