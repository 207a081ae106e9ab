/** Checks the gradients of a document's net and reports them as they come, for a trainer. */
import { compile } from "../compile/compile.ts";
import type { LayerscopeDocument } from "../document/schema.ts";
import type { Host } from "../host/host.ts";
import type { GradientResult, TrainEvent } from "../protocol.ts";
import { checkGradients, GRADIENT_TOLERANCE, verdictOf } from "./gradientCheck.ts";

const REPORT_INTERVAL_MS = 100;

/** Posts `gradientsChecked` at most ten times a second, the last one `done`; `failed` where the document has errors. */
export const checkDocument = async (call: {
  readonly document: LayerscopeDocument;
  readonly host: Pick<Host, "now" | "yieldToMessages">;
  readonly post: (event: TrainEvent) => void;
}): Promise<void> => {
  const { document, host, post } = call;
  const { program, diagnostics } = compile(document);
  if (program === null) {
    const message = diagnostics.find(({ severity }) => severity === "error")?.message ?? "The graph is not complete.";
    post({ type: "failed", failure: { reason: "invalidDocument", message } });
    return;
  }
  const { seed, initializer } = document.training;
  let results: GradientResult[] = [];
  const report = (done: boolean): void => {
    post({ type: "gradientsChecked", tolerance: GRADIENT_TOLERANCE, results, done });
    results = [];
  };
  let nextReportAt = host.now();
  for (const check of checkGradients(program, { seed, initializer })) {
    const { worst } = check;
    results.push({
      ...check,
      worst: worst === null ? null : { ...worst, index: [...worst.index] },
      verdict: verdictOf(check),
    });
    if (host.now() < nextReportAt) continue;
    report(false);
    await host.yieldToMessages();
    nextReportAt = host.now() + REPORT_INTERVAL_MS;
  }
  report(true);
};
