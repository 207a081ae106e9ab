import { availableParallelism } from "node:os";
import {
  type Compiled,
  compile,
  counted,
  expand,
  formatShape,
  type LayerscopeDocument,
  layerOf,
  type NodeFacts,
} from "../engine/index.ts";
import { fusedSteps } from "../engine/train/fusedSteps.ts";
import type { Arguments } from "./arguments.ts";
import { diagnosticLine, readDocument } from "./documentFile.ts";
import { count, megabytes } from "./formats.ts";
import { writeError, writeJson, writeLine } from "./output.ts";

export const runCompile = (args: Arguments): number => {
  const [path = ""] = args.operands;
  const document = readDocument(path);
  const compiled = compile(document, { numCores: availableParallelism() });
  const isOk = !compiled.diagnostics.some((diagnostic) => diagnostic.severity === "error");
  if (args.has("json")) writeJson(compiledEvent(document, compiled, isOk));
  else writeTable(document, compiled, isOk);
  return isOk ? 0 : 1;
};

/** What is known of each layer, groups that repeat written out: the sums of these are the totals. */
const wholeFacts = (compiled: Compiled): readonly NodeFacts[] => {
  const drawn = [...compiled.facts.values()];
  const whole = [...compiled.writtenFacts.values()];
  // Those that are bypassed are drawn only, each after the one that it passes on.
  drawn.forEach((fact, index) => {
    if (compiled.writtenFacts.has(fact.nodeId)) return;
    const before = whole.findIndex(({ nodeId }) => nodeId === drawn[index - 1]?.nodeId);
    whole.splice(before + 1, 0, fact);
  });
  return whole;
};

/** Nodes in execution order, those of unknown place last. */
const nodeRows = (document: LayerscopeDocument, compiled: Compiled) => {
  const nodes = new Map([...document.nodes, ...expand(document).document.nodes].map((node) => [node.id, node]));
  return wholeFacts(compiled).flatMap((fact) => {
    const node = nodes.get(fact.nodeId);
    return node === undefined ? [] : [{ node, fact }];
  });
};

const compiledEvent = (document: LayerscopeDocument, compiled: Compiled, isOk: boolean) => ({
  event: "compiled",
  ok: isOk,
  layers: nodeRows(document, compiled).map(({ node, fact }) => ({
    id: node.id,
    kind: node.kind,
    name: node.name,
    inputShapes: fact.inputShapes,
    outputShape: fact.outputShape,
    weights: fact.numWeights,
    state: fact.numState,
    multiplyAdds: fact.multiplyAdds,
    summary: fact.summary,
  })),
  totals: {
    weights: compiled.totals.numWeights,
    multiplyAdds: compiled.totals.multiplyAdds,
    memoryBytes: compiled.totals.memoryBytes,
  },
  diagnostics: compiled.diagnostics.map(({ code, severity, nodeId, port, message, fix }) => ({
    code,
    severity,
    nodeId,
    port,
    message,
    fix: fix?.label ?? null,
  })),
  /** Kernel operations of one training step, in order; null without a program. */
  steps: compiled.program === null ? null : fusedSteps(compiled.program, document.training, compiled.dataset),
});

const writeTable = (document: LayerscopeDocument, compiled: Compiled, isOk: boolean): void => {
  const rows = nodeRows(document, compiled).map(({ node, fact }) => [
    node.name === "" ? node.id : node.name,
    layerOf(node.kind)?.title ?? node.kind,
    fact.outputShape === null ? "?" : formatShape(fact.outputShape),
    fact.numWeights === null ? "?" : fact.numWeights === 0 ? "" : count(fact.numWeights),
    fact.multiplyAdds === null ? "?" : fact.multiplyAdds === 0 ? "" : count(fact.multiplyAdds),
  ]);
  const table = [["Name", "Kind", "Output", "Weights", "Multiply-adds"], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  for (const row of table) {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < 2 ? cell.padEnd(width) : cell.padStart(width);
    });
    writeLine(cells.join("  ").trimEnd());
  }
  const { numWeights, multiplyAdds, memoryBytes } = compiled.totals;
  const totals = `${counted(numWeights, "weight")}, ${counted(multiplyAdds, "multiply-add")} a sample, ${megabytes(memoryBytes)} to train`;
  writeLine(`\n${totals}${isOk ? "" : " (what is known)"}`);
  for (const diagnostic of compiled.diagnostics) writeError(diagnosticLine(diagnostic));
};
