/** `layerscope check-gradients`: every layer's backward pass against difference quotients, in float64. */
import { compile, counted } from "../engine/index.ts";
import { checkGradients, GRADIENT_TOLERANCE, type GradientCheck, verdictOf } from "../engine/train/gradientCheck.ts";
import type { Arguments } from "./arguments.ts";
import { errorsOf, readDocument } from "./documentFile.ts";
import { count } from "./formats.ts";
import { writeJson, writeLine } from "./output.ts";
import { UsageError } from "./usageError.ts";

const widths = [22, 14, 10, 10, 10];

const row = (cells: readonly string[]): string =>
  cells
    .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
    .join("  ")
    .trimEnd();

const describeWorst = ({ worst }: GradientCheck): string =>
  worst === null
    ? ""
    : `[${worst.index.join(", ")}]: analytic ${worst.analytic.toPrecision(9)}, numeric ${worst.numeric.toPrecision(9)}`;

export const runCheckGradients = (args: Arguments): number => {
  const [path = ""] = args.operands;
  const isJson = args.has("json");
  const document = readDocument(path);
  const { program, diagnostics } = compile(document);
  if (program === null) throw new UsageError(`${path} can't be checked as it is: ${errorsOf({ diagnostics })}`);
  const { seed, initializer } = document.training;
  const layers = new Map(program.layers.map((layer) => [layer.nodeId, layer]));
  if (!isJson) writeLine(row(["layer", "gradient of", "elements", "checked", "error"]));
  let worstError = 0;
  let numChecked = 0;
  let isOk = true;
  for (const check of checkGradients(program, { seed, initializer })) {
    const layer = layers.get(check.nodeId);
    const verdict = verdictOf(check);
    worstError = Math.max(worstError, check.relativeError);
    numChecked += check.checked;
    isOk &&= verdict === "agrees";
    if (isJson) {
      const { nodeId, relativeError, ...rest } = check;
      writeJson({
        event: "gradient",
        node: nodeId,
        kind: layer?.kind,
        ...rest,
        relativeError: Number.isFinite(relativeError) ? relativeError : null,
        ok: verdict === "agrees",
      });
      continue;
    }
    const name = layer === undefined || layer.name === "" ? check.nodeId : layer.name;
    writeLine(
      row([name, check.tensor, count(check.elements), count(check.checked), check.relativeError.toExponential(1)]),
    );
    if (verdict === "differs") writeLine(`  worst at ${describeWorst(check)}`);
    if (verdict === "unproven") writeLine("  every element tried lies at a kink; nothing is proven");
  }
  if (isJson) {
    writeJson({
      event: "checked",
      ok: isOk,
      worstRelativeError: Number.isFinite(worstError) ? worstError : null,
      checked: numChecked,
      tolerance: GRADIENT_TOLERANCE,
    });
  } else {
    writeLine(
      `\n${isOk ? "All gradients agree" : "Not all gradients agree"} with difference quotients: ${counted(numChecked, "element")}, worst relative error ${worstError.toExponential(1)} (at most ${GRADIENT_TOLERANCE.toExponential(0)})`,
    );
  }
  return isOk ? 0 : 1;
};
