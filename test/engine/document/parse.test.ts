import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../../engine/compile/compile.ts";
import { newDocument } from "../../../engine/document/defaults.ts";
import { locateJsonError } from "../../../engine/document/locateJsonError.ts";
import { migrations } from "../../../engine/document/migrations.ts";
import { describeParseError, parse } from "../../../engine/document/parse.ts";
import { DOCUMENT_VERSION, MAX_DOCUMENT_BYTES } from "../../../engine/document/schema.ts";
import { serialize } from "../../../engine/document/serialize.ts";
import { smallNet } from "../compile/documents.ts";
import { anyDocument } from "./arbitraries.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

/** The error of a text that must not parse, with its words. */
const errorOf = (text: string) => {
  const parsed = parse(text);
  if (parsed.ok) throw new Error("it parses");
  return { ...parsed.error, words: describeParseError(parsed.error) };
};

type LooseDocument = Record<string, object> & { nodes: object[] };

/** The text of a valid document after a change that makes it invalid. */
const edited = (change: (document: LooseDocument) => unknown): string => {
  const document: LooseDocument = JSON.parse(serialize(smallNet()));
  change(document);
  return JSON.stringify(document);
};

describe("parse", () => {
  it("says where the text stops being JSON", () => {
    expect(errorOf('{\n  "format": layerscope\n}')).toMatchObject({ type: "notJson", line: 2, column: 13 });
    expect(errorOf('{\n  "format": layerscope\n}').words).toBe("The file is not JSON. It breaks at line 2, column 13.");
    expect(errorOf('{"format":').type).toBe("notJson");
  });

  it.each(["", " ", "\n\t\r\n", "\ufeff", "\ufeff\n"])("says that a file without text is empty: %j", (text) => {
    expect(errorOf(text)).toEqual({ type: "empty", words: "The file is empty." });
  });

  it("tells other JSON from a document", () => {
    expect(errorOf('{"nodes": []}').words).toBe(
      'The file is not a Layerscope document: "format" should be "layerscope" and is nothing.',
    );
    expect(errorOf('{"format": "layerscope-model"}')).toMatchObject({
      type: "notLayerscope",
      found: '"layerscope-model"',
    });
    for (const text of ["null", "[]", "3", '"layerscope"']) expect(errorOf(text).type).toBe("notLayerscope");
  });

  it("names both versions of a file from the future, whatever else it holds", () => {
    const error = errorOf('{"format": "layerscope", "version": 7, "graph": {}}');
    expect(error).toMatchObject({ type: "versionTooNew", found: 7, supported: DOCUMENT_VERSION });
    expect(error.words).toBe("The file has version 7; this Layerscope reads up to 3. Open it with a newer one.");
    for (const version of ["0", "-1", "1.5", '"1"', "null"]) {
      expect(errorOf(`{"format": "layerscope", "version": ${version}}`)).toMatchObject({
        type: "invalid",
        path: "version",
      });
    }
  });

  it.each([
    ["a missing part", (d) => Reflect.deleteProperty(d, "training"), "training", "nothing", "an object", 0],
    [
      "a wrong type",
      (d) => Object.assign(d.nodes[2] ?? {}, { position: { x: "left", y: 0 } }),
      "nodes[2].position.x",
      '"left"',
      "a number",
      0,
    ],
    [
      "an unknown key",
      (d) => Object.assign(d.nodes[0] ?? {}, { colour: "red" }),
      "nodes[0].colour",
      '"red"',
      "no such key",
      0,
    ],
    [
      "a value out of range",
      (d) => Object.assign(d.training ?? {}, { epochs: 0 }),
      "training.epochs",
      "0",
      "1 or more",
      0,
    ],
    [
      "a fraction",
      (d) => Object.assign(d.training ?? {}, { batchSize: 2.5 }),
      "training.batchSize",
      "2.5",
      "a whole number",
      0,
    ],
    [
      "a rate of zero",
      (d) => Object.assign(d.training ?? {}, { learningRate: 0 }),
      "training.learningRate",
      "0",
      "more than 0",
      0,
    ],
    [
      "an unknown choice",
      (d) => Object.assign(d.training ?? {}, { optimizer: { name: "lion" } }),
      "training.optimizer.name",
      '"lion"',
      '"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam" or "adamw"',
      0,
    ],
    [
      "an empty id",
      (d) => Object.assign(d.nodes[1] ?? {}, { id: "" }),
      "nodes[1].id",
      '""',
      "text of 1 or more characters",
      0,
    ],
    ["several problems", (d) => Object.assign(d, { nodes: 1, notes: 2, edges: {} }), "nodes", "1", "an array", 2],
  ] as const satisfies readonly (readonly [
    string,
    (document: LooseDocument) => unknown,
    string,
    string,
    string,
    number,
  ])[])("names path, found and expected of %s", (_, change, path, found, expected, numMore) => {
    const error = errorOf(edited(change));
    expect(error).toMatchObject({ type: "invalid", path, found, expected, numMore });
    expect(error.words).toContain(`${path} is ${found}, expected ${expected}.`);
  });

  it("refuses a file over the limit without reading it", () => {
    const text = `"${"é".repeat(MAX_DOCUMENT_BYTES / 2)}"`;
    expect(errorOf(text)).toMatchObject({ type: "tooLarge", bytes: MAX_DOCUMENT_BYTES + 2, limit: MAX_DOCUMENT_BYTES });
    expect(errorOf(text).words).toBe("The file has 16.0 MiB, more than the limit of 16.0 MiB.");
  });

  it("survives hostile nesting and keys", () => {
    const deep = edited(() => undefined).replace(
      '"params":{}',
      `"params":{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
    );
    expect(errorOf(deep)).toMatchObject({ type: "invalid" });
    const polluted = edited(() => undefined).replace('"params":{}', '"params":{"__proto__":{"polluted":1}}');
    const parsed = parse(polluted);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    if (parsed.ok) expect(() => compile(parsed.value)).not.toThrow();
  });

  it("accepts nodes of a kind it does not know and params that make no sense, so that the file opens", () => {
    expect(parse(edited((d) => Object.assign(d.nodes[2] ?? {}, { kind: "attention", params: { heads: -3 } }))).ok).toBe(
      true,
    );
  });

  it("accepts a byte order mark", () => expect(parse(`\ufeff${serialize(newDocument())}`).ok).toBe(true));

  it("finds the place where any text stops being JSON", () => {
    const mutated = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom("", ",", "]", "}", ":", '"', "0", "-", "\\", "\n", "x", "[", "{"),
        fc.nat({ max: 2 }),
      )
      .map(([json, at, inserted, removed]) => {
        const index = at % (json.length + 1);
        return json.slice(0, index) + inserted + json.slice(index + removed);
      });
    const isJson = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(mutated, (text) => {
        expect(locateJsonError(text) === null).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
    expect(locateJsonError('{"a": [1, 2,]}')).toBe(12);
    expect(locateJsonError('{"a": 1\n<<<<<<< HEAD')).toBe(8);
    expect(locateJsonError("[1, 2")).toBe(5);
    expect(locateJsonError('{} "x"')).toBe(3);
  });

  it("never throws on arbitrary text", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.json(),
          fc.json().map((json) => `{"format":"layerscope","version":2,"nodes":${json}}`),
        ),
        (text) => {
          const parsed = parse(text);
          if (!parsed.ok) expect(describeParseError(parsed.error)).toMatch(/\.$/);
        },
      ),
    );
  });
});

describe("serialize", () => {
  it("is undone by parse", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        expect(parse(serialize(document))).toStrictEqual({ ok: true, value: document });
      }),
    );
  });

  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const reversed = JSON.parse(JSON.stringify(document), (_key, value) =>
          typeof value === "object" && value !== null && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value).reverse())
            : value,
        );
        // JSON.stringify writes −0 as 0, so compare what it leaves of both.
        expect(serialize(reversed)).toBe(serialize(JSON.parse(JSON.stringify(document))));
      }),
    );
  });

  it("changes one line when one param changes", () => {
    const lines = serialize(smallNet()).split("\n");
    const document = smallNet();
    const changed = {
      ...document,
      nodes: document.nodes.map((node) =>
        node.id === "fc1" ? { ...node, params: { ...node.params, units: 11 } } : node,
      ),
    };
    const different = serialize(changed)
      .split("\n")
      .filter((line, index) => line !== lines[index]);
    expect(different).toEqual(['        "units": 11,']);
  });

  it("ends with a newline", () => expect(serialize(newDocument())).toMatch(/[^\n]\n$/));
});

describe("golden files", () => {
  const files = readdirSync(new URL("golden", import.meta.url)).sort();

  it("hold one file of each version, and one migration leads from each to the next", () => {
    expect(files).toEqual(Array.from({ length: DOCUMENT_VERSION }, (_, index) => `version${index + 1}.layerscope`));
    expect(migrations.length).toBe(DOCUMENT_VERSION - 1);
  });

  it.each(files)("%s opens and compiles", (file) => {
    const parsed = parse(read(`golden/${file}`));
    if (!parsed.ok) throw new Error(describeParseError(parsed.error));
    expect(
      compile(parsed.value, { dataset: { sampleShape: [1, 28, 28], numClasses: 10, trainCount: 60_000 } }).diagnostics,
    ).toEqual([]);
  });

  it("version 1 has a constant rate, no warm-up, no clipping and no early stopping, and keeps the rest", () => {
    const parsed = parse(read("golden/version1.layerscope"));
    expect(parsed).toMatchObject({
      value: {
        version: DOCUMENT_VERSION,
        training: {
          optimizer: { name: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
          schedule: { name: "constant" },
          warmupEpochs: 0,
          weightDecay: 0.0005,
          clipNorm: null,
          earlyStopping: null,
        },
      },
    });
  });

  it("the newest is written back byte for byte", () => {
    const text = read(`golden/version${DOCUMENT_VERSION}.layerscope`);
    const parsed = parse(text);
    if (!parsed.ok) throw new Error(describeParseError(parsed.error));
    expect(serialize(parsed.value)).toBe(text);
    expect(parsed.value).toMatchObject({
      dataset: { source: "idx", directory: "../data/fashion" },
      training: { optimizer: { name: "adam", beta1: 0.9 }, seed: 4294967295 },
      notes: "Line one.\nLine two: 1×28×28 → 10.",
    });
    expect(parsed.value.nodes[7]).toMatchObject({
      name: "fc “out”",
      params: { units: 10, initializer: { name: "uniform", limit: 0.1 } },
    });
  });
});
