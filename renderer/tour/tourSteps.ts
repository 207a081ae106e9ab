/** The five steps: what to do, where, and when it is done. */
import type { DocumentState } from "../document/documentStore.ts";
import type { RunPhase } from "../run/runState.ts";
import { MISSING } from "./tourDocument.ts";

/** What a step looks at to see that it was done. */
export interface TourMoment {
  readonly document: DocumentState["document"];
  readonly selectedNodeIds: readonly string[];
  readonly phase: RunPhase;
}

export interface TourStep {
  readonly title: string;
  readonly text: string;
  /** The same without a mouse. */
  readonly keys: string;
  /** The control that it is about. */
  readonly target: string;
  /** What it cannot be done without: a net that trains, or a run that was measured. */
  readonly needs?: "net" | "run";
  readonly isDone: (now: TourMoment, before: TourMoment) => boolean;
}

/** Of the steps: without it nothing trains. */
export const CONNECT = 1;
export const TRAIN = 3;

export const isOutputFed = ({ edges }: TourMoment["document"]): boolean =>
  edges.some(({ to }) => to.node === MISSING.target);

const node = (id: string): string => `.react-flow__node[data-id="${id}"]`;

export const tourSteps: readonly TourStep[] = [
  {
    title: "Add a layer",
    text: `A ReLU is missing between ${MISSING.after} and ${MISSING.before}. Drag ReLU from the palette onto the line between them.`,
    keys: `On ${MISSING.after} press A, type “relu”, Enter.`,
    target: `[data-region="palette"] [data-kind="${MISSING.kind}"]`,
    isDone: (now, before) => now.document.nodes.length > before.document.nodes.length,
  },
  {
    title: "Connect",
    text: `Nothing arrives at the output. Drag from the dot below ${MISSING.source} to the dot above ${MISSING.target}.`,
    keys: `On ${MISSING.source} press C, type “${MISSING.target}”, Enter.`,
    target: node(MISSING.source),
    isDone: ({ document }) => isOutputFed(document),
  },
  {
    title: "See the shapes",
    text: "Point at a line to see the shape of what it carries: 64 values a point here, 3 at the end. Select a layer to see its shapes, weights and settings at the right.",
    keys: "Tab goes from node to node, Enter selects.",
    target: node("fc1"),
    isDone: (now, before) => now.selectedNodeIds !== before.selectedNodeIds && now.selectedNodeIds.length === 1,
  },
  {
    title: "Train",
    text: "The net trains on this computer, in a process of its own. Here it takes some seconds.",
    keys: "Ctrl Enter trains, and pauses.",
    target: ".run-bar .button-primary",
    needs: "net",
    isDone: ({ phase }) => phase === "running",
  },
  {
    title: "Read the strips",
    text: "A strip is the layer’s histogram over the steps; zoomed in, its mean ± std stands above. After each bn the std is 1: that is why this net trains. Click in the timeline below to go back to any step.",
    keys: "Alt ← and Alt → go from step to step.",
    target: node("bn2"),
    needs: "run",
    isDone: () => false,
  },
];
