/**
 * How often a run's layers are measured, and which are not. Neither changes what a run computes, so neither belongs to the document: the rate
 * stays with the machine, the layers with the document's file name on this machine.
 */
import { z } from "zod";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { MAX_FRAMES_PER_SECOND, type TrainRequest, USUAL_STATISTICS_SHARE } from "../../engine/protocol.ts";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";
import { documentStore, type OpenFileState, UNTITLED } from "../document/documentStore.ts";

const RATE_SETTING = "framesPerSecond";
const SHARE_SETTING = "statisticsShare";
const ANY = "any";
const SKIPPED_SETTING = "skippedNodes";
/** The documents of which it is remembered what is skipped. */
const MAX_DOCUMENTS = 50;

/** Measured steps a second; 0: only those at which a run pauses or stops. */
export const RATE_CHOICES: readonly number[] = [MAX_FRAMES_PER_SECOND, 5, 2, 1, 0];

/** Shares of the time that measuring may take; null: any. */
export const SHARE_CHOICES: readonly (number | null)[] = [USUAL_STATISTICS_SHARE, 0.1, null];

export interface StatisticsSetting {
  readonly framesPerSecond: number;
  readonly maxShare: number | null;
  /** Of the open document. */
  readonly skippedNodes: ReadonlySet<string>;
}

/** By file, the latest last. */
const rememberedSchema = z.array(z.tuple([z.string(), z.array(z.string())]));

let remembered: z.infer<typeof rememberedSchema> = [];

export const statisticsStore = createStore<StatisticsSetting>(() => ({
  framesPerSecond: MAX_FRAMES_PER_SECOND,
  maxShare: USUAL_STATISTICS_SHARE,
  skippedNodes: new Set(),
}));

export const useStatisticsSetting = <T>(selector: (setting: StatisticsSetting) => T): T =>
  useStore(statisticsStore, selector);

export const statisticsRequest = (): Extract<TrainRequest, { type: "changeStatistics" }> => {
  const { framesPerSecond, maxShare, skippedNodes } = statisticsStore.getState();
  return { type: "changeStatistics", framesPerSecond, maxShare, skippedNodes: [...skippedNodes] };
};

/** Whether a trainer has to be told. */
export const isUsual = ({ framesPerSecond, maxShare, skippedNodes }: StatisticsSetting): boolean =>
  framesPerSecond === MAX_FRAMES_PER_SECOND && maxShare === USUAL_STATISTICS_SHARE && skippedNodes.size === 0;

export const setFramesPerSecond = (framesPerSecond: number): void => {
  statisticsStore.setState({ framesPerSecond });
  void keepSetting(RATE_SETTING, JSON.stringify(framesPerSecond));
};

export const setMaxShare = (maxShare: number | null): void => {
  statisticsStore.setState({ maxShare });
  void keepSetting(SHARE_SETTING, JSON.stringify(maxShare ?? ANY));
};

/** null: the document has no name yet. */
const keyOf = ({ fileName, folder }: OpenFileState): string | null =>
  fileName === UNTITLED.fileName ? null : `${folder}/${fileName}`;

const remember = (): void => {
  const key = keyOf(documentStore.getState().file);
  if (key === null) return;
  const nodes = [...statisticsStore.getState().skippedNodes];
  const others = remembered.filter(([file]) => file !== key);
  if (nodes.length === 0 && others.length === remembered.length) return;
  remembered = (nodes.length === 0 ? others : [...others, [key, nodes] as [string, string[]]]).slice(-MAX_DOCUMENTS);
  void keepSetting(SKIPPED_SETTING, JSON.stringify(remembered));
};

export const setMeasured = (nodeId: string, on: boolean): void => {
  const skippedNodes = new Set(statisticsStore.getState().skippedNodes);
  if (on) skippedNodes.delete(nodeId);
  else skippedNodes.add(nodeId);
  statisticsStore.setState({ skippedNodes });
  remember();
};

const parsedSetting = <T>(schema: z.ZodType<T>, text: string | null): T | null => {
  if (text === null) return null;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    // A damaged setting is worth nothing; the next choice writes a new one.
    return null;
  }
};

export const restoreStatistics = async (): Promise<void> => {
  const shell = getShell();
  const rate = parsedSetting(z.number(), await shell.readSetting(RATE_SETTING));
  if (rate !== null && RATE_CHOICES.includes(rate)) statisticsStore.setState({ framesPerSecond: rate });
  const share = parsedSetting(z.union([z.number(), z.literal(ANY)]), await shell.readSetting(SHARE_SETTING));
  const maxShare = share === ANY ? null : share;
  if (share !== null && SHARE_CHOICES.includes(maxShare)) statisticsStore.setState({ maxShare });
  remembered = parsedSetting(rememberedSchema, await shell.readSetting(SKIPPED_SETTING)) ?? [];
};

/** Another document has its own skipped layers; the same one under another name keeps them. Returns how to stop. */
export const followDocumentStatistics = (): (() => void) =>
  documentStore.subscribe(({ file, openedCount }, before) => {
    if (openedCount !== before.openedCount) {
      const key = keyOf(file);
      const skippedNodes = new Set(remembered.find(([name]) => name === key)?.[1] ?? []);
      statisticsStore.setState({ skippedNodes });
    } else if (file !== before.file) remember();
  });
