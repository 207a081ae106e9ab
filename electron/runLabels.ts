/** What the user has written on a run: `label.json` in its folder, beside the record, which never changes again. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { isLabelled, NO_LABEL, type RunLabel, runLabelSchema } from "../engine/protocol.ts";
import { writeFileAtomically } from "./atomicWrite.ts";

const LABEL_FILE = "label.json";

const fileSchema = z.looseObject({ format: z.literal("layerscope-run-label"), version: z.literal(1) });

/** Empty where there is none, or where it is damaged. */
export const readRunLabel = (folder: string): RunLabel => {
  try {
    const {
      format: _format,
      version: _version,
      ...label
    } = fileSchema.parse(JSON.parse(readFileSync(path.join(folder, LABEL_FILE), "utf8")));
    return runLabelSchema.parse(label);
  } catch {
    return NO_LABEL;
  }
};

export const writeRunLabel = (folder: string, label: RunLabel): Promise<void> =>
  writeFileAtomically(
    path.join(folder, LABEL_FILE),
    `${JSON.stringify({ format: "layerscope-run-label", version: 1, ...label }, null, 2)}\n`,
  );

/** Whether the user has told the run from others: it is theirs to delete then. */
export const hasRunLabel = (folder: string): boolean => isLabelled(readRunLabel(folder));
