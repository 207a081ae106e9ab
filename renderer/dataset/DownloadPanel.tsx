import { Download as DownloadIcon } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { counted, type DatasetReference, datasetTitle } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { formatBytes } from "../charts/format.ts";
import { chooseDatasetFolder } from "../document/datasetActions.ts";
import type { DownloadName } from "./datasetConnection.ts";
import "./DownloadPanel.css";
import {
  type Download,
  type DownloadPlace,
  findDownload,
  startDownload,
  stopDownload,
  useDownload,
  useDownloadPlace,
} from "./downloadStore.ts";

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

/** `https://host/folder/` of `https://host/folder/name`: where several files have it in common, once. */
const publishedAt = ({ missing }: DownloadPlace): readonly string[] => [
  ...new Set(missing.flatMap(({ name, urls }) => urls.map((url) => url.slice(0, url.length - name.length)))),
];

/** Without a network here: what is looked for, where it is published, and where it belongs. */
const ByHand = ({ name, place }: { name: DownloadName; place: DownloadPlace }) => {
  const [looking, setLooking] = useState<"not yet" | "looking" | "looked">("not yet");
  const { folder, missing } = place;
  if (folder === null || missing.length === 0) return null;
  const lookAgain = async (): Promise<void> => {
    setLooking("looking");
    await findDownload(name);
    setLooking("looked");
  };
  const isOne = missing.length === 1;
  return (
    <section className="download-by-hand" aria-label="Without a download">
      <h3>Or bring {isOne ? "it" : "the files"} from another computer</h3>
      <ul className="download-files" aria-label="Files that are missing">
        {missing.map(({ name: file, bytes }) => (
          <li key={file}>
            <code>{file}</code> {formatBytes(bytes)}
          </li>
        ))}
      </ul>
      <p>
        Published at{" "}
        {publishedAt(place).map((url, index) => (
          <span key={url}>
            {index > 0 && " and "}
            <code>{url}</code>
          </span>
        ))}
      </p>
      <p>
        {missing.every(({ isArchive }) => isArchive) ? "Unpack" : "Put"} {isOne ? "it" : "them"} into{" "}
        <code>{folder}</code> and look again, or choose the folder that has {isOne ? "it" : "them"}.
      </p>
      <div className="download-actions">
        <button type="button" className="button" aria-disabled={looking === "looking"} onClick={() => void lookAgain()}>
          Look again
        </button>
        <button type="button" className="button" onClick={() => void chooseDatasetFolder()}>
          Choose a folder…
        </button>
        <span role="status">
          {looking === "looked" && (isOne ? "It is not there." : `Not there: ${counted(missing.length, "file")}.`)}
        </span>
      </div>
    </section>
  );
};

/** Offers a published dataset that is not here for download, and shows how far it is. */
export const DownloadPanel = ({ name, dataset }: { name: DownloadName; dataset: DatasetReference }) => {
  const id = useId();
  const download = useDownload(name);
  useEffect(() => void findDownload(name), [name]);
  const title = datasetTitle(dataset);
  const { size, command } = PUBLISHED[name];
  const place = useDownloadPlace(name);
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
      {place !== undefined && download.state !== "running" && <ByHand key={name} name={name} place={place} />}
    </section>
  );
};
