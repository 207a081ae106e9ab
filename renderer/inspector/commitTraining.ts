import { trainingSchema } from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { trainingProblem } from "./settingControls.ts";

/** A change of the settings from a form, which may not be one: the schema says why. */
export const commitTraining = (title: string, change: Readonly<Record<string, unknown>>): string | null => {
  const { document, apply } = documentStore.getState();
  const checked = trainingSchema.safeParse({ ...document.training, ...change });
  if (!checked.success) return trainingProblem(title, { ...document.training, ...change });
  return apply([{ type: "setTraining", training: checked.data }], `set ${title.toLowerCase()}`).refused;
};
