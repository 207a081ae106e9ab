import type { Compiled, TrainingSettings } from "../../engine/index.ts";
import { counted } from "../../engine/index.ts";
import { formatCount } from "../charts/format.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { commitTraining } from "./commitTraining.ts";
import { FieldRow, SelectField } from "./fields.tsx";
import { SettingNumber, SettingShare } from "./SettingNumber.tsx";
import { validationCountBounds } from "./settingControls.ts";

type Validation = NonNullable<TrainingSettings["validation"]>;

const OFF = "off";

const FIRST_SHARE = 0.1;
/** Where the size of the set is not known before it is read. */
const FIRST_COUNT = 1000;

const trainCountOf = ({ dataset }: Compiled): number | null => dataset?.trainCount ?? null;

const commitValidation = (validation: Validation | null): string | null => commitTraining("Validation", { validation });

const commitCount = (count: number): string | null => {
  const trainCount = trainCountOf(documentStore.getState().compiled);
  if (trainCount !== null && count >= trainCount) {
    return `${counted(count, "validation sample")} ${count === 1 ? "leaves" : "leave"} nothing to train on: the training set has ${formatCount(trainCount)}.`;
  }
  return commitTraining("Validation count", { validation: { count } });
};

const startOf = (choice: string): Validation | null => {
  if (choice === OFF) return null;
  const trainCount = trainCountOf(documentStore.getState().compiled);
  if (choice === "share") return { share: FIRST_SHARE };
  return { count: trainCount === null ? FIRST_COUNT : Math.max(1, Math.round(trainCount * FIRST_SHARE)) };
};

/** `6,000 of 60,000 samples`; nothing where the set was not read yet. */
const describeSplit = (validation: Validation, trainCount: number | null): string | null => {
  if (trainCount === null) return null;
  // As the trainer counts: at least one sample stays on either side.
  const count =
    "count" in validation
      ? validation.count
      : Math.max(1, Math.min(trainCount - 1, Math.round(validation.share * trainCount)));
  return `${formatCount(count)} of ${counted(trainCount, "training sample")}`;
};

/** Training samples set apart to measure on. */
export const ValidationRows = ({ prefix }: { prefix: string }) => {
  const validation = useDocument((state) => state.document.training.validation);
  const trainCount = useDocument((state) => trainCountOf(state.compiled));
  const choice = validation === null ? OFF : "share" in validation ? "share" : "count";
  const id = `${prefix}-validation`;
  const split = validation === null ? null : describeSplit(validation, trainCount);
  const tooltip =
    "Training samples set apart by the seed: measured after each epoch, never trained on. Early stopping judges by them.";
  return (
    <>
      <FieldRow label="Validation" htmlFor={id} tooltip={tooltip}>
        <SelectField
          id={id}
          label="Validation"
          value={choice}
          options={[
            { value: OFF, label: "Off" },
            { value: "share", label: "A share" },
            { value: "count", label: "A number of samples" },
          ]}
          onChange={(chosen) => commitValidation(startOf(chosen))}
        />
      </FieldRow>
      {validation !== null && "share" in validation && (
        <SettingShare
          nested
          id={`${id}-share`}
          title="Share"
          help="Of the training samples."
          value={validation.share}
          commit={(share) => commitTraining("Validation share", { validation: { share } })}
        />
      )}
      {validation !== null && "count" in validation && (
        <SettingNumber
          nested
          id={`${id}-count`}
          title="Count"
          unit="samples"
          help="Set apart from the training samples."
          bounds={validationCountBounds}
          value={validation.count}
          commit={commitCount}
        />
      )}
      {split !== null && <p className="field-row-note">{split}</p>}
    </>
  );
};
