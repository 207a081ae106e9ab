/** The studies that come with the app. */
import { z } from "zod";
import { parseStudy, type Study } from "../../engine/index.ts";
import catalogFile from "../../examples/studies/catalog.json";

const catalogSchema = z.array(
  z.strictObject({ file: z.string().min(1), title: z.string().min(1), summary: z.string(), group: z.string().min(1) }),
);

export interface StudyExample {
  /** File name without extension: `scales16`. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly group: string;
  readonly study: Study;
  readonly text: string;
}

const texts = import.meta.glob<string>("../../examples/studies/*.study.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

export const studyExamples: readonly StudyExample[] = catalogSchema.parse(catalogFile).map(({ file, ...rest }) => {
  const text = texts[`../../examples/studies/${file}`];
  const parsed = text === undefined ? null : parseStudy(text);
  if (text === undefined || !parsed?.ok)
    throw new Error(`examples/studies/catalog.json names ${file}, which is no study.`);
  return { ...rest, id: file.replace(/\.study\.json$/, ""), study: parsed.value, text };
});
