/** The check of layers that take one vector a sample. */
import { formatShape, type LayerProblem, type Shape } from "../layer.ts";
import { err, ok, type Result } from "../result.ts";

/** Number of features a layer receives, or why its input is not flat. */
export const expectFlat = (inputs: readonly Shape[]): Result<number, LayerProblem> => {
  const shape = inputs[0] ?? [];
  const [features] = shape;
  if (shape.length === 1 && features !== undefined) return ok(features);
  return err({
    code: "LS201",
    text: `expects a flat input but receives ${formatShape(shape)}.`,
    badge: `${formatShape(shape)} is not flat`,
    fix: { type: "insertBefore", kind: "flatten" },
  });
};
