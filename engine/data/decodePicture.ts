/** Picture files by their content, whatever their name says. */
import { err, type Result } from "../result.ts";
import type { Picture } from "./image.ts";
import { decodeJpeg, isJpeg } from "./jpeg.ts";
import { decodePng, isPng } from "./png.ts";

/** Whether a file of a class folder is taken for a sample. */
export const isPictureName = (name: string): boolean => /\.(png|jpe?g)$/i.test(name) && !name.startsWith(".");

/** The error is a clause: `it is neither a PNG nor a JPEG`. */
export const decodePicture = async (
  bytes: Uint8Array,
  inflate: (compressed: Uint8Array) => Promise<Uint8Array>,
): Promise<Result<Picture, string>> => {
  if (isPng(bytes)) return decodePng(bytes, inflate);
  return isJpeg(bytes) ? decodeJpeg(bytes) : err("it is neither a PNG nor a JPEG");
};
