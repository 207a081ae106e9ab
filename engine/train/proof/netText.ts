/**
 * Nets in words, as files of reference values write them:
 * `1x12x12 -> conv1 4@5x5 -> bn1 -> relu -> maxpool 2 -> flatten -> fc1 8; softmax cross-entropy`, and blocks that repeat,
 * `20 -> [fc [12, 12] -> bn -> relu] x2 -> fc3 4`. Nodes are numbered by kind where the words don't.
 */
import type { ParamValue } from "../../layer.ts";
import { layerOf } from "../../registry.ts";
import { err, ok, type Result } from "../../result.ts";
import type { NodeSketch } from "./chainDocument.ts";

/** At arrows outside of brackets. */
const splitSteps = (text: string): string[] => {
  const steps: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "[") depth++;
    else if (text[at] === "]") depth--;
    else if (depth === 0 && text.startsWith("->", at)) {
      steps.push(text.slice(start, at).trim());
      start = at + 2;
    }
  }
  return [...steps, text.slice(start).trim()];
};

/** `[fc [12, 12] -> bn -> relu] x2` becomes `fc 12 -> bn -> relu -> fc 12 -> bn -> relu`. */
const unroll = (step: string): string[] => {
  const block = /^\[(.*)\]\s*x\s*(\d+)$/.exec(step);
  if (block === null) return [step];
  const [, inside = "", times = "1"] = block;
  return Array.from({ length: Number(times) }, (_, round) =>
    splitSteps(inside).map((inner) =>
      inner.replace(/\[([^\]]*)\]/, (_whole, list: string) => list.split(",")[round]?.trim() ?? ""),
    ),
  ).flat();
};

const pairAfter = (words: string, word: string): [number, number] | null => {
  const found = new RegExp(`${word} (\\d+)(?:x(\\d+))?`).exec(words);
  return found === null ? null : [Number(found[1]), Number(found[2] ?? found[1])];
};

const shorthand: Readonly<Record<string, string>> = { bn: "batchNorm", ln: "layerNorm", fc: "dense", conv: "conv2d" };

/**
 * Weights that the loss does not depend on: a bias before batch norm is subtracted again with the mean. Its gradient is rounding alone,
 * which Adam makes as large as any other: nothing to compare.
 */
export const idleWeights = (nodes: readonly NodeSketch[]): ReadonlySet<string> =>
  new Set(nodes.flatMap(({ id }, index) => (nodes[index + 1]?.kind === "batchNorm" ? [`${id}.bias`] : [])));

export const parseNet = (text: string): Result<readonly NodeSketch[], string> => {
  const [body = "", loss = "softmax cross-entropy"] = text.split(";").map((part) => part.trim());
  const [start = "", ...steps] = splitSteps(body).flatMap(unroll);
  const shape = start.split("x").map(Number);
  if (shape.some((extent) => !Number.isInteger(extent) || extent < 1)) return err(`"${start}" is no input shape`);
  const nodes: NodeSketch[] = [{ kind: "input", id: "input", params: { shape: [...shape], scaling: "none" } }];
  const counts = new Map<string, number>();
  for (const step of steps) {
    const [, word = "", number = "", rest = ""] = /^([a-zA-Z]+)(\d*)\s*(.*)$/.exec(step) ?? [];
    const count = (counts.get(word) ?? 0) + 1;
    counts.set(word, count);
    const id = `${word}${number === "" ? count : number}`;
    const params: Record<string, ParamValue> = {};
    let kind = shorthand[word] ?? word;
    if (kind === "conv2d") {
      const [, filters, kh, kw] = /^(\d+)@(\d+)x(\d+)/.exec(rest) ?? [];
      if (filters === undefined) return err(`"${step}" has no filters and kernel, as in "conv1 4@5x5"`);
      params.filters = Number(filters);
      params.kernel = [Number(kh), Number(kw)];
      for (const option of ["padding", "stride", "dilation"]) {
        const value = pairAfter(rest, option);
        if (value !== null) params[option] = value;
      }
    } else if (kind === "dense") {
      params.units = Number(/^\d+$/.exec(rest)?.[0] ?? Number.NaN);
      if (Number.isNaN(params.units)) return err(`"${step}" has no number of units, as in "fc1 8"`);
    } else if (kind === "maxpool" || kind === "avgpool") {
      const size = Number(/^\d+/.exec(rest)?.[0] ?? 2);
      Object.assign(params, { pool: kind.slice(0, 3), size: [size, size], stride: [size, size] });
      kind = "pool2d";
    }
    if (layerOf(kind) === undefined) return err(`"${step}" is no layer that is known here`);
    nodes.push({ kind, id, params });
  }
  if (!/^(softmax cross-entropy|mean squared error)/.test(loss)) return err(`"${loss}" is no loss that is known here`);
  const isEntropy = loss.startsWith("softmax");
  nodes.push({
    kind: "output",
    id: "output",
    params: { loss: isEntropy ? "softmaxCrossEntropy" : "meanSquaredError" },
  });
  return ok(nodes);
};
