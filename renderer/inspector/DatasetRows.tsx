import type { DatasetReference } from "../../engine/index.ts";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { useDocument } from "../document/documentStore.ts";
import { CommitField } from "./CommitField.tsx";
import { commitDataset, datasetBounds } from "./datasetControls.ts";
import { FieldRow, SelectField } from "./fields.tsx";
import { readPair, writeNumbers } from "./fieldText.ts";
import { SettingNumber, SettingShare } from "./SettingNumber.tsx";

type Of<S extends DatasetReference["source"]> = Extract<DatasetReference, { readonly source: S }>;
type RowsOf<S extends DatasetReference["source"]> = { readonly prefix: string; readonly dataset: Of<S> };

const lastPart = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== "") ?? path;

const TestShare = ({ prefix, value, help }: { prefix: string; value: number; help: string }) => (
  <SettingShare
    id={`${prefix}-test-share`}
    title="Test share"
    help={help}
    value={value}
    commit={(testShare) => commitDataset("Test share", { testShare })}
  />
);

const GENERATED = {
  count: { title: "Samples", help: "Training samples; a quarter as many test samples come on top." },
  classes: { title: "Classes", help: "Arms or rings, one for each class." },
  noise: { title: "Noise", help: "Standard deviation of what is added to each coordinate." },
  seed: { title: "Data seed", help: "Same seed, same points; the seed of training is another." },
} as const;

const GeneratedRows = ({ prefix, dataset }: RowsOf<"generated">) => {
  const values: Readonly<Record<string, number>> = {
    count: dataset.count,
    ...("classes" in dataset ? { classes: dataset.classes } : {}),
    noise: dataset.noise,
    seed: dataset.seed,
  };
  return Object.entries(GENERATED).map(([key, { title, help }]) => {
    const value = values[key];
    if (value === undefined) return null;
    return (
      <SettingNumber
        key={key}
        id={`${prefix}-data-${key}`}
        bounds={datasetBounds(dataset, key)}
        commit={(next) => commitDataset(title, { [key]: next })}
        {...{ title, help, value }}
      />
    );
  });
};

const chooseTestFile = async (): Promise<void> => {
  const outcome = await getShell().chooseDatasetFile();
  if (outcome.status === "failed") {
    notify({ tone: "error", title: "The test file was not changed", text: outcome.problem.message });
  }
  if (outcome.status === "done") commitDataset("Test set", { testFile: outcome.value.file });
};

const CsvRows = ({ prefix, dataset }: RowsOf<"csv">) => (
  <>
    <FieldRow
      label="Label column"
      htmlFor={`${prefix}-label`}
      tooltip="Its name, or its number from 1. Empty: the one called label, class or target, else the last."
    >
      <CommitField
        id={`${prefix}-label`}
        label="Label column"
        placeholder="found by its name"
        text={dataset.label ?? ""}
        commit={(text) => commitDataset("Label column", { label: text.trim() === "" ? null : text.trim() })}
      />
    </FieldRow>
    <FieldRow
      label="Predict"
      htmlFor={`${prefix}-task`}
      tooltip="What the label column holds: a class of each sample, or a number. Numbers need an Output with mean squared error."
    >
      <SelectField
        id={`${prefix}-task`}
        label="Predict"
        value={dataset.task}
        options={[
          { value: "classification", label: "A class" },
          { value: "regression", label: "A number" },
        ]}
        onChange={(task) => commitDataset("Predict", { task })}
      />
    </FieldRow>
    <FieldRow
      label="First row"
      htmlFor={`${prefix}-header`}
      tooltip="Detect: names where they stand above numbers or are all text."
    >
      <SelectField
        id={`${prefix}-header`}
        label="First row"
        value={dataset.header}
        options={[
          { value: "detect", label: "Detect" },
          { value: "present", label: "Names of the columns" },
          { value: "absent", label: "A sample" },
        ]}
        onChange={(header) => commitDataset("First row", { header })}
      />
    </FieldRow>
    <FieldRow
      label="Test set"
      htmlFor={`${prefix}-test-file`}
      tooltip="Samples to test on: part of the file, or another file with the same columns."
    >
      <SelectField
        id={`${prefix}-test-file`}
        label="Test set"
        value={dataset.testFile === null ? "part" : "file"}
        options={[
          { value: "part", label: "Part of the file" },
          ...(dataset.testFile === null ? [] : [{ value: "file", label: lastPart(dataset.testFile) }]),
          { value: "choose", label: "Another file…" },
        ]}
        onChange={(chosen) => {
          if (chosen === "part") commitDataset("Test set", { testFile: null });
          else if (chosen === "choose") void chooseTestFile();
        }}
      />
    </FieldRow>
    {dataset.testFile === null && (
      <TestShare
        prefix={prefix}
        value={dataset.testShare}
        help="Of the rows, kept for the test; always the same ones."
      />
    )}
  </>
);

const ImageFolderRows = ({ prefix, dataset }: RowsOf<"imageFolder">) => (
  <>
    <FieldRow
      label="Image size"
      htmlFor={`${prefix}-size`}
      tooltip="Height × width that images are brought to, from 1 to 4,096. Empty: all must have that of the first."
    >
      <CommitField
        id={`${prefix}-size`}
        label="Image size"
        placeholder="that of the first"
        text={dataset.size === null ? "" : writeNumbers(dataset.size)}
        commit={(text) => {
          if (text.trim() === "") return commitDataset("Image size", { size: null });
          const reading = readPair(text);
          return reading.ok ? commitDataset("Image size", { size: reading.value }) : reading.problem;
        }}
      />
    </FieldRow>
    <FieldRow label="Channels" htmlFor={`${prefix}-channels`} tooltip="Detect: 1 where every image is grey, else 3.">
      <SelectField
        id={`${prefix}-channels`}
        label="Channels"
        value={String(dataset.channels)}
        options={[
          { value: "null", label: "Detect" },
          { value: "1", label: "1, grey" },
          { value: "3", label: "3, red, green, blue" },
        ]}
        onChange={(chosen) => commitDataset("Channels", { channels: chosen === "null" ? null : Number(chosen) })}
      />
    </FieldRow>
    <TestShare
      prefix={prefix}
      value={dataset.testShare}
      help="Of the images, kept for the test where the folder has no test folder of its own."
    />
  </>
);

/** What can be set on the dataset itself; nothing for a set that is as it is. */
export const DatasetRows = ({ prefix }: { prefix: string }) => {
  const dataset = useDocument((state) => state.document.dataset);
  if (dataset.source === "generated") return <GeneratedRows {...{ prefix, dataset }} />;
  if (dataset.source === "csv") return <CsvRows {...{ prefix, dataset }} />;
  if (dataset.source === "imageFolder") return <ImageFolderRows {...{ prefix, dataset }} />;
  if (dataset.source !== "idxPair") return null;
  return (
    <>
      <FieldRow label="Labels" tooltip={dataset.labels}>
        <span className="field-row-text">{lastPart(dataset.labels)}</span>
      </FieldRow>
      <TestShare
        prefix={prefix}
        value={dataset.testShare}
        help="Of the images, kept for the test; always the same ones."
      />
    </>
  );
};
