import { Layers } from "lucide-react";
import { useMemo } from "react";
import { counted } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { NamesWhole } from "../app/NamesWhole.tsx";
import { openStudyText } from "../document/fileActions.ts";
import { checkDraft, draftDataset, draftOf } from "./studyDraft.ts";
import { type StudyExample, studyExamples } from "./studyExamples.ts";
import "./StudyCards.css";

const Card = ({ example: { title, summary, text } }: { example: StudyExample }) => {
  const draft = useMemo(() => draftOf(text, title), [text, title]);
  const facts = useMemo(() => {
    if ("problem" in draft) return null;
    const checked = checkDraft(draft);
    return {
      numRuns: "runs" in checked ? checked.runs.length : null,
      dataset: draftDataset(draft),
    };
  }, [draft]);
  return (
    <li>
      <button type="button" className="study-card" onClick={() => openStudyText(text, title)}>
        <strong>
          <NamesWhole text={title} />
        </strong>
        <span>
          <NamesWhole text={summary} />
        </span>
        <span className="study-card-facts">
          {facts !== null && facts.numRuns !== null && (
            <span>
              <Icon of={Layers} size={13} /> {counted(facts.numRuns, "run")}
            </span>
          )}
          {facts !== null && <span>{facts.dataset}</span>}
        </span>
      </button>
    </li>
  );
};

/** The studies that come with the app; each opens as a definition that waits for Start. */
export const StudyCards = () => (
  <ul className="study-cards">
    {studyExamples.map((example) => (
      <Card key={example.id} example={example} />
    ))}
  </ul>
);
