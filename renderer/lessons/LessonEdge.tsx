/** The edge between the lesson and the rest: drag it, or move it with the arrow keys, for a wider or narrower text. */
import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { keepSetting } from "../app/keepSetting.ts";
import { getShell } from "../app/shellAccess.ts";

const SETTING = "lessonWidth";
const [NARROWEST, WIDEST] = [256, 520];
const STEP = 16;

/** null: as wide as the window's size asks for. */
const widthStore = createStore<{ readonly width: number | null }>(() => ({ width: null }));

export const useLessonWidth = (): number | null => useStore(widthStore, (state) => state.width);

const setWidth = (width: number | null): void =>
  widthStore.setState({ width: width === null ? null : Math.round(Math.max(NARROWEST, Math.min(width, WIDEST))) });

const keepWidth = (): void => void keepSetting(SETTING, JSON.stringify(widthStore.getState().width));

export const restoreLessonWidth = async (): Promise<void> => {
  const width = Number((await getShell().readSetting(SETTING)) ?? Number.NaN);
  setWidth(width >= NARROWEST ? width : null);
};

/** What tokens.css says for this window. */
const usualWidth = (): number =>
  Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue("--lesson-width"), 10) || NARROWEST;

export const LessonEdge = () => {
  const edge = useRef<HTMLDivElement>(null);
  const width = useLessonWidth();
  const present = (): number => edge.current?.parentElement?.offsetWidth ?? NARROWEST;
  const drag = (event: PointerEvent): void => {
    const { left = 0 } = edge.current?.parentElement?.getBoundingClientRect() ?? {};
    if (edge.current?.hasPointerCapture(event.pointerId)) setWidth(event.clientX - left);
  };
  const press = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by === undefined && event.key !== "Home") return;
    event.preventDefault();
    setWidth(by === undefined ? null : present() + by);
    keepWidth();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr cannot be moved
    <div
      ref={edge}
      className="lesson-edge"
      role="separator"
      aria-label="Width of the lesson"
      aria-orientation="vertical"
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      aria-valuenow={width ?? usualWidth()}
      data-tooltip="Drag, or press the arrow keys; Home brings the usual width back"
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onPointerUp={keepWidth}
      onDoubleClick={() => {
        setWidth(null);
        keepWidth();
      }}
      onKeyDown={press}
    />
  );
};
