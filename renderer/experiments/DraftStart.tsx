/** What the runs of a study start from, and which layers take weights of a net. */
import { FileInput } from "lucide-react";
import { useMemo } from "react";
import type { StudyAxis } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { chooseNet, fitWords } from "../document/startActions.ts";
import { SelectField } from "../inspector/fields.tsx";
import { useStartingNet } from "../run/startingNet.ts";
import { type DraftNet, draftFit, mayStartFromNet, startWarning, withNet } from "./draftStart.ts";
import { experimentsStore, setExperiments } from "./experimentsStore.ts";
import type { StudyDraft } from "./studyDraft.ts";

const setNet = (net: DraftNet | null): void => {
  const { draft } = experimentsStore.getState();
  if (draft !== null) setExperiments({ draft: withNet(draft, net) });
};

const choose = async (): Promise<void> => {
  const net = await chooseNet();
  if (net !== null) setNet(net);
};

export const DraftStart = ({ draft }: { readonly draft: StudyDraft }) => {
  const ofWindow = useStartingNet((start) => start.net);
  const { net, document, plan } = draft;
  const fit = useMemo(() => draftFit({ document, ...(net === undefined ? {} : { net }) }), [document, net]);
  if (!mayStartFromNet(draft)) return null;
  const { from } = plan;
  const nets = [...(net === undefined ? [] : [net]), ...(ofWindow === null ? [] : [ofWindow])];
  const names = [...new Set([...(from === undefined ? [] : [from.name]), ...nets.map(({ name }) => name)])];
  return (
    <div>
      <dt>Start</dt>
      <dd className="draft-start">
        <div>
          {names.length === 0 ? (
            <span>from initializers</span>
          ) : (
            <SelectField
              label="Runs start from"
              value={from === undefined ? "" : `net ${from.name}`}
              options={[
                { value: "", label: "Initializers" },
                ...names.map((name) => ({ value: `net ${name}`, label: name })),
              ]}
              onChange={(value) => setNet(nets.find(({ name }) => value === `net ${name}`) ?? null)}
            />
          )}
          <button type="button" className="button button-small" onClick={() => void choose()}>
            <Icon of={FileInput} size={13} />
            {names.length === 0 ? "A trained net…" : "Another net…"}
          </button>
        </div>
        {net !== undefined && fit !== null && <p>{fitWords(fit, net.name)}</p>}
      </dd>
    </div>
  );
};

/** Of an axis that changes nothing. */
export const StartWarning = ({ draft, axis }: { readonly draft: StudyDraft; readonly axis: StudyAxis }) => {
  const text = useMemo(() => startWarning(draft, axis), [draft, axis]);
  return (
    text !== null && (
      <div className="draft-warning">
        <p>{text}</p>
      </div>
    )
  );
};
