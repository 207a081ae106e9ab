import { useId } from "react";
import { datasetTitle, optimizers, trainingSchema } from "../../engine/index.ts";
import { formatBytes, formatCount, formatQuantity } from "../charts/format.ts";
import { chooseDatasetFolder, trainOnMnist } from "../document/datasetActions.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { FieldRow, Section, SelectField } from "./fields.tsx";
import { InitializerField } from "./InitializerField.tsx";
import { MachineSection } from "./MachineSection.tsx";
import { NotesSection } from "./NotesSection.tsx";
import { NumberField } from "./NumberField.tsx";
import { wordsOf } from "./paramControls.ts";
import { initializerControl, optimizerChoices, trainingBounds, trainingProblem } from "./settingControls.ts";

/** A change of the settings from a form, which may not be one: the schema says why. */
const commitTraining = (title: string, change: Readonly<Record<string, unknown>>): string | null => {
  const { document, apply } = documentStore.getState();
  const checked = trainingSchema.safeParse({ ...document.training, ...change });
  if (!checked.success) return trainingProblem(title, { ...document.training, ...change });
  return apply([{ type: "setTraining", training: checked.data }], `set ${title.toLowerCase()}`).refused;
};

const NUMBERS = [
  { key: "learningRate", title: "Learning rate", tooltip: "How far each step moves the weights." },
  {
    key: "weightDecay",
    title: "Weight decay",
    tooltip: "L2: adds this share of each Conv and Dense weight to its gradient.",
  },
  { key: "batchSize", title: "Batch size", tooltip: "Samples of one step." },
  { key: "epochs", title: "Epochs", tooltip: "How often training goes through the whole training set." },
  { key: "seed", title: "Seed", tooltip: "Same seed, same bits: start weights, shuffling and dropout follow from it." },
] as const;

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

const OptimizerFields = ({ prefix }: { prefix: string }) => {
  const optimizer = useDocument((state) => state.document.training.optimizer);
  const choice = optimizerChoices.find(({ name }) => name === optimizer.name);
  const values: Readonly<Record<string, unknown>> = optimizer;
  return (
    <>
      <FieldRow label="Optimizer" htmlFor={`${prefix}-optimizer`}>
        <SelectField
          id={`${prefix}-optimizer`}
          label="Optimizer"
          value={optimizer.name}
          options={optimizerChoices.map(({ name }) => ({ value: name, label: optimizers[name].title }))}
          onChange={(name) => {
            const chosen = optimizerChoices.find((each) => each.name === name);
            if (chosen) commitTraining("Optimizer", { optimizer: optimizers[chosen.name].start });
          }}
        />
      </FieldRow>
      {choice?.numbers.map(({ key, bounds }) => (
        <FieldRow key={key} label={wordsOf(key)} htmlFor={`${prefix}-${key}`}>
          <NumberField
            id={`${prefix}-${key}`}
            label={wordsOf(key)}
            bounds={bounds}
            value={Number(values[key])}
            commit={(value) => commitTraining(wordsOf(key), { optimizer: { ...optimizer, [key]: value } })}
          />
        </FieldRow>
      ))}
    </>
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
  const training = useDocument((state) => state.document.training);
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
        <OptimizerFields prefix={prefix} />
        {NUMBERS.map(({ key, title, tooltip }) => (
          <FieldRow key={key} label={title} htmlFor={`${prefix}-${key}`} tooltip={tooltip}>
            <NumberField
              id={`${prefix}-${key}`}
              label={title}
              bounds={trainingBounds(key)}
              value={training[key]}
              commit={(value) => commitTraining(title, { [key]: value })}
            />
          </FieldRow>
        ))}
        {initializerControl.type === "initializer" && (
          <FieldRow label="Initializer" htmlFor={`${prefix}-initializer`} tooltip={initializerControl.description}>
            <InitializerField
              id={`${prefix}-initializer`}
              label="Initializer"
              value={training.initializer}
              variants={initializerControl.variants}
              documentTitle={null}
              commit={(value) => commitTraining("Initializer", { initializer: value })}
            />
          </FieldRow>
        )}
      </fieldset>
      <MachineSection />
      <TotalsSection />
      <NotesSection />
    </>
  );
};
