import { ListChecks, Play } from "lucide-react";
import { CommandButton } from "../commands/CommandButton.tsx";
import { useDocument } from "../document/documentStore.ts";
import { isUnderWay, runOf } from "../run/runState.ts";
import { useRun } from "../run/runStore.ts";
import { applicableChange, sameTraining } from "../run/sameTraining.ts";

/** Once the document differs from what the run trains: the run stays as it is, unless it can take the change over. */
export const AfterEdit = () => {
  const runDocument = useRun((run) => run.runDocument);
  const state = useRun((run) => run.state);
  const isStale = useDocument(({ document }) => runDocument !== null && !sameTraining(runDocument, document));
  const isApplicable = useDocument(
    ({ document }) => runDocument !== null && applicableChange(runDocument, document) !== null,
  );
  const run = runOf(state);
  if (!isStale || run === null) return null;
  const underWay = isUnderWay(state);
  const text =
    isApplicable && underWay
      ? `Run ${run.number} trains with the setting before. It can take the new one over.`
      : `Run ${run.number} ${underWay ? "trains" : "trained"} the graph before the last edit. Train again to see it.`;
  return (
    <div className="HealthPopover-after" role="status">
      <p>{text}</p>
      {isApplicable && underWay ? (
        <CommandButton
          id="run.applySettings"
          className="button button-small"
          icon={ListChecks}
          label="Apply to the run"
        />
      ) : (
        !underWay && <CommandButton id="run.train" className="button button-small" icon={Play} label="Train again" />
      )}
    </div>
  );
};
