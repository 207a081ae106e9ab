/** Keeps what was chosen for the next time the app starts. */
import { messageOf } from "../../engine/index.ts";
import { getShell } from "./shellAccess.ts";
import { notify } from "./viewStore.ts";

/** The same disk refuses every setting; once is enough. */
let hasWarned = false;

/** Where the disk refuses, the choice holds until the app ends, and that is said. Tells whether it is kept. */
export const keepSetting = async (key: string, value: string): Promise<boolean> => {
  try {
    await getShell().writeSetting(key, value);
    hasWarned = false;
    return true;
  } catch (error) {
    const reason = messageOf(error);
    if (!hasWarned)
      notify({
        tone: "error",
        title: "Settings are not kept",
        text: `They hold until the app ends. Their file can't be written: ${reason}.`,
      });
    hasWarned = true;
    return false;
  }
};
