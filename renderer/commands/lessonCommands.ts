import { focusMainRegion } from "../app/focusKeeper.ts";
import { showStart } from "../document/fileActions.ts";
import { goToLessonStep, leaveLesson, lessonStore, openLesson, progressOf, startOver } from "../lessons/lessonStore.ts";
import { lessons } from "../lessons/lessons.ts";
import { showMe } from "../lessons/Spotlight.tsx";
import type { Command } from "./command.ts";

const noLesson = (): string | null => (lessonStore.getState().open === null ? "No lesson is open" : null);

const shownAt = (): number => {
  const state = lessonStore.getState();
  return state.open === null ? 0 : progressOf(state, state.open).at;
};

export const lessonCommands: readonly Command[] = [
  {
    id: "help.lessons",
    title: () => "Lessons",
    group: "Help",
    shortcuts: [],
    disabledBecause: () => null,
    run: () => {
      showStart();
      // The start page has just been asked for.
      requestAnimationFrame(() => {
        const section = document.getElementById("lessons");
        section?.scrollIntoView({ block: "nearest" });
        section?.querySelector("button")?.focus({ preventScroll: true });
      });
    },
  },
  ...lessons.map(
    (lesson): Command => ({
      id: `lesson.${lesson.id}`,
      title: () => `Lesson: ${lesson.title}`,
      group: "Help",
      shortcuts: [],
      disabledBecause: () => null,
      run: () => openLesson(lesson),
    }),
  ),
  {
    id: "lesson.next",
    title: () => "Next step of the lesson",
    group: "Help",
    shortcuts: [],
    disabledBecause: () => {
      const { open } = lessonStore.getState();
      return noLesson() ?? (open !== null && shownAt() === open.steps.length - 1 ? "This is the last step" : null);
    },
    run: () => goToLessonStep(shownAt() + 1),
  },
  {
    id: "lesson.back",
    title: () => "Step before of the lesson",
    group: "Help",
    shortcuts: [],
    disabledBecause: () => noLesson() ?? (shownAt() === 0 ? "This is the first step" : null),
    run: () => goToLessonStep(shownAt() - 1),
  },
  {
    id: "lesson.showMe",
    title: () => "Show the control of the lesson’s step",
    group: "Help",
    shortcuts: [],
    disabledBecause: noLesson,
    run: showMe,
  },
  {
    id: "lesson.startOver",
    title: () => "Start the lesson over",
    group: "Help",
    shortcuts: [],
    disabledBecause: noLesson,
    run: startOver,
  },
  {
    id: "lesson.leave",
    title: () => "Leave the lesson",
    group: "Help",
    shortcuts: [],
    disabledBecause: noLesson,
    run: () => {
      leaveLesson();
      focusMainRegion();
    },
  },
];
