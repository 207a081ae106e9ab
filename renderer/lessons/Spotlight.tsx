/** The ring around the control that a step is about, once the user asks for it, until something is pressed. */
import { useEffect, useRef } from "react";
import { viewStore } from "../app/viewStore.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { documentStore } from "../document/documentStore.ts";
import { unfold } from "../inspector/FoldSection.tsx";
import { placeRing } from "../tour/ring.ts";
import type { LessonTarget } from "./lesson.ts";
import { lessonStore, progressOf, useLessons } from "./lessonStore.ts";

const selectorOf = (target: LessonTarget): string => {
  if ("node" in target) return `.react-flow__node[data-id="${target.node}"]`;
  if ("setting" in target) return `[data-region="inspector"] [id$="-${target.setting}"]`;
  return target.control;
};

/** Brings the control of the step on screen and points at it. */
export const showMe = (): void => {
  const state = lessonStore.getState();
  const step = state.open?.steps[progressOf(state, state.open).at];
  if (step === undefined) return;
  const { target } = step;
  if ("node" in target || "setting" in target) viewStore.setState({ editorView: "canvas" });
  // Without a selection the inspector has the settings.
  if ("setting" in target) {
    documentStore.getState().select([]);
    if (target.section !== undefined) unfold(target.section);
  }
  lessonStore.setState({ pointing: true });
  requestAnimationFrame(() => {
    if ("node" in target) canvasViewport()?.revealNode(target.node);
    else document.querySelector(selectorOf(target))?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
};

const Ring = ({ target }: { readonly target: LessonTarget }) => {
  const ring = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let frame = 0;
    // The control moves with the canvas and what scrolls: no event tells of all of that.
    const follow = (): void => {
      if (ring.current) placeRing(ring.current, document.querySelector(selectorOf(target)));
      frame = requestAnimationFrame(follow);
    };
    const end = (): void => lessonStore.setState({ pointing: false });
    follow();
    document.addEventListener("pointerdown", end, true);
    document.addEventListener("keydown", end, true);
    return () => {
      cancelAnimationFrame(frame);
      document.removeEventListener("pointerdown", end, true);
      document.removeEventListener("keydown", end, true);
    };
  }, [target]);
  return <div ref={ring} className="tour-ring" aria-hidden="true" hidden />;
};

export const Spotlight = () => {
  const target = useLessons((state) =>
    state.open === null || !state.pointing
      ? null
      : (state.open.steps[progressOf(state, state.open).at]?.target ?? null),
  );
  return target === null ? null : <Ring target={target} />;
};
