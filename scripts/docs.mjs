/**
 * Writes docs/layers.md, docs/optimizers.md, docs/initializers.md and docs/health.md from the definitions that the engine runs by.
 *
 *   node scripts/docs.mjs [--check]
 *
 * With --check nothing is written: a page that is not what the code says is named, and the exit code is 1.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";
import { z } from "zod";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const FAMILIES = {
  io: "Source and loss",
  linear: "Weights",
  norm: "Normalization",
  activation: "Activation",
  shape: "Shape",
  regularization: "Regularization",
  merge: "Merge",
};

const NOTICE = "<!-- Written by scripts/docs.mjs from the code: change the definitions and run `npm run docs`. -->";

/** A cell of a table: one line, no bars. */
const cell = (text) => text.replaceAll("\n", " ").replaceAll("|", "\\|");

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.map(cell).join(" | ")} |`).join("\n");

const code = (text) => `\`${text}\``;

/** `{ name: "document" }` in one line. */
const inline = (value) => {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${inline(item)}`)
      .join(", ")} }`;
  }
  return JSON.stringify(value);
};

const branches = (schema) =>
  [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((branch) =>
    branches(branch).length > 0 ? branches(branch) : [branch],
  );

/** What a value may be, in words: `whole number, 1 to 65536`. */
const range = (schema) => {
  if (schema.enum) return schema.enum.map(inline).join(", ");
  if (schema.const !== undefined) return inline(schema.const);
  if (schema.type === "boolean") return "true, false";
  if (schema.type === "integer" || schema.type === "number") {
    const noun = schema.type === "integer" ? "whole number" : "number";
    const least = schema.minimum ?? schema.exclusiveMinimum;
    const most = schema.maximum ?? schema.exclusiveMaximum;
    const from = least === undefined ? "" : schema.minimum === undefined ? `more than ${least}` : `${least} or more`;
    if (most === undefined || Math.abs(most) >= Number.MAX_SAFE_INTEGER) return from === "" ? noun : `${noun}, ${from}`;
    const to = schema.maximum === undefined ? `less than ${most}` : `at most ${most}`;
    return [noun, from, to].filter((part) => part !== "").join(", ");
  }
  if (schema.prefixItems) return `[${schema.prefixItems.map(range).join("; ")}]`;
  if (schema.type === "array") return "list of numbers";
  if (schema.type === "object") {
    const { name, ...numbers } = schema.properties ?? {};
    const names = name?.enum ?? [name?.const];
    const rest = Object.entries(numbers).map(([key, number]) => `${key}: ${range(number)}`);
    return rest.length === 0 ? names.join(", ") : `${names.join(", ")} (${rest.join("; ")})`;
  }
  return branches(schema).map(range).join("; ");
};

const properties = (schema) =>
  Object.entries(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }).properties ?? {});

const layersPage = ({ layers }) => {
  const families = Object.entries(FAMILIES).map(([family, title]) => {
    const kinds = layers.filter((layer) => layer.family === family);
    return kinds.length === 0 ? [] : [`## ${title}`, ...kinds.flatMap(layerSection)];
  });
  return [
    "# Kinds of layers",
    NOTICE,
    `${layers.length} kinds. Shapes leave the batch out and are channels first. A kind's name in documents stands beside its name on screen.`,
    table(
      ["Kind", "Name in documents", "Formula"],
      layers.map(({ title, kind, formula }) => [title, code(kind), formula]),
    ),
    ...families.flat(),
  ];
};

const layerSection = (layer) => {
  const params = properties(layer.params);
  return [
    `### ${layer.title} (${code(layer.kind)})`,
    `${layer.subtitle}. ${code(layer.formula)}`,
    layer.doc,
    params.length === 0
      ? "No params."
      : table(
          ["Param", "Default", "Values", "Meaning"],
          params.map(([name, schema]) => [
            code(name),
            code(inline(schema.default)),
            range(schema),
            schema.unit ? `${schema.description} In ${schema.unit}.` : schema.description,
          ]),
        ),
  ];
};

const optimizersPage = ({ optimizerNames, optimizers, optimizerSchema, schedules, scheduleNames, scheduleSchema }) => [
  "# Optimizers and schedules",
  NOTICE,
  [
    "g is the gradient of the mean loss over the batch, w a weight, t the number of the step from 1, η the learning rate of the step: the learning",
    "rate of the settings, times the factor of the schedule, times the factor of the node (`learningRateFactor`).",
    "A node that is not `trainable` keeps its weights; nothing is computed for them.",
  ].join("\n"),
  [
    "**Clipping** comes first: with `clipNorm` c every gradient is multiplied by min(1, c / ‖g‖), the norm taken over all gradients together, in float64",
    "and in a fixed order. Pascanu, Mikolov & Bengio, *On the difficulty of training recurrent neural networks* (2013).",
  ].join("\n"),
  [
    "**Weight decay** λ then adds λ·w to the gradient of Conv and Dense weights (L2); biases and the weights of normalizing layers never decay. AdamW",
    "shrinks the weights themselves instead.",
  ].join("\n"),
  ...optimizerNames.flatMap((name, index) => {
    const { title, formula, doc, start, slots, usualRate } = optimizers[name];
    const numbers = properties(optimizerSchema.options[index]).filter(([key]) => key !== "name");
    return [
      `## ${title} (${code(name)})`,
      formula
        .split(/,\s{2,}|:\s{2,}/)
        .map((part) => `    ${part}`)
        .join("\n"),
      doc,
      [
        slots.length === 0 ? "Keeps nothing between steps." : `Keeps for each weight: ${slots.join(", ")}.`,
        `Usually begun at a rate of ${usualRate}.`,
      ].join(" "),
      ...(numbers.length === 0
        ? []
        : [
            table(
              ["Number", "First value", "Values", "Meaning"],
              numbers.map(([key, schema]) => [code(key), code(inline(start[key])), range(schema), schema.description]),
            ),
          ]),
    ];
  }),
  "## Schedules",
  [
    "Over the first `warmupEpochs` the rate rises linearly to where the schedule begins (Goyal et al., *Accurate, large minibatch SGD*, 2017). After them",
    "x runs from 0 to 1 at the last step; `step` counts epochs from the start of the run.",
  ].join("\n"),
  table(
    ["Schedule", "Factor of the learning rate", "Numbers", "Source"],
    scheduleNames.map((name, index) => {
      const { title, formula, source, start } = schedules[name];
      const numbers = properties(scheduleSchema.options[index]).filter(([key]) => key !== "name");
      return [
        `${title} (${code(name)})`,
        formula,
        numbers.map(([key, schema]) => `${code(key)} ${inline(start[key])}: ${schema.description}`).join("<br>"),
        source,
      ];
    }),
  ),
];

const initializersPage = ({ initializerNames, initializers }) => [
  "# Initializers",
  NOTICE,
  [
    "How weights start. Conv and Dense have an initializer of their own or take the document's; biases start at 0, BatchNorm's γ at 1 and β at 0.",
    "fanIn is the number of products that add up to one output, fanOut the number of outputs that one input reaches: inputs and units of Dense, channels",
    "times the area of the kernel of Conv. N(μ, σ²) is a normal distribution that is not truncated, U(±a) a uniform one between −a and a.",
    "Every tensor draws from a random stream of its own, named by its node and the seed: another node changes nothing.",
  ].join("\n"),
  ...initializerNames.flatMap((name) => {
    const { title, formula, doc, start } = initializers[name];
    const numbers = Object.entries(start).filter(([key]) => key !== "name");
    const first = numbers.map(([key, value]) => ` ${code(key)} is ${inline(value)} at first.`).join("");
    return [`## ${title} (${code(name)})`, `    ${formula}`, doc + first];
  }),
];

const healthPage = ({ healthRules }) => [
  "# Health rules",
  NOTICE,
  [
    "What the badges on nodes stand for, the worst first. Each measured step is judged by itself, by its",
    "[statistics](statistics.md); a finding names the first measured step of the unbroken stretch up to the step shown. Going back in time",
    "shows the findings of that step. Stds are compared between layers with weights, sums, normalizations and the input: what activations,",
    "pooling and dropout make of a std in between is how they work and no finding. Outputs with values that are not finite are judged by no other rule.",
  ].join("\n"),
  ...healthRules.flatMap(({ title, severity, threshold, quiet, meaning, source, tries }) => [
    `## ${title}`,
    `${threshold} (${severity === "error" ? "An error." : "A warning."})`,
    quiet === "" ? meaning : `${meaning} Exempt: ${quiet.charAt(0).toLowerCase()}${quiet.slice(1)}`,
    `What to try: ${tries}`,
    `Source: ${source}`,
  ]),
];

const { module: engine } = await runnerImport(path.join(root, "engine/index.ts"), { logLevel: "warn" });
const pages = {
  layers: layersPage(engine),
  optimizers: optimizersPage(engine),
  initializers: initializersPage(engine),
  health: healthPage(engine),
};
const check = process.argv.includes("--check");
const stale = [];
for (const [name, parts] of Object.entries(pages)) {
  const file = path.join(root, "docs", `${name}.md`);
  const text = `${parts.join("\n\n")}\n`;
  if (!check) await writeFile(file, text);
  else if ((await readFile(file, "utf8").catch(() => "")) !== text) stale.push(`docs/${name}.md`);
}
if (stale.length > 0) {
  console.error(
    `${stale.join(" and ")} ${stale.length === 1 ? "is" : "are"} not what the code says. Run: npm run docs`,
  );
  process.exitCode = 1;
}
