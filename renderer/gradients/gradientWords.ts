/** The sentences about a check of gradients. */
import { counted } from "../../engine/index.ts";
import type { GradientResult } from "../../engine/protocol.ts";
import { formatCount, formatExponent, MINUS, NOT_FINITE } from "../charts/format.ts";
import { wordsOf } from "../inspector/paramControls.ts";
import type { GradientCheck } from "./gradientStore.ts";

/** `Weight`; `Output, summed` where several layers read it. */
export const tensorTitle = (tensor: string): string => (tensor === "output" ? "Output, summed" : wordsOf(tensor));

/** Nine digits: enough to see a difference of one in ten million. */
const exact = (value: number): string =>
  Number.isFinite(value) ? value.toPrecision(9).replaceAll("-", MINUS) : NOT_FINITE;

export const describeError = ({ elements, checked, relativeError }: GradientResult): string => {
  if (checked === 0) return elements === 0 ? "no elements" : "unknown";
  return relativeError === 0 ? "0" : formatExponent(relativeError);
};

/** What is wrong with a result, with its numbers; null where nothing is. */
export const describeFault = ({ verdict, worst, kinks }: GradientResult): string | null => {
  if (verdict === "unproven") {
    const tried = kinks === 1 ? "The one element tried lies" : `All ${counted(kinks, "element")} tried lie`;
    return `${tried} at a kink: nothing is proven.`;
  }
  if (verdict === "agrees" || worst === null) return null;
  return `Element [${worst.index.join(", ")}]: backward pass ${exact(worst.analytic)}, difference quotient ${exact(worst.numeric)}.`;
};

const worstOf = (results: readonly GradientResult[]): number =>
  results.reduce((worst, { relativeError }) => Math.max(worst, relativeError), 0);

/** How many layers are through, while the check goes on. */
export const numLayersChecked = ({ nodeIds, results }: GradientCheck): number => {
  const last = results.at(-1);
  return last === undefined ? 0 : nodeIds.indexOf(last.nodeId) + 1;
};

/** Where the check stands, in a sentence. */
export const describeCheck = (check: GradientCheck): string => {
  const { progress, results, nodeIds, tolerance } = check;
  if (progress.phase === "failed") return progress.message;
  const faulty = results.filter(({ verdict }) => verdict !== "agrees").length;
  const layers = `${formatCount(numLayersChecked(check))} of ${counted(nodeIds.length, "layer")}`;
  if (progress.phase === "checking") return `Checking: ${layers}.`;
  const scope = progress.phase === "stopped" ? ` Stopped after ${layers}.` : "";
  if (results.length === 0) return `Nothing is checked.${scope}`;
  const elements = results.reduce((sum, { checked }) => sum + checked, 0);
  const limit = tolerance === null ? "" : `, limit ${formatExponent(tolerance)}`;
  const facts = `${counted(elements, "element")}, worst relative error ${formatExponent(worstOf(results))}${limit}.`;
  const verdict =
    faulty === 0
      ? `${results.length === 1 ? "The gradient agrees with its" : `All ${counted(results.length, "gradient")} agree with`} difference quotients: `
      : `${counted(faulty, "gradient")} of ${formatCount(results.length)} ${faulty === 1 ? "does" : "do"} not agree with difference quotients: `;
  return verdict + facts + scope;
};

/** What a screen reader hears: never a number that streams. */
export const announceCheck = (check: GradientCheck): string =>
  check.progress.phase === "checking" ? "Checking the gradients." : describeCheck(check);
