import { type DatasetReference, datasetPath, datasetTitle } from "../../engine/index.ts";
import { chooseDatasetFile, chooseDatasetFolder, trainOn } from "../document/datasetActions.ts";
import { useDocument } from "../document/documentStore.ts";
import { SelectField } from "../inspector/fields.tsx";
import { NAMED_DATASETS } from "./namedDatasets.ts";

const keyOf = (dataset: DatasetReference): string => {
  if (datasetPath(dataset) !== null) return "own";
  return dataset.source === "generated" ? dataset.pattern : dataset.source;
};

/** Chooses what the document trains on: a dataset with a name, or a folder or file of the user's. */
export const DatasetField = ({ id }: { id: string }) => {
  const dataset = useDocument((state) => state.document.dataset);
  const key = keyOf(dataset);
  return (
    <SelectField
      id={id}
      label="Dataset"
      value={key}
      options={[
        ...Object.entries(NAMED_DATASETS).map(([value, reference]) => ({ value, label: datasetTitle(reference) })),
        ...(key === "own" ? [{ value: "own", label: datasetTitle(dataset) }] : []),
        { value: "folder", label: "Folder…" },
        { value: "file", label: "File…" },
      ]}
      onChange={(value) => {
        const named = NAMED_DATASETS[value];
        if (named !== undefined) trainOn(named);
        else if (value === "folder") void chooseDatasetFolder();
        else if (value === "file") void chooseDatasetFile();
      }}
    />
  );
};
