import { useEffect } from "react";
import { viewStore } from "../app/viewStore.ts";
import { chooseDatasetFile, chooseDatasetFolder } from "../document/datasetActions.ts";
import { useDocument } from "../document/documentStore.ts";
import { useDatasetReading } from "./datasetFacts.ts";
import "./DatasetDialog.css";
import { type Download, downloadNameOf, findDownload, useDownload } from "./downloadStore.ts";

const ACTIONS: Readonly<Partial<Record<Download["state"], string>>> = {
  running: "Show progress",
  impossible: "How to get it",
};

/** Below the choice of a dataset: that it is not here, or why it cannot be read, and how to mend that. Nothing where all is well. */
export const DatasetStatus = () => {
  const name = useDocument(({ document }) => downloadNameOf(document.dataset));
  const download = useDownload(name);
  const reading = useDatasetReading();
  const isFolder = useDocument(({ document }) => "directory" in document.dataset);
  useEffect(() => {
    if (name !== null) void findDownload(name);
  }, [name]);
  if (name === null && reading?.state === "read" && reading.problem !== null) {
    return (
      <div className="dataset-status">
        <p className="dataset-status-problem" role="alert">
          {reading.problem}
        </p>
        <button
          type="button"
          className="button button-small"
          onClick={() => void (isFolder ? chooseDatasetFolder() : chooseDatasetFile())}
        >
          {isFolder ? "Choose the folder…" : "Choose the file…"}
        </button>
      </div>
    );
  }
  if (name === null || download === undefined || download.state === "complete") return null;
  const words = download.state === "running" ? "Downloading" : "Not on this computer yet.";
  return (
    <p className="dataset-status">
      {words}{" "}
      <button type="button" className="button button-small" onClick={() => viewStore.setState({ datasetOpen: true })}>
        {ACTIONS[download.state] ?? "Download…"}
      </button>
    </p>
  );
};
