import { ChevronRight } from "lucide-react";
import { type ReactNode, useId } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { Icon } from "../app/Icon.tsx";

/** Which sections are unfolded, by their titles; view state that outlives the inspector, which a selection replaces. */
const openSections = createStore<ReadonlySet<string>>(() => new Set());

const toggle = (title: string): void => {
  const open = new Set(openSections.getState());
  if (!open.delete(title)) open.add(title);
  openSections.setState(open, true);
};

export const unfold = (title: string): void => {
  openSections.setState(new Set([...openSections.getState(), title]), true);
};

/** A section of settings that many documents leave as they are: folded, it says in one line what they are. */
export const FoldSection = ({ title, fact, children }: { title: string; fact: string; children: ReactNode }) => {
  const id = useId();
  const isOpen = useStore(openSections, (open) => open.has(title));
  return (
    <section className="inspector-section inspector-fold" aria-labelledby={id}>
      <h3>
        <button
          type="button"
          id={id}
          className="inspector-fold-head"
          aria-expanded={isOpen}
          aria-label={title}
          aria-description={isOpen ? undefined : fact}
          onClick={() => toggle(title)}
        >
          <Icon of={ChevronRight} size={14} />
          {title}
          {!isOpen && <span className="inspector-section-fact">{fact}</span>}
        </button>
      </h3>
      {isOpen && <div className="inspector-fold-body">{children}</div>}
    </section>
  );
};
