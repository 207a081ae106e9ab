import { Download as DownloadIcon } from "lucide-react";
import { useEffect, useId } from "react";
import { type DatasetReference, datasetTitle } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { formatBytes } from "../charts/format.ts";
import type { DownloadName } from "./datasetConnection.ts";
import "./DownloadPanel.css";
import { type Download, findDownload, startDownload, stopDownload, useDownload } from "./downloadStore.ts";

/** As published; `layerscope download` has them by the same names. */
const PUBLISHED: Readonly<Record<DownloadName, { readonly size: string; readonly command: string }>> = {
  fashionMnist: { size: "31 MB, 70,000 grey images of clothes", command: "npx layerscope download fashion-mnist" },
  cifar10: { size: "170 MB, 60,000 colour images of things and animals", command: "npx layerscope download cifar-10" },
};

const Bar = ({ id, download }: { id: string; download: Extract<Download, { state: "running" }> }) => {
  const { receivedBytes, totalBytes } = download;
  const isReceived = totalBytes !== null && receivedBytes >= totalBytes;
  return (
    <>
      <progress
        className="download-bar"
        aria-labelledby={id}
        {...(totalBytes === null ? {} : { max: totalBytes, value: receivedBytes })}
      />
      <p id={id} className="download-count">
        {totalBytes === null && "Connecting"}
        {isReceived && "Checking the files"}
        {totalBytes !== null && !isReceived && `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`}
      </p>
    </>
  );
};

const Actions = ({ name, title, download }: { name: DownloadName; title: string; download: Download }) => {
  if (download.state === "running") {
    return (
      <button type="button" className="button" onClick={() => stopDownload(name)}>
        Stop
      </button>
    );
  }
  if (download.state !== "waiting" && download.state !== "failed") return null;
  const label = download.state === "failed" ? "Try again" : download.receivedBytes > 0 ? "Go on" : `Download ${title}`;
  return (
    <button type="button" className="button button-primary" onClick={() => void startDownload(name)}>
      <Icon of={DownloadIcon} size={16} />
      {label}
    </button>
  );
};

/** Offers a published dataset that is not here for download, and shows how far it is. */
export const DownloadPanel = ({ name, dataset }: { name: DownloadName; dataset: DatasetReference }) => {
  const id = useId();
  const download = useDownload(name);
  useEffect(() => void findDownload(name), [name]);
  const title = datasetTitle(dataset);
  const { size, command } = PUBLISHED[name];
  if (download === undefined) return <p className="dataset-message">Looking for the files</p>;
  if (download.state === "complete") return <p className="dataset-message">Reading the samples</p>;
  return (
    <section className="download" aria-label={`Download of ${title}`}>
      <p className="download-lead">{title} is not on this computer yet.</p>
      {download.state === "impossible" ? (
        <p>
          A browser cannot fetch it. Run <code>{command}</code> on this computer, then choose the folder that it names
          with Dataset, Folder….
        </p>
      ) : (
        <p>
          {size}, from its publishers. An interrupted download goes on where it ended.
          {download.state === "waiting" &&
            download.receivedBytes > 0 &&
            ` ${formatBytes(download.receivedBytes)} are here already.`}
        </p>
      )}
      {download.state === "running" && <Bar id={id} download={download} />}
      {download.state === "failed" && (
        <p className="download-problem" role="alert">
          {download.problem}
        </p>
      )}
      <Actions {...{ name, title, download }} />
    </section>
  );
};
