/** Before the first study: what one is, and which ones are ready to run. */
import { FlaskConical, Plus } from "lucide-react";
import { Icon } from "../app/Icon.tsx";
import { useDocument } from "../document/documentStore.ts";
import { documentTitle } from "../document/fileActions.ts";
import { StudyCards } from "./StudyCards.tsx";
import { beginDraft } from "./studyActions.ts";

export const StudiesEmpty = () => {
  const title = useDocument((state) => documentTitle(state.file));
  const hasLayers = useDocument((state) => state.document.nodes.length > 0);
  return (
    <section className="studies-empty" aria-label="No study yet" data-region="experiments" tabIndex={-1}>
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
        <StudyCards />
      </div>
    </section>
  );
};
