import { useEffect, useRef } from "react";
import { type Question, useView } from "./viewStore.ts";
import "./QuestionDialog.css";

const Dialog = ({ question }: { question: Question }) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Gives the focus back to where it was.
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="question-dialog"
      aria-labelledby="question-title"
      aria-describedby="question-text"
      onCancel={(event) => {
        event.preventDefault();
        question.resolve(null);
      }}
    >
      <h2 id="question-title">{question.title}</h2>
      <p id="question-text">{question.text}</p>
      <div className="question-dialog-answers">
        {question.answers.map((answer, index) => (
          <button
            key={answer.id}
            type="button"
            className={index === 0 ? "button button-primary" : "button"}
            onClick={() => question.resolve(answer.id)}
          >
            {answer.label}
          </button>
        ))}
        <button type="button" className="button" onClick={() => question.resolve(null)}>
          Cancel
        </button>
      </div>
    </dialog>
  );
};

export const QuestionDialog = () => {
  const question = useView((state) => state.question);
  return question ? <Dialog key={question.title} question={question} /> : null;
};
