/** `layerscope reference`: values computed elsewhere, through the float64 engine and through the kernels. */
import { createNodeHost } from "../engine/host/node.ts";
import { counted } from "../engine/index.ts";
import { worstOf } from "../engine/train/proof/agreement.ts";
import { runOnKernels } from "../engine/train/proof/kernelEngine.ts";
import { runOnReference } from "../engine/train/proof/referenceEngine.ts";
import { parseReferenceFile, type ReferenceCase } from "../engine/train/proof/referenceFile.ts";
import type { Arguments } from "./arguments.ts";
import { readTextFile } from "./documentFile.ts";
import type { Installation } from "./installation.ts";
import { writeJson, writeLine } from "./output.ts";
import { UsageError } from "./usageError.ts";

const MAX_FILE_BYTES = 512 * 1024 * 1024;

type EngineName = "float64" | "float32";

/** Ten steps of training carry their errors on. */
const toleranceOf = (engine: EngineName, { type }: ReferenceCase): number => {
  if (engine === "float64") return 1e-9;
  return type === "training" ? 1e-3 : 1e-4;
};

const nameOf = (reference: ReferenceCase): string => {
  switch (reference.type) {
    case "layer":
      return `${reference.kind} on ${reference.values.inputs.x.shape.join("×")}`;
    case "batchNorm":
      return `batchNorm on ${reference.values.train.inputs.x.shape.join("×")}`;
    case "entropy":
      return `softmax cross-entropy of ${reference.values.logits.shape.join("×")}`;
    case "squares":
      return `mean squared error of ${reference.values.outputs.shape.join("×")}`;
    case "optimizer": {
      const { weightDecay } = reference.values.config;
      return `${reference.values.optimizer}${weightDecay > 0 ? `, weight decay ${weightDecay}` : ""}`;
    }
    case "training":
      return `training by ${reference.values.optimizer.name}, ${counted(reference.values.batches.length, "step")}`;
  }
};

export const runReference = async (args: Arguments, installation: Installation): Promise<number> => {
  const [path = ""] = args.operands;
  const isJson = args.has("json");
  const file = parseReferenceFile(readTextFile(path, MAX_FILE_BYTES));
  if (!file.ok) throw new UsageError(`${path}: ${file.error}`);
  const host = createNodeHost(installation);
  let isOk = true;
  const worst: Record<EngineName, number> = { float64: 0, float32: 0 };
  for (const [index, reference] of file.value.entries()) {
    const name = nameOf(reference);
    if (!isJson) writeLine(`${index + 1}. ${name}`);
    for (const engine of ["float64", "float32"] as const) {
      const run = engine === "float64" ? runOnReference(reference) : await runOnKernels(reference, host);
      const tolerance = toleranceOf(engine, reference);
      const relativeError = run.ok ? worstOf(run.value) : Number.POSITIVE_INFINITY;
      const isGood = relativeError <= tolerance;
      isOk &&= isGood;
      worst[engine] = Math.max(worst[engine], relativeError);
      if (isJson) {
        writeJson({
          event: "case",
          case: index + 1,
          name,
          engine,
          errors: run.ok ? run.value : {},
          problem: run.ok ? null : run.error,
          worstRelativeError: Number.isFinite(relativeError) ? relativeError : null,
          tolerance,
          ok: isGood,
        });
        continue;
      }
      if (!run.ok) writeLine(`   ${engine}  cannot run: ${run.error}`);
      else {
        const [at = ""] = Object.entries(run.value).find(([, error]) => error === relativeError) ?? [];
        const verdict = isGood ? "ok" : `above ${tolerance.toExponential(0)}`;
        writeLine(`   ${engine}  ${relativeError.toExponential(1).padStart(8)}  ${verdict.padEnd(11)} worst: ${at}`);
      }
    }
  }
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  if (isJson) {
    writeJson({
      event: "checked",
      cases: file.value.length,
      ok: isOk,
      worstRelativeError: { float64: finite(worst.float64), float32: finite(worst.float32) },
    });
  } else {
    writeLine(
      `\n${file.value.length} cases, ${isOk ? "all agree" : "not all agree"}: worst relative error ${worst.float64.toExponential(1)} in float64, ${worst.float32.toExponential(1)} in float32`,
    );
  }
  return isOk ? 0 : 1;
};
