/** Plans the memory of a net beside the page: with 500 layers it takes a second, in which the page would answer to nothing. */
import type { MemoryRequest } from "./documentStore.ts";
import { plansFor } from "./plansFor.ts";

self.onmessage = ({ data }: MessageEvent<MemoryRequest>) => self.postMessage(plansFor(data));
