import { useEffect, useRef } from "react";
import { datasetTitle } from "../../engine/index.ts";
import type { RunFailure } from "../../engine/protocol.ts";
import { viewStore } from "../app/viewStore.ts";
import { formatCount, formatSetting } from "../charts/format.ts";
import { canvasViewport } from "../commands/canvasViewport.ts";
import { downloadNameOf, findDownload, useDownload } from "../dataset/downloadStore.ts";
import { chooseDatasetFile, chooseDatasetFolder, trainOnMnist } from "../document/datasetActions.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { resumeUnfinished } from "../document/fileActions.ts";
import { divergenceOf } from "./divergence.ts";
import { runOf } from "./runState.ts";
import { useRun } from "./runStore.ts";
import { refreshUnfinishedRuns, useUnfinishedRuns } from "./unfinishedRuns.ts";

/** How much smaller the learning rate becomes that a diverged run proposes, and what it is at most: from 1,000 it is not lowered tenfold again and again. */
const LOWER_FACTOR = 10;
const HIGHEST_PROPOSAL = 0.1;

const Action = ({ label, isSpare = false, onClick }: { label: string; isSpare?: boolean; onClick: () => void }) => (
  <button type="button" className={`button button-small${isSpare ? " run-bar-spare" : ""}`} onClick={onClick}>
    {label}
  </button>
);

const showNode = (nodeId: string): void => {
  documentStore.getState().select([nodeId]);
  canvasViewport()?.showNode(nodeId);
};

const DivergedActions = () => {
  const nodeId = useRun((run) => divergenceOf(run)?.nodeId ?? null);
  const name = useDocument(({ document }) => document.nodes.find(({ id }) => id === nodeId)?.name ?? null);
  const learningRate = useDocument(({ document }) => document.training.learningRate);
  const trainedWith = useRun((run) => run.runDocument?.training.learningRate);
  const lower = Math.min(Number((learningRate / LOWER_FACTOR).toPrecision(12)), HIGHEST_PROPOSAL);
  return (
    <>
      {nodeId !== null && name !== null && (
        <button
          type="button"
          className="button button-small run-bar-show"
          title={`Show ${name}`}
          onClick={() => showNode(nodeId)}
        >
          Show {name}
        </button>
      )}
      {learningRate === trainedWith && (
        <Action
          label={`Lower the learning rate to ${formatSetting(lower)}`}
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

/** The sentence about a published dataset that a run did not find; null: that is not why it failed. */
export const useMissingDataset = ({ reason }: RunFailure): string | null => {
  const title = useDocument(({ document }) => datasetTitle(document.dataset));
  const name = useDocument(({ document }) =>
    reason === "datasetUnavailable" ? downloadNameOf(document.dataset) : null,
  );
  const download = useDownload(name);
  const wasMissing = useRef(false);
  useEffect(() => {
    if (name !== null) void findDownload(name);
  }, [name]);
  if (download === undefined) return null;
  if (download.state !== "complete") wasMissing.current = true;
  if (!wasMissing.current) return null;
  return `${title} is ${download.state === "complete" ? "on this computer now" : "not on this computer yet"}.`;
};

/** A published dataset that is not on this computer is downloaded; then a folder and a file, which the inspector offers, too, go first where the bar is short. */
const DatasetActions = () => {
  const title = useDocument(({ document }) => datasetTitle(document.dataset));
  const download = useDownload(useDocument(({ document }) => downloadNameOf(document.dataset)));
  const isMissing = download !== undefined && download.state !== "complete";
  return (
    <>
      {isMissing && (
        <Action
          label={download.state === "running" ? "Show the download" : `Download ${title}…`}
          onClick={() => viewStore.setState({ datasetOpen: true })}
        />
      )}
      <Action label="Choose a folder…" isSpare={isMissing} onClick={() => void chooseDatasetFolder()} />
      <Action label="Choose a file…" isSpare={isMissing} onClick={() => void chooseDatasetFile()} />
      <Action label="Use MNIST" onClick={trainOnMnist} />
    </>
  );
};

/** Goes on from the last checkpoint, where the interrupted run has one. */
const ResumeAction = () => {
  const runId = useRun((run) => runOf(run.state)?.started.runId);
  const run = useUnfinishedRuns().find((unfinished) => unfinished.runId === runId);
  useEffect(() => void refreshUnfinishedRuns(), []);
  if (!run) return null;
  return (
    <Action label={`Resume after step ${formatCount(run.step)}`} onClick={() => void resumeUnfinished(run.runId)} />
  );
};

/** What can be done about the failure of a run, beside the sentence that names it. */
export const FailureActions = ({ failure }: { failure: RunFailure }) => {
  if (failure.reason === "diverged") return <DivergedActions />;
  if (failure.reason === "crashed" || failure.reason === "outOfMemory") return <ResumeAction />;
  if (failure.reason === "datasetUnavailable") return <DatasetActions />;
  return null;
};
