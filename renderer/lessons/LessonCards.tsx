/** The lessons on the start page, each with what was done of it. */
import { Check, GraduationCap, Timer } from "lucide-react";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import type { Lesson } from "./lesson.ts";
import { numPassed } from "./lessonProgress.ts";
import { openLesson, progressOf, useLessons } from "./lessonStore.ts";
import { lessons } from "./lessons.ts";
import "./Lessons.css";

const Card = ({ lesson }: { readonly lesson: Lesson }) => {
  const progress = useLessons((state) => progressOf(state, lesson));
  const [done, total] = [numPassed(progress), lesson.steps.length];
  const began = done > 0 || progress.text !== null;
  return (
    <li>
      <button type="button" className="start-card" onClick={() => void openLesson(lesson)}>
        <span className="start-card-words">
          <strong>{lesson.title}</strong>
          <span className="start-card-summary">{lesson.summary}</span>
          <span className="start-card-facts">
            <span>
              <Icon of={Timer} size={13} /> about {lesson.minutes} min
            </span>
            <span>
              <Icon of={done === total ? Check : GraduationCap} size={13} />
              {done === total
                ? `all ${counted(total, "step")} done`
                : began
                  ? `${done} of ${counted(total, "step")} done`
                  : counted(total, "step")}
            </span>
          </span>
          <span className="lesson-bar" aria-hidden="true">
            {lesson.steps.map(({ title }, index) => (
              <i key={title} data-done={(progress.answers[index] ?? null) !== null} />
            ))}
          </span>
        </span>
      </button>
    </li>
  );
};

export const LessonCards = () => (
  <section id="lessons" aria-label="Lessons">
    <h2 className="start-group">
      Lessons
      <span>text beside the canvas, and steps that your own numbers confirm</span>
    </h2>
    <ul className="start-cards">
      {lessons.map((lesson) => (
        <Card key={lesson.id} lesson={lesson} />
      ))}
    </ul>
  </section>
);
