/** What is wrong with the signal of the run on screen at the step shown. Each measured step is judged once, as it arrives. */
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import {
  compile,
  expand,
  type Frame,
  type HealthFinding,
  HealthWatch,
  healthNet,
  type LayerscopeDocument,
  scheduleFactor,
} from "../../engine/index.ts";
import { documentStore } from "../document/documentStore.ts";
import { isPaced, requestAfter, subscribeLive } from "../run/liveRun.ts";
import type { RunHistory } from "../run/runHistory.ts";
import { runOf } from "../run/runState.ts";
import { runStore } from "../run/runStore.ts";

export interface RunHealth {
  /** In the order of the net, the worst of each node first. */
  readonly findings: readonly HealthFinding[];
  /** By the node of the document: with what was found of its copies where its group repeats. The worst first. */
  readonly byNode: ReadonlyMap<string, readonly HealthFinding[]>;
}

const HEALTHY: RunHealth = { findings: [], byNode: new Map() };

/** What the schedule makes of the learning rate, by the settings that the run follows now. */
const rateShareAt = (step: number): number => {
  const { runDocument, state } = runStore.getState();
  const started = runOf(state)?.started;
  if (runDocument === null || started === undefined) return 1;
  const { schedule, warmupEpochs } = runDocument.training;
  const { totalSteps, stepsPerEpoch } = started;
  return scheduleFactor({ schedule, warmupEpochs, step, totalSteps, stepsPerEpoch });
};

const newWatch = (document: LayerscopeDocument): HealthWatch | null => {
  const edited = documentStore.getState();
  const { dataset } = edited.compiled;
  const { program } =
    edited.document === document ? edited.compiled : compile(document, dataset === null ? {} : { dataset });
  return program === null ? null : new HealthWatch(healthNet(program), rateShareAt);
};

/** One run, and how far it was followed. */
interface Followed {
  readonly history: RunHistory;
  readonly watch: HealthWatch | null;
  readonly firstStep: number;
  /** The node of each copy in a group that repeats. */
  readonly origins: ReadonlyMap<string, string>;
}

let followed: Followed | null = null;

const follow = (history: RunHistory, document: LayerscopeDocument): HealthWatch | null => {
  const firstStep = history.frames[0]?.step ?? 0;
  const newest = history.frames.at(-1)?.step ?? 0;
  // A run that goes on from a checkpoint takes back the steps after it: what they began is judged anew.
  const goesOn =
    followed?.history === history &&
    (followed.watch === null || (newest >= followed.watch.lastStep && firstStep >= followed.firstStep));
  if (!goesOn || followed === null) {
    followed = { history, watch: newWatch(document), firstStep, origins: expand(document).origins };
  }
  const { watch } = followed;
  if (watch !== null && newest > watch.lastStep) {
    let from = history.frames.length;
    while ((history.frames[from - 1]?.step ?? 0) > watch.lastStep) from -= 1;
    for (const frame of history.frames.slice(from)) watch.observe(frame);
  }
  return watch;
};

/** The node of the document that stands for it on the canvas: of a copy the node that is repeated. */
export const drawnNodeOf = (nodeId: string): string => followed?.origins.get(nodeId) ?? nodeId;

/** The name of a node of the run; of a copy in a group that repeats, which one it is. */
export const nameIn = (
  nodes: readonly { readonly id: string; readonly name: string }[] | undefined,
  nodeId: string,
): string => {
  const nameOf = (id: string): string | undefined => nodes?.find((node) => node.id === id)?.name;
  const drawn = drawnNodeOf(nodeId);
  return (
    nameOf(nodeId) ??
    (nameOf(drawn) === undefined ? nodeId : `${nameOf(drawn)}${nodeId.slice(drawn.length).replace("×", " ×")}`)
  );
};

const gravity = ({ severity }: HealthFinding): number => (severity === "error" ? 1 : 0);

const healthNow = (): RunHealth => {
  const { history, runDocument, shownStep } = runStore.getState();
  if (history === null || runDocument === null) return HEALTHY;
  const watch = follow(history, runDocument);
  const frame = history.frameAt(shownStep);
  const findings = watch === null || frame === null ? [] : watch.findingsAt(frame);
  if (findings.length === 0) return HEALTHY;
  const byNode = new Map<string, HealthFinding[]>();
  for (const finding of findings) {
    const nodeId = drawnNodeOf(finding.nodeId);
    const others = byNode.get(nodeId);
    if (others === undefined) byNode.set(nodeId, [finding]);
    else others.push(finding);
  }
  for (const own of byNode.values()) own.sort((a, b) => gravity(b) - gravity(a));
  return { findings, byNode };
};

const healthStore = createStore<RunHealth>(() => HEALTHY);

let isFollowing = false;
/** What was judged last: losses come more often than measurements, and are not judged. */
let seen: {
  readonly history: RunHistory | null;
  readonly runDocument: LayerscopeDocument | null;
  readonly newest: Frame | null;
  readonly shown: Frame | null;
} | null = null;
/** Prevents what is to be judged in the next frame; null: nothing is. */
let prevent: (() => void) | null = null;

const toJudge = () => {
  const { history, runDocument, shownStep } = runStore.getState();
  return { history, runDocument, newest: history?.frameAt(null) ?? null, shown: history?.frameAt(shownStep) ?? null };
};

const judge = (): void => {
  seen = toJudge();
  const health = healthNow();
  if (health !== healthStore.getState()) healthStore.setState(health, true);
};

const update = (): void => {
  const { history, runDocument, newest, shown } = toJudge();
  if (seen?.history === history && seen.runDocument === runDocument && seen.newest === newest && seen.shown === shown) {
    return;
  }
  // While a run streams, this frame has its numbers to write, and the badges come with the next one.
  const follows = seen?.history === history && seen.shown === seen.newest && shown === newest && !isPaced();
  if (!follows) {
    prevent?.();
    prevent = null;
    judge();
  } else {
    prevent ??= requestAfter(() => {
      prevent = null;
      judge();
    });
  }
};

const startFollowing = (): void => {
  if (isFollowing) return;
  isFollowing = true;
  subscribeLive(update);
};

/** As it was with the last animation frame. */
export const runHealth = (): RunHealth => {
  startFollowing();
  return healthStore.getState();
};

/** Called at each judgement; returns how to stop. */
export const subscribeRunHealth = (listener: () => void): (() => void) => {
  startFollowing();
  return healthStore.subscribe(listener);
};

/** Select texts and counts: they change rarely, the numbers with every frame. */
export const useRunHealth = <T>(selector: (health: RunHealth) => T): T => {
  startFollowing();
  return useStore(healthStore, selector);
};

const NO_FINDINGS: readonly HealthFinding[] = [];

export const findingsOf = (health: RunHealth, nodeId: string): readonly HealthFinding[] =>
  health.byNode.get(nodeId) ?? NO_FINDINGS;
