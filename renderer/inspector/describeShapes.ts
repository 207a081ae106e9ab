import { formatShape, type NodeFacts, type Shape } from "../../engine/index.ts";
import { UNKNOWN } from "../charts/format.ts";

const shapeText = (shape: Shape | null): string => (shape === null ? UNKNOWN : formatShape(shape));

/** `20×13×13 → 50×9×9`: what comes in and what goes out. */
export const describeShapes = (facts: NodeFacts | undefined): string => {
  if (!facts) return UNKNOWN;
  const incoming = facts.inputShapes.map(shapeText).join(" + ");
  const outgoing = shapeText(facts.outputShape);
  return incoming === "" ? outgoing : `${incoming} → ${outgoing}`;
};
