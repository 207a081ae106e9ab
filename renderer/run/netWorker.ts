/** Reads the text of a trained net beside the page: 100 MB take seconds, in which the page would answer to nothing. */
import "../zodConfig.ts";
import { netFacts } from "./netText.ts";

self.onmessage = ({ data }: MessageEvent<string>) => self.postMessage(netFacts(data));
