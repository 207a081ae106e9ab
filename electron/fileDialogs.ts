/** The system's file dialogs, on top of the window that asks. */
import { type BrowserWindow, dialog } from "electron";
import { DOCUMENT_EXTENSION, type FileDialogs } from "./fileStore.ts";

const openFilter = { name: "Layerscope document or trained net", extensions: [DOCUMENT_EXTENSION, "json"] };
const documentFilter = { name: "Layerscope document", extensions: [DOCUMENT_EXTENSION, "json"] };
const anyFilter = { name: "All files", extensions: ["*"] };

export const createFileDialogs = (windowOf: () => BrowserWindow): FileDialogs => ({
  async chooseFileToOpen() {
    const { canceled, filePaths } = await dialog.showOpenDialog(windowOf(), {
      properties: ["openFile"],
      filters: [openFilter, anyFilter],
    });
    return canceled ? null : (filePaths[0] ?? null);
  },
  async chooseFileToSave({ suggestedPath, purpose }) {
    const { canceled, filePath } = await dialog.showSaveDialog(windowOf(), {
      defaultPath: suggestedPath,
      filters: purpose === "document" ? [documentFilter, anyFilter] : [anyFilter],
      properties: ["createDirectory", "showOverwriteConfirmation"],
    });
    return canceled || filePath === undefined || filePath === "" ? null : filePath;
  },
  async chooseDatasetFile() {
    const { canceled, filePaths } = await dialog.showOpenDialog(windowOf(), {
      properties: ["openFile"],
      filters: [{ name: "Table", extensions: ["csv", "tsv", "txt", "data", "gz"] }, anyFilter],
    });
    return canceled ? null : (filePaths[0] ?? null);
  },
  async chooseFolder() {
    const { canceled, filePaths } = await dialog.showOpenDialog(windowOf(), { properties: ["openDirectory"] });
    return canceled ? null : (filePaths[0] ?? null);
  },
});
