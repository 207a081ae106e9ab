import { formatShape, type NodeFacts, type Shape } from "../../engine/index.ts";
import { UNKNOWN } from "../charts/format.ts";

const shapeText = (shape: Shape | null): string => (shape === null ? UNKNOWN : formatShape(shape));

/** `20×13×13` and `50×9×9`: what comes in, "" for a source, and what goes out. */
export const describeShapes = (
  facts: NodeFacts | undefined,
): { readonly incoming: string; readonly outgoing: string } => ({
  incoming: facts?.inputShapes.map(shapeText).join(" + ") ?? "",
  outgoing: facts ? shapeText(facts.outputShape) : UNKNOWN,
});
