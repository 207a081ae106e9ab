import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { Icon } from "../app/Icon.tsx";
import { useDocument } from "../document/documentStore.ts";
import { nextStart } from "../run/startingNet.ts";
import { pairChoices } from "./pairChoices.ts";
import { stopChoosing, trainPair, usePair } from "./pairStore.ts";
import "./Pair.css";

const Dialog = () => {
  const dialog = useRef<HTMLDialogElement>(null);
  const document = useDocument((state) => state.document);
  const selected = useDocument((state) => state.selectedNodeIds);
  const choices = pairChoices(document, selected);
  const { seed } = document.training;
  const start = nextStart();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("li button")?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="Pair"
      aria-labelledby="pair-title"
      onCancel={(event) => {
        event.preventDefault();
        stopChoosing();
      }}
    >
      <div className="Pair-head">
        <h2 id="pair-title">Train with and without</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={stopChoosing}>
          <Icon of={X} size={14} />
        </button>
      </div>
      <p>{`The net is trained twice with seed ${seed}${start === null ? "" : ` from ${start.name}`}, once as it is and once with one thing changed: the same start, the same batches. Then both runs are laid side by side.`}</p>
      <ul>
        {choices.map((choice) => (
          <li key={choice.id}>
            <button type="button" onClick={() => void trainPair(choice)}>
              <strong>{choice.title}</strong>
              <span>{choice.hint}</span>
            </button>
          </li>
        ))}
      </ul>
      {choices.length === 0 && (
        <p>Nothing in this net can be left out or swapped: it has no layer between input and output.</p>
      )}
    </dialog>
  );
};

/** What a paired run shall be without, or have instead. */
export const PairDialog = () => (usePair((state) => state.choosing) ? <Dialog /> : null);
