import { useId } from "react";
import { datasetTitle } from "../../engine/index.ts";
import { formatBytes, formatCount, formatQuantity } from "../charts/format.ts";
import { chooseDatasetFolder, trainOnMnist } from "../document/datasetActions.ts";
import { useDocument } from "../document/documentStore.ts";
import { FieldRow, Section, SelectField } from "./fields.tsx";
import { MachineSection } from "./MachineSection.tsx";
import { NotesSection } from "./NotesSection.tsx";
import { TrainingFields } from "./TrainingFields.tsx";

const DatasetField = ({ id }: { id: string }) => {
  const dataset = useDocument((state) => state.document.dataset);
  const folder = dataset.source === "idx" ? dataset.directory : null;
  return (
    <SelectField
      id={id}
      label="Dataset"
      value={dataset.source}
      options={[
        { value: "mnist", label: "MNIST" },
        ...(folder === null ? [] : [{ value: "idx", label: datasetTitle(dataset) }]),
        { value: "choose", label: folder === null ? "IDX folder…" : "Another IDX folder…" },
      ]}
      onChange={(value) => {
        if (value === "choose") void chooseDatasetFolder();
        else if (value === "mnist") trainOnMnist();
      }}
    />
  );
};

const TotalsSection = () => {
  const totals = useDocument((state) => state.compiled.totals);
  const numNodes = useDocument((state) => state.document.nodes.length);
  return (
    <Section title="Net">
      <dl className="inspector-facts">
        <div>
          <dt>Nodes</dt>
          <dd>{formatCount(numNodes)}</dd>
        </div>
        <div>
          <dt>Weights</dt>
          <dd>{formatCount(totals.numWeights)}</dd>
        </div>
        <div>
          <dt>Forward, one sample</dt>
          <dd>{formatQuantity(totals.multiplyAdds)} MACs</dd>
        </div>
        <div>
          <dt>Memory to train</dt>
          <dd>{formatBytes(totals.memoryBytes)}</dd>
        </div>
      </dl>
    </Section>
  );
};

/** What the document says besides its graph. */
export const SettingsInspector = () => {
  const prefix = useId();
  const folder = useDocument(({ document }) => (document.dataset.source === "idx" ? document.dataset.directory : null));
  return (
    <>
      <div className="inspector-head">
        <div className="inspector-titles">
          <h2>Training</h2>
          <p className="inspector-subtitle">Settings of this document</p>
        </div>
      </div>
      <fieldset className="inspector-section" aria-label="Training settings">
        <FieldRow label="Dataset" htmlFor={`${prefix}-dataset`}>
          <div className="stacked-fields">
            <DatasetField id={`${prefix}-dataset`} />
            {folder !== null && (
              <p className="inspector-path" title={folder}>
                {folder}
              </p>
            )}
          </div>
        </FieldRow>
        <TrainingFields prefix={prefix} />
      </fieldset>
      <MachineSection />
      <TotalsSection />
      <NotesSection />
    </>
  );
};
