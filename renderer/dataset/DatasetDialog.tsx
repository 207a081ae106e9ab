import { X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import {
  counted,
  type DatasetReference,
  datasetPath,
  datasetTitle,
  formatShape,
  messageOf,
} from "../../engine/index.ts";
import type { DatasetDescription } from "../../engine/protocol.ts";
import { Icon } from "../app/Icon.tsx";
import { useView, viewStore } from "../app/viewStore.ts";
import { formatCount, formatShort } from "../charts/format.ts";
import { useDocument } from "../document/documentStore.ts";
import { DatasetField } from "./DatasetField.tsx";
import { DownloadPanel } from "./DownloadPanel.tsx";
import { connectToDatasets, type DatasetConnection } from "./datasetConnection.ts";
import { learnDataset } from "./datasetFacts.ts";
import { downloadNameOf, useDownload } from "./downloadStore.ts";
import { SampleGrid } from "./SampleGrid.tsx";
import "./DatasetDialog.css";

type Part = "train" | "test";
type Reading =
  | { readonly state: "reading" }
  | { readonly state: "read"; readonly connection: DatasetConnection; readonly description: DatasetDescription }
  | { readonly state: "failed"; readonly problem: string };

const PARTS: readonly { readonly part: Part; readonly title: string }[] = [
  { part: "train", title: "Training" },
  { part: "test", title: "Test" },
];

const close = (): void => viewStore.setState({ datasetOpen: false });

/** Reads the dataset in a process of its own for as long as the dialog shows it; anew when its download is complete. */
const useReading = (dataset: DatasetReference, isDownloaded: boolean): Reading => {
  const [reading, setReading] = useState<Reading>({ state: "reading" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was downloaded can be read now
  useEffect(() => {
    let isOver = false;
    setReading({ state: "reading" });
    const connection = connectToDatasets();
    const settle = (next: Reading): void => {
      if (!isOver) setReading(next);
    };
    connection.open(dataset).then(
      ({ description, problem }) => {
        if (isOver) return;
        learnDataset(dataset, { description, problem });
        settle(
          description === null
            ? { state: "failed", problem: problem ?? "The trainer gave no reason." }
            : { state: "read", connection, description },
        );
      },
      (error: unknown) => settle({ state: "failed", problem: messageOf(error) }),
    );
    return () => {
      isOver = true;
      connection.close();
    };
  }, [dataset, isDownloaded]);
  return reading;
};

const ClassRow = ({
  name,
  count,
  largest,
  chosen,
  onChoose,
}: {
  name: string;
  count: number;
  /** Of all classes, for the bar; null: no bar. */
  largest: number | null;
  chosen: boolean;
  onChoose: () => void;
}) => (
  <li>
    <button type="button" className="dataset-class" aria-pressed={chosen} onClick={onChoose}>
      <span className="dataset-class-name" title={name}>
        {name}
      </span>
      <span className="dataset-class-count">{formatCount(count)}</span>
      {largest !== null && (
        <span className="dataset-class-bar" aria-hidden="true">
          <span style={{ width: `${(100 * count) / Math.max(1, largest)}%` }} />
        </span>
      )}
    </button>
  </li>
);

const listNumbers = (values: readonly number[]): string =>
  `${values
    .slice(0, 3)
    .map((value) => formatShort(value, 3))
    .join(", ")}${values.length > 3 ? ", …" : ""}`;

/** More take long to lay out and nobody reads them. */
const MOST_FEATURES = 200;

/** What each value of a row is; a category as `column=category`. */
const Features = ({ description: { featureNames, mean, std } }: { description: DatasetDescription }) => (
  <ul className="dataset-features" aria-label={counted(featureNames.length, "feature")}>
    {featureNames.slice(0, MOST_FEATURES).map((name, feature) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the order of columns is all that tells two of one name apart
      <li key={feature}>
        <span title={name}>{name}</span>
        <span>
          {formatShort(mean[feature] ?? 0, 3)} ± {formatShort(std[feature] ?? 1, 3)}
        </span>
      </li>
    ))}
    {featureNames.length > MOST_FEATURES && <li>and {formatCount(featureNames.length - MOST_FEATURES)} more</li>}
  </ul>
);

const Contents = ({ connection, description }: { connection: DatasetConnection; description: DatasetDescription }) => {
  const [part, setPart] = useState<Part>("train");
  const [label, setLabel] = useState<number | null>(null);
  const { count: all, classCounts } = description[part];
  const count = label === null ? all : (classCounts[label] ?? 0);
  const largest = Math.max(...classCounts, 0);
  const kind = description.shape.length === 3 ? "images" : "rows";
  return (
    <div className="dataset-contents">
      <div className="dataset-side">
        <fieldset className="dataset-parts" aria-label="Part of the dataset">
          {PARTS.map((each) => (
            <button
              key={each.part}
              type="button"
              className="dataset-part"
              aria-pressed={part === each.part}
              onClick={() => setPart(each.part)}
            >
              {each.title}
              <span>{formatCount(description[each.part].count)}</span>
            </button>
          ))}
        </fieldset>
        {description.classNames.length > 0 ? (
          <ul className="dataset-classes" aria-label="Classes">
            <ClassRow
              name="All classes"
              count={all}
              largest={null}
              chosen={label === null}
              onChoose={() => setLabel(null)}
            />
            {description.classNames.map((name, number) => (
              <ClassRow
                key={name}
                name={name}
                count={classCounts[number] ?? 0}
                largest={largest}
                chosen={label === number}
                onChoose={() => setLabel(label === number ? null : number)}
              />
            ))}
          </ul>
        ) : (
          <p className="dataset-note">Each sample has a number to predict.</p>
        )}
        <dl className="dataset-facts">
          <div>
            <dt>Sample</dt>
            <dd className="dataset-shape">{formatShape(description.shape)}</dd>
          </div>
          {description.featureNames.length === 0 && (
            <>
              <div>
                <dt>Mean</dt>
                <dd title={description.mean.join(", ")}>{listNumbers(description.mean)}</dd>
              </div>
              <div>
                <dt>Std</dt>
                <dd title={description.std.join(", ")}>{listNumbers(description.std)}</dd>
              </div>
            </>
          )}
        </dl>
        {description.featureNames.length > 0 && <Features description={description} />}
        <p className="dataset-note">
          {kind === "images"
            ? "Mean and std of the training bytes ÷ 255, by channel."
            : "Mean ± std of the training rows, by feature."}
        </p>
      </div>
      <SampleGrid {...{ connection, description, part, label, count }} />
    </div>
  );
};

const Dialog = () => {
  const dialog = useRef<HTMLDialogElement>(null);
  const dataset = useDocument((state) => state.document.dataset);
  const downloadName = downloadNameOf(dataset);
  const download = useDownload(downloadName);
  const reading = useReading(dataset, download?.state === "complete");
  const isMissing = downloadName !== null && reading.state === "failed" && download?.state !== "complete";
  const field = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const path = datasetPath(dataset);
  return (
    <dialog
      ref={dialog}
      className="dataset-dialog"
      aria-labelledby="dataset-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <div className="dataset-head">
        <div className="dataset-titles">
          <h2 id="dataset-title">{reading.state === "read" ? reading.description.name : datasetTitle(dataset)}</h2>
          {path !== null && (
            <p className="dataset-path" title={path}>
              {path}
            </p>
          )}
        </div>
        <div className="dataset-choice">
          <DatasetField id={field} />
        </div>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon of={X} size={16} />
        </button>
      </div>
      {reading.state === "reading" && <p className="dataset-message">Reading the samples</p>}
      {reading.state === "failed" &&
        (isMissing ? (
          <DownloadPanel name={downloadName} dataset={dataset} />
        ) : (
          <p className="dataset-problem">{reading.problem}</p>
        ))}
      {reading.state === "read" && <Contents connection={reading.connection} description={reading.description} />}
    </dialog>
  );
};

/** The samples of the document's dataset, with labels and class counts. */
export const DatasetDialog = () => (useView((state) => state.datasetOpen) ? <Dialog /> : null);
