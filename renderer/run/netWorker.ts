/** Reads the text of a trained net beside the page: 100 MB take seconds, in which the page would answer to nothing. */
import "../zodConfig.ts";
import { netFacts } from "./netText.ts";

const pieces: string[] = [];

/** The text comes in pieces; null: that was the last. */
self.onmessage = ({ data }: MessageEvent<string | null>) => {
  if (data === null) self.postMessage(netFacts(pieces.splice(0).join("")));
  else pieces.push(data);
};
