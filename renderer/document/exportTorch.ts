import { torchCode, torchFileName } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { documentStore } from "./documentStore.ts";
import { documentTitle } from "./fileActions.ts";

/** Why there is no code of the document; null: there is. */
export const torchRefusal = (): string | null =>
  documentStore.getState().compiled.program === null ? "The graph has errors" : null;

/** The net as it is now as a PyTorch module, where the user says. */
export const exportTorch = async (): Promise<void> => {
  const { compiled, document, file } = documentStore.getState();
  if (compiled.program === null) return;
  const title = documentTitle(file);
  const modelName = `${title}.model.json`;
  const saved = await getShell().saveExport({
    suggestedName: torchFileName(title),
    content: torchCode(compiled.program, { title, modelName, initializer: document.training.initializer }),
  });
  if (saved.status === "failed") {
    notify({ tone: "error", title: "The PyTorch code was not exported", text: saved.problem.message });
  }
  if (saved.status !== "done") return;
  const { fileName, downloaded } = saved.value;
  notify({
    tone: "info",
    title: "The PyTorch code is exported",
    text: `${fileName}${downloaded ? ", in your downloads," : ""} makes the net. Its load("${modelName}") reads the weights of the exported trained net.`,
  });
};
