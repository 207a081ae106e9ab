/** Before the first study: what one is, and which ones are ready to run. */
import { FlaskConical, Layers, Plus } from "lucide-react";
import { useMemo } from "react";
import { Icon } from "../app/Icon.tsx";
import { useDocument } from "../document/documentStore.ts";
import { documentTitle, openStudyText } from "../document/fileActions.ts";
import { counted } from "../run/runWords.ts";
import { beginDraft } from "./studyActions.ts";
import { checkDraft, draftDataset, draftOf } from "./studyDraft.ts";
import { type StudyExample, studyExamples } from "./studyExamples.ts";

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
        <strong>{title}</strong>
        <span>{summary}</span>
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

export const StudiesEmpty = () => {
  const title = useDocument((state) => documentTitle(state.file));
  const hasLayers = useDocument((state) => state.document.nodes.length > 0);
  return (
    <section className="studies-empty" aria-label="No study yet">
      <div className="studies-empty-page">
        <Icon of={FlaskConical} size={28} stroke={1.6} />
        <h2>One net, trained again and again with one thing changed</h2>
        <p>
          A study says what to vary: initial weights, learning rate, batch size, optimizer, normalization, any param of
          a layer. Its runs are paired: the same seed, the same start, the same batches, so that what differs is what
          was changed. They train in the background on all cores, and are still here when the app restarts.
        </p>
        {hasLayers && (
          <button type="button" className="button button-primary" onClick={() => beginDraft()}>
            <Icon of={Plus} size={15} />
            New study of {title}
          </button>
        )}
        <h3>Ready to run</h3>
        <ul className="study-cards">
          {studyExamples.map((example) => (
            <Card key={example.id} example={example} />
          ))}
        </ul>
      </div>
    </section>
  );
};
