/** Picture files and pasted pictures, by the browser's decoder. */
import { notify } from "../app/viewStore.ts";
import { benchStore, changeSample } from "./benchStore.ts";
import { greyOf, isOnWhite, planesOf } from "./preprocess.ts";

/** Larger pictures are scaled down while they are decoded. */
const MAX_SIDE = 1024;

/** Makes a picture the sample. Ink on white paper is inverted for nets that take one channel: their ink is light. */
export const takePicture = async (file: Blob, channels: number): Promise<void> => {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [
      Math.max(1, Math.round(bitmap.width * scale)),
      Math.max(1, Math.round(bitmap.height * scale)),
    ];
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("There is no 2D canvas.");
    context.drawImage(bitmap, 0, 0, width, height);
    bitmap.close();
    const planes = planesOf(context.getImageData(0, 0, width, height).data, width, height);
    const invert = channels === 1 && isOnWhite(greyOf(planes));
    changeSample({ tab: "sample", source: { type: "picture", planes }, invert });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    notify({
      tone: "error",
      title: "The picture was not read",
      text: `It is no PNG, JPEG or other picture that can be decoded here: ${reason}`,
    });
  }
};

/** Channels of the pictures that the net takes; null: it takes none, or has not answered yet. */
const channelsTaken = (): number | null => {
  const { sample } = benchStore.getState();
  return sample?.stores === "bytes" && sample.sampleShape.length === 3 ? (sample.sampleShape[0] ?? null) : null;
};

/** What was pasted or dropped. Tells whether it has a picture that the net takes. */
export const takeTransferred = (data: DataTransfer | null): boolean => {
  const picture = [...(data?.files ?? [])].find(({ type }) => type.startsWith("image/"));
  const channels = channelsTaken();
  if (picture === undefined || channels === null) return false;
  void takePicture(picture, channels);
  return true;
};
