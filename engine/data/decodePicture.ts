/** Picture files by their content, whatever their name says. */
import { err, type Result } from "../result.ts";
import type { Picture } from "./image.ts";
import { decodePng, isPng } from "./png.ts";

/** Whether a file of a class folder is taken for a sample. */
export const isPictureName = (name: string): boolean => /\.png$/i.test(name) && !name.startsWith(".");

/** The error is a clause: `it is no PNG`. */
export const decodePicture = async (
  bytes: Uint8Array,
  inflate: (compressed: Uint8Array) => Promise<Uint8Array>,
): Promise<Result<Picture, string>> => {
  if (isPng(bytes)) return decodePng(bytes, inflate);
  return err("it is no PNG");
};
