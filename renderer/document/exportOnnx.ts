import { formatShape, loadModel, onnxModel } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { runStore } from "../run/runStore.ts";
import { documentStore } from "./documentStore.ts";
import { documentTitle } from "./fileActions.ts";

const failed = (text: string): void => notify({ tone: "error", title: "The ONNX file was not exported", text });

/** The trained net as an ONNX file, where the user says. */
export const exportOnnx = async (): Promise<void> => {
  const outcome = await runStore.getState().exportModel();
  if ("problem" in outcome) return failed(outcome.problem);
  const model = loadModel(outcome.text);
  if (!model.ok) return failed(model.error.message);
  const title = documentTitle(documentStore.getState().file);
  const saved = await getShell().saveExport({
    suggestedName: `${title}.onnx`,
    content: onnxModel(model.value, { title }),
  });
  if (saved.status === "failed") return failed(saved.problem.message);
  if (saved.status !== "done") return;
  const { fileName, downloaded } = saved.value;
  const { sampleShape, preprocessing, training } = model.value;
  const range = preprocessing.unit === 255 ? ", 0 to 255" : "";
  notify({
    tone: "info",
    title: "The ONNX file is exported",
    text: `${fileName}${downloaded ? ", in your downloads," : ""} holds the trained net. It takes N×${formatShape(sampleShape)} values as ${training.dataset} stores them${range}.`,
  });
};
