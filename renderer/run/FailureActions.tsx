import type { RunFailure } from "../../engine/protocol.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { chooseDatasetFile, chooseDatasetFolder, trainOnMnist } from "../document/datasetActions.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { writeNumber } from "../inspector/fieldText.ts";
import { useRun } from "./runStore.ts";

/** How much smaller the learning rate becomes that a diverged run proposes. */
const LOWER_FACTOR = 10;

const Action = ({ label, onClick }: { label: string; onClick: () => void }) => (
  <button type="button" className="button button-small" onClick={onClick}>
    {label}
  </button>
);

const showNode = (nodeId: string): void => {
  documentStore.getState().select([nodeId]);
  canvasViewport()?.showNode(nodeId);
};

const DivergedActions = ({ nodeId }: { nodeId: string | null }) => {
  const name = useDocument(({ document }) => document.nodes.find(({ id }) => id === nodeId)?.name ?? null);
  const learningRate = useDocument(({ document }) => document.training.learningRate);
  const trainedWith = useRun((run) => run.runDocument?.training.learningRate);
  const lower = Number((learningRate / LOWER_FACTOR).toPrecision(12));
  return (
    <>
      {nodeId !== null && name !== null && <Action label={`Show ${name}`} onClick={() => showNode(nodeId)} />}
      {learningRate === trainedWith && (
        <Action
          label={`Lower the learning rate to ${writeNumber(lower)}`}
          onClick={() =>
            documentStore
              .getState()
              .apply([{ type: "setTraining", training: { learningRate: lower } }], "lower learning rate")
          }
        />
      )}
    </>
  );
};

const DatasetActions = () => (
  <>
    <Action label="Choose a folder…" onClick={() => void chooseDatasetFolder()} />
    <Action label="Choose a file…" onClick={() => void chooseDatasetFile()} />
    <Action label="Use MNIST" onClick={trainOnMnist} />
  </>
);

/** What can be done about the failure of a run, beside the sentence that names it. */
export const FailureActions = ({ failure }: { failure: RunFailure }) => {
  if (failure.reason === "diverged") return <DivergedActions nodeId={failure.nodeId} />;
  if (failure.reason === "datasetUnavailable") return <DatasetActions />;
  return null;
};
