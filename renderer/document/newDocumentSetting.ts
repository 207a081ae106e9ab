/** What new documents begin with on this machine. Documents that exist keep what they have. */
import { z } from "zod";
import { createStore } from "zustand/vanilla";
import { type LayerscopeDocument, newDocument, trainingSchema } from "../../engine/index.ts";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";
import { NAMED_DATASETS } from "../dataset/namedDatasets.ts";

const SETTING = "newDocument";

export interface NewDocumentSetting {
  /** A key of the datasets that have a name. */
  readonly dataset: string;
  readonly epochs: number;
  readonly batchSize: number;
}

const settingSchema = z.strictObject({
  dataset: z.string().refine((key) => key in NAMED_DATASETS),
  epochs: trainingSchema.shape.epochs,
  batchSize: trainingSchema.shape.batchSize,
});

const { epochs, batchSize } = newDocument().training;
const usual: NewDocumentSetting = { dataset: "mnist", epochs, batchSize };

export const newDocumentStore = createStore<NewDocumentSetting>(() => usual);

/** Takes the change over, or tells in a sentence why it cannot. */
export const changeNewDocument = (change: Partial<NewDocumentSetting>): string | null => {
  const parsed = settingSchema.safeParse({ ...newDocumentStore.getState(), ...change });
  if (!parsed.success) return parsed.error.issues[0]?.message ?? "The value can't be used.";
  newDocumentStore.setState(parsed.data);
  void keepSetting(SETTING, JSON.stringify(parsed.data));
  return null;
};

export const restoreNewDocument = async (): Promise<void> => {
  const text = await getShell().readSetting(SETTING);
  if (text === null) return;
  try {
    const parsed = settingSchema.safeParse(JSON.parse(text));
    if (parsed.success) newDocumentStore.setState(parsed.data);
  } catch {
    // A damaged setting is worth nothing; the next choice writes a new one.
    newDocumentStore.setState(usual);
  }
};

/** A document without nodes, as new ones begin here. */
export const emptyDocument = (): LayerscopeDocument => {
  const { dataset: key, epochs, batchSize } = newDocumentStore.getState();
  const document = newDocument();
  const dataset = NAMED_DATASETS[key] ?? document.dataset;
  return { ...document, dataset, training: { ...document.training, epochs, batchSize } };
};
