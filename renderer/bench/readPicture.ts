/** Picture files and pasted pictures, by the browser's decoder. */
import { counted, messageOf } from "../../engine/index.ts";
import type { InspectedSample } from "../../engine/protocol.ts";
import { notify } from "../app/viewStore.ts";
import { benchStore, changeSample, takesPictures } from "./benchStore.ts";
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
    const reason = messageOf(error);
    notify({
      tone: "error",
      title: `${nameOf(file)} was not read`,
      text: `It is damaged, or no picture of a kind that is decoded here: PNG, JPEG, WebP, GIF and BMP are. (${reason})`,
    });
  }
};

const nameOf = (file: Blob): string => (file instanceof File && file.name !== "" ? file.name : "The picture");

/** Why the net takes no picture; null: it takes one. */
const refusal = (sample: InspectedSample): string | null => {
  if (takesPictures(sample)) return null;
  return `The net takes rows of ${counted(
    sample.sampleShape.reduce((size, side) => size * side, 1),
    "number",
  )}, no pictures.`;
};

const show = (picture: File, sample: InspectedSample): void => {
  const text = refusal(sample);
  if (text === null) void takePicture(picture, sample.sampleShape[0] ?? 1);
  else refuse(picture, text);
};

const refuse = (picture: File, text: string): void =>
  notify({ tone: "info", isPassing: true, title: `${nameOf(picture)} was not taken`, text });

/** Ends the wait of a picture that came before the net's first answer. */
let stopWaiting = (): void => undefined;

/** What was pasted or dropped. Tells whether it had a picture. It is taken, or refused with the reason, as soon as the net has told what it takes. */
export const takeTransferred = (data: DataTransfer | null, hasNet: boolean): boolean => {
  const picture = [...(data?.files ?? [])].find(({ type }) => type.startsWith("image/"));
  if (picture === undefined) return false;
  // The one that came last is meant.
  stopWaiting();
  const { sample } = benchStore.getState();
  if (sample !== null) show(picture, sample);
  else if (!hasNet) refuse(picture, "There is no net to show it to yet. Train first, then give the picture again.");
  else {
    stopWaiting = benchStore.subscribe((bench) => {
      if (bench.sample === null && bench.problem === null) return;
      stopWaiting();
      if (bench.sample === null) refuse(picture, bench.problem ?? "");
      else show(picture, bench.sample);
    });
  }
  return true;
};
