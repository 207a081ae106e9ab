/**
 * The trained net that the document was opened with or shall start from. It belongs to the window and not to the document, which holds no
 * weights: until a run begins it answers on the test bench, and runs start from it unless that is turned off.
 */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { compile, type LayerFit, layerFit, messageOf, type Program, type Result } from "../../engine/index.ts";
import { notify, viewStore } from "../app/viewStore.ts";
import { formatBytes } from "../charts/format.ts";
import { documentStore } from "../document/documentStore.ts";
import type { FileRest, OpenedFile } from "../shell/shell.ts";
import { type NetFacts, netFacts } from "./netText.ts";

export interface StartingNet extends NetFacts {
  readonly program: Program;
  /** Tells it from the runs of the window, which count from 1, and from other nets. */
  readonly number: number;
  /** Of its file. */
  readonly name: string;
  /** The document came from its file; null: it was chosen for a document that was open. */
  readonly opened: { readonly handle: string; readonly version: string } | null;
  /** Of its file; null: it is the net of a run. */
  readonly handle: string | null;
  readonly text: string;
}

interface StartingNetState {
  readonly net: StartingNet | null;
  /** Whether runs start from it, and not from initializers. */
  readonly isUsed: boolean;
}

const NONE: StartingNetState = { net: null, isUsed: false };
const MAX_NAME_LENGTH = 255;

export const startingNetStore = createStore<StartingNetState>(() => NONE);

export const useStartingNet = <T>(selector: (state: StartingNetState) => T): T => useStore(startingNetStore, selector);

let numNets = 0;

/** Shorter ones are read within a frame or two, sooner than a worker starts. */
const MAX_LENGTH_ON_PAGE = 1_000_000;

/** A net as it was read, and all of its text. */
interface ReadNet {
  readonly facts: Result<NetFacts, string>;
  readonly text: string;
}

const readBeside = async (begin: string, rest: FileRest | undefined): Promise<ReadNet> => {
  const worker = new Worker(new URL("./netWorker.ts", import.meta.url), { type: "module", name: "Trained net" });
  const facts = new Promise<Result<NetFacts, string>>((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<Result<NetFacts, string>>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      const error = `Its worker stopped: ${event.message || "its script could not be loaded"}.`;
      resolve({ ok: false, error });
    };
  });
  try {
    // What is added to a text is copied when somebody reads it, and not before.
    let text = begin;
    worker.postMessage(begin);
    for await (const piece of rest?.pieces() ?? []) {
      text += piece;
      worker.postMessage(piece);
    }
    worker.postMessage(null);
    return { facts: await facts, text };
  } catch (error) {
    return { facts: { ok: false, error: messageOf(error) }, text: begin };
  } finally {
    worker.terminate();
  }
};

/** Says meanwhile what takes so long. */
const readTold = async ({ text, fileName, rest }: Pick<OpenedFile, "text" | "fileName" | "rest">): Promise<ReadNet> => {
  const title = `Reading ${fileName}`;
  notify({
    ...{ tone: "info", stays: true, title },
    text: `${formatBytes(rest?.bytes ?? text.length)} are read and checked.`,
  });
  const read = await readBeside(text, rest);
  viewStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.title !== title) }));
  return read;
};

/** Whether the page does something else meanwhile. */
export const isReadBeside = ({ text, rest }: Pick<OpenedFile, "text" | "rest">): boolean =>
  rest !== undefined || text.length > MAX_LENGTH_ON_PAGE;

/** Reads the text of a model JSON, a long one in a worker; the error is a sentence. */
export const readStartingNet = async (
  file: Pick<OpenedFile, "text" | "fileName" | "handle" | "version" | "rest">,
  isDocument: boolean,
): Promise<Result<StartingNet, string>> => {
  const { facts, text } = isReadBeside(file) ? await readTold(file) : { facts: netFacts(file.text), text: file.text };
  if (!facts.ok) return facts;
  const { program } = compile(facts.value.document, { dataset: null });
  if (program === null) return { ok: false, error: "The graph in the file has errors." };
  const number = -numNets;
  numNets += 1;
  const opened = isDocument ? { handle: file.handle, version: file.version } : null;
  const handle = file.handle === "" ? null : file.handle;
  const name = file.fileName.slice(-MAX_NAME_LENGTH);
  return { ok: true, value: { ...facts.value, program, number, name, opened, handle, text } };
};

export const setStartingNet = (net: StartingNet): void => startingNetStore.setState({ net, isUsed: true });

export const forgetStartingNet = (): void => startingNetStore.setState(NONE);

/** From its weights, or from initializers after all. */
export const startFromNet = (isUsed: boolean): void => {
  if (startingNetStore.getState().net !== null) startingNetStore.setState({ isUsed });
};

let last: { readonly program: Program; readonly net: StartingNet; readonly fit: LayerFit } | null = null;

/** Which layers take its weights; the same object while neither changes. null: the graph has errors. */
export const startingFit = (program: Program | null, net: StartingNet): LayerFit | null => {
  if (program === null) return null;
  if (last?.program !== program || last.net !== net) last = { program, net, fit: layerFit(program, net) };
  return last.fit;
};

/** What the next run starts from; null: initializers. */
export const nextStart = (): StartingNet | null => {
  const { net, isUsed } = startingNetStore.getState();
  if (net === null || !isUsed) return null;
  const fit = startingFit(documentStore.getState().compiled.program, net);
  return fit === null || fit.taken.length === 0 ? null : net;
};
