/** What the next run starts from, and what a run has started from, in words. */
import type { LayerFit, StartedFrom } from "../../engine/index.ts";
import { counted } from "../../engine/index.ts";
import { formatCount } from "../charts/format.ts";
import type { StartingNet } from "./startingNet.ts";

/** `; fc2 anew`, `; 3 layers anew`. */
const anewWords = (names: readonly string[]): string => {
  const [only] = names;
  if (only === undefined) return "";
  return `; ${names.length === 1 ? only : counted(names.length, "layer")} anew`;
};

/** `Starts from lenet.model.json; fc2 anew`. `fit` null: the graph has errors, and nobody knows which layers fit. */
export const describeStart = (net: StartingNet, fit: LayerFit | null, isUsed: boolean): string => {
  if (!isUsed) return `Starts from initializers, not from ${net.name}`;
  if (fit === null) return `Starts from ${net.name}`;
  if (fit.taken.length === 0) return `Starts from initializers: no layer takes weights of ${net.name}`;
  return `Starts from ${net.name}${anewWords(fit.anew.map(({ name }) => name))}`;
};

/** `started from lenet.model.json; fc2 anew`: of a run. */
export const describeStarted = ({ name, anew }: StartedFrom, nameOf: (nodeId: string) => string): string =>
  `started from ${name}${anewWords(anew.map(nameOf))}`;

/** `All 5 layers take their weights from it`, `1 of 5 layers takes its weights from it`: of a net that runs start from. */
export const takersWords = ({ taken, anew }: LayerFit): string => {
  const layers = counted(taken.length + anew.length, "layer");
  const who =
    anew.length > 0
      ? `${formatCount(taken.length)} of ${layers}`
      : taken.length === 1
        ? "Its only layer"
        : `All ${layers}`;
  return `${who} ${taken.length === 1 ? "takes its" : "take their"} weights from it`;
};
