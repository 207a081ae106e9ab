import { useEffect } from "react";
import { datasetPath } from "../../engine/index.ts";
import { viewStore } from "../app/viewStore.ts";
import { useDocument } from "../document/documentStore.ts";
import { placedPath } from "../document/placedDocument.ts";
import { useDatasetReading } from "./datasetFacts.ts";
import "./DatasetDialog.css";
import { type Download, downloadNameOf, findDownload, useDownload } from "./downloadStore.ts";

const MOST_PARTS = 3;

const ACTIONS: Readonly<Partial<Record<Download["state"], string>>> = {
  running: "Show progress",
  impossible: "How to get it",
};

/** Where the files are, the end of a long path; whole in its tooltip. */
const DatasetPlace = () => {
  const path = useDocument(({ document, file }) => {
    const own = datasetPath(document.dataset);
    return own === null ? null : placedPath(own, file.folder);
  });
  // In a browser the name of what was chosen is all there is, and the choice shows it.
  if (path === null || !/[\\/]/.test(path)) return null;
  const parts = path.split(/[\\/]/).filter((part) => part !== "");
  const shown = parts.length > MOST_PARTS ? `… / ${parts.slice(-MOST_PARTS).join(" / ")}` : path;
  return (
    <p className="dataset-place" data-tooltip={path}>
      {shown}
    </p>
  );
};

/** Below the choice of a dataset: where it lies, that it is not here, or why it cannot be read. */
export const DatasetStatus = () => {
  const name = useDocument(({ document }) => downloadNameOf(document.dataset));
  const download = useDownload(name);
  const reading = useDatasetReading();
  useEffect(() => {
    if (name !== null) void findDownload(name);
  }, [name]);
  if (name === null && reading?.state === "read" && reading.problem !== null) {
    return (
      <p className="dataset-status dataset-status-problem" role="alert">
        {reading.problem}
      </p>
    );
  }
  if (name === null) return <DatasetPlace />;
  if (download === undefined || download.state === "complete") return null;
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
