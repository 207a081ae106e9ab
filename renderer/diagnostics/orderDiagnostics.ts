import type { Diagnostic } from "../../engine/index.ts";

/** Errors before warnings; among equals the order of the compiler, which is that of the layers. */
export const orderDiagnostics = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] => [
  ...diagnostics.filter(({ severity }) => severity === "error"),
  ...diagnostics.filter(({ severity }) => severity === "warning"),
];

/** A name for each that stays the same as long as the finding does; equal ones are numbered. */
export const keyedDiagnostics = (
  diagnostics: readonly Diagnostic[],
): readonly { readonly key: string; readonly diagnostic: Diagnostic }[] => {
  const seen = new Map<string, number>();
  return diagnostics.map((diagnostic) => {
    const base = [diagnostic.code, diagnostic.nodeId, diagnostic.port, diagnostic.message].join("|");
    const number = seen.get(base) ?? 0;
    seen.set(base, number + 1);
    return { key: `${base}|${number}`, diagnostic };
  });
};
