/** The card of the tour beside the control that its step is about. It covers nothing that the step needs and never takes the focus. */
import { X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { Icon } from "../app/Icon.tsx";
import { useView } from "../app/viewStore.ts";
import { runCommand } from "../commands/commandTable.ts";
import { useDocument } from "../document/documentStore.ts";
import { useRun } from "../run/runStore.ts";
import { placeRing } from "./ring.ts";
import "./Tour.css";
import { CONNECT, isOutputFed, type TourStep, TRAIN, tourSteps } from "./tourSteps.ts";
import { endTour, goToStep, useTour } from "./tourStore.ts";

const GAP = 14;
const MARGIN = 8;
/** The line at the lower edge of the canvas that explains its colours, with a gap. */
const LEGEND = 36;

const overlap = (a: Box, b: DOMRect): boolean =>
  a.left < b.right && b.left < a.left + a.width && a.top < b.bottom && b.top < a.top + a.height;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Places for a card of this size, the dearest first: beside the control, else at the lower or upper edge of the canvas. */
const placesFor = (target: DOMRect | null, { width, height }: { readonly width: number; readonly height: number }) => {
  const canvas = document.querySelector('[data-region="canvas"]')?.getBoundingClientRect();
  const [mostLeft, mostTop] = [window.innerWidth - width - MARGIN, window.innerHeight - height - MARGIN];
  const inside = (left: number, top: number): Box => ({
    left: Math.round(Math.max(MARGIN, Math.min(left, mostLeft))),
    top: Math.round(Math.max(MARGIN, Math.min(top, mostTop))),
    width,
    height,
  });
  const beside =
    target === null
      ? []
      : [
          inside(target.right + GAP, target.top),
          inside(target.left - GAP - width, target.top),
          inside(target.left, target.top - GAP - height),
          inside(target.left, target.bottom + GAP),
        ];
  const [left, right, top, bottom] = canvas
    ? [canvas.left, canvas.right, canvas.top, canvas.bottom]
    : [0, window.innerWidth, 0, window.innerHeight];
  return [
    ...beside,
    inside(left + GAP, bottom - height - LEGEND),
    inside(left + GAP, top + MARGIN),
    inside((left + right - width) / 2, bottom - height - LEGEND),
    inside((left + right - width) / 2, top + MARGIN),
    inside(right - width - GAP, bottom - height - LEGEND),
    inside(right - width - GAP, top + MARGIN),
  ];
};

/** What a card had better not cover: the nodes, and the run bar with what is said there. */
const KEPT = '.react-flow__node, [data-region="run"]';

/** Puts the ring around the control, and the card where it covers the least; it stays as long as no place is better. */
const placeCard = (card: HTMLElement, ring: HTMLElement, element: Element | null, last: number): number => {
  const target = placeRing(ring, element);
  const kept = [...document.querySelectorAll(KEPT)].map((node) => node.getBoundingClientRect());
  if (target !== null) kept.push(target);
  const places = placesFor(target, { width: card.offsetWidth, height: card.offsetHeight });
  const covered = places.map((place) => kept.filter((box) => overlap(place, box)).length);
  const best = covered.indexOf(Math.min(...covered));
  const chosen = covered[last] === covered[best] ? last : best;
  const { left, top } = places[chosen] ?? { left: MARGIN, top: MARGIN };
  card.style.transform = `translate(${left}px, ${top}px)`;
  return chosen;
};

interface Obstacle {
  readonly text: string;
  /** The step that mends it; null: the list of findings does. */
  readonly mendedBy: number | null;
}

/** What is in the way of a step: a net that does not train, or that was not trained yet. */
const useObstacle = (needs: TourStep["needs"]): Obstacle | null => {
  const problem = useDocument(({ compiled }) =>
    compiled.program !== null
      ? null
      : (compiled.diagnostics.find(({ severity }) => severity === "error")?.message ?? "The net is not complete."),
  );
  const isConnected = useDocument(({ document }) => isOutputFed(document));
  const isMeasured = useRun(({ history }) => history !== null);
  if (needs === "run" && !isMeasured) return { text: "Nothing is measured yet.", mendedBy: TRAIN };
  if (needs !== "net" || problem === null) return null;
  return { text: `Train is off. ${problem}`, mendedBy: isConnected ? null : CONNECT };
};

const Card = ({ at }: { readonly at: number }) => {
  const card = useRef<HTMLElement>(null);
  const ring = useRef<HTMLDivElement>(null);
  const titleId = useId();
  const step = tourSteps[at];
  const target = step?.target ?? "";
  const obstacle = useObstacle(step?.needs);
  const mendedBy = obstacle?.mendedBy ?? null;

  // The control moves with the canvas, the palette's scrolling and the window: no event tells of all of them.
  useEffect(() => {
    let [frame, place] = [0, -1];
    const follow = (): void => {
      if (card.current && ring.current) {
        place = placeCard(card.current, ring.current, document.querySelector(target), place);
      }
      frame = requestAnimationFrame(follow);
    };
    document.querySelector(target)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    follow();
    return () => cancelAnimationFrame(frame);
  }, [target]);

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) endTour();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);

  if (step === undefined) return null;
  const isLast = at === tourSteps.length - 1;
  return (
    <>
      <div ref={ring} className="tour-ring" aria-hidden="true" />
      <aside ref={card} className="tour" aria-labelledby={titleId} data-region="tour" tabIndex={-1}>
        <div aria-live="polite">
          <p className="tour-count">
            {at + 1} of {tourSteps.length}
          </p>
          <h2 id={titleId}>{step.title}</h2>
          <p className="tour-text">{step.text}</p>
          <p className="tour-keys">{step.keys}</p>
          {obstacle !== null && <p className="tour-obstacle">{obstacle.text}</p>}
        </div>
        <div className="tour-actions">
          {mendedBy !== null && (
            <button type="button" className="button button-primary button-small" onClick={() => goToStep(mendedBy)}>
              Go to step {mendedBy + 1}
            </button>
          )}
          <button
            type="button"
            className={`button button-small ${mendedBy === null ? "button-primary" : ""}`}
            onClick={() => goToStep(at + 1)}
          >
            {isLast ? "Done" : "Next"}
          </button>
          {isLast && mendedBy === null && (
            <button type="button" className="button button-small" onClick={() => runCommand("help.lessons")}>
              Go on with a lesson
            </button>
          )}
          {at > 0 && (
            <button type="button" className="button button-quiet button-small" onClick={() => goToStep(at - 1)}>
              Back
            </button>
          )}
          <button
            type="button"
            className="icon-button tour-skip"
            aria-label="End the tour"
            data-tooltip="End the tour"
            data-shortcut="Escape"
            onClick={endTour}
          >
            <Icon of={X} size={14} />
          </button>
        </div>
      </aside>
    </>
  );
};

export const Tour = () => {
  const at = useTour((state) => state.at);
  const isEditor = useView((state) => state.view === "editor" && state.editorView === "canvas");
  return at !== null && isEditor ? <Card at={at} /> : null;
};
