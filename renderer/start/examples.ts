/** The saved documents that come with the app. They are part of the page, so they open without a file of their own. */
import { z } from "zod";
import { counted } from "../../engine/index.ts";
import catalogFile from "../../examples/catalog.json";
import { formatPercent } from "../charts/format.ts";

const catalogSchema = z.array(
  z.strictObject({
    file: z.string().min(1),
    title: z.string().min(1),
    summary: z.string(),
    group: z.string().min(1),
    /** Test accuracy that the document reached when it was written into the catalog, and how. */
    reached: z.strictObject({ dataset: z.string(), epochs: z.int(), testAccuracy: z.number() }).nullable(),
  }),
);

export interface Example {
  /** File name without extension: `lenet-bn-avg`. */
  readonly id: string;
  readonly fileName: string;
  readonly title: string;
  readonly summary: string;
  readonly group: string;
  readonly reached: { readonly dataset: string; readonly testAccuracy: number; readonly epochs: number } | null;
  /** The document as it would stand in a file. */
  readonly text: string;
}

const texts = import.meta.glob<string>("../../examples/*.layerscope", {
  query: "?raw",
  import: "default",
  eager: true,
});

export const examples: readonly Example[] = catalogSchema.parse(catalogFile).map(({ file, ...rest }) => {
  const text = texts[`../../examples/${file}`];
  if (text === undefined) throw new Error(`examples/catalog.json names ${file}, which is not there.`);
  return { ...rest, id: file.replace(/\.layerscope$/, ""), fileName: file, text };
});

/** `98.4 % test after 1 epoch`. The examples train on MNIST; only another dataset needs a word. */
export const describeReached = ({ dataset, epochs, testAccuracy }: NonNullable<Example["reached"]>): string => {
  const onDataset = /^mnist$/i.test(dataset) ? "" : ` on ${dataset}`;
  return `${formatPercent(testAccuracy)} test${onDataset} after ${counted(epochs, "epoch")}`;
};

/** By file name, with or without extension. */
export const exampleNamed = (name: string): Example | undefined =>
  examples.find(({ id, fileName }) => id === name || fileName === name);

export const exampleGroups = (): readonly { readonly group: string; readonly examples: readonly Example[] }[] => {
  const groups = new Map<string, Example[]>();
  for (const example of examples) groups.set(example.group, [...(groups.get(example.group) ?? []), example]);
  return [...groups].map(([group, members]) => ({ group, examples: members }));
};
