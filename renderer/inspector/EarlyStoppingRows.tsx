import type { LayerscopeDocument, TrainingSettings } from "../../engine/index.ts";
import { counted } from "../../engine/index.ts";
import { useDocument } from "../document/documentStore.ts";
import { metricWords } from "../run/runWords.ts";
import { commitTraining } from "./commitTraining.ts";
import { hasTargets } from "./datasetControls.ts";
import { FieldRow, SelectField, ToggleField } from "./fields.tsx";
import { SettingNumber } from "./SettingNumber.tsx";
import { earlyStoppingBounds } from "./settingControls.ts";

type EarlyStopping = NonNullable<TrainingSettings["earlyStopping"]>;

const OFF = "off";
const METRICS = ["testLoss", "testAccuracy", "trainLoss"] as const;
const FIRST: EarlyStopping = { metric: "testLoss", patience: 5, minDelta: 0, restoreBest: true };

const wordsFor = ({ dataset, training }: LayerscopeDocument, metric: EarlyStopping["metric"]): string =>
  metricWords(metric, { hasValidation: training.validation !== null, hasTargets: hasTargets(dataset) });

/** `validation loss, 5 epochs`. */
export const describeEarlyStopping = (document: LayerscopeDocument): string => {
  const { earlyStopping } = document.training;
  if (earlyStopping === null) return "Off";
  return `${wordsFor(document, earlyStopping.metric)}, ${counted(earlyStopping.patience, "epoch")}`;
};

/** When a run ends before its last epoch. */
export const EarlyStoppingRows = ({ prefix }: { prefix: string }) => {
  const document = useDocument((state) => state.document);
  const { earlyStopping: settings, validation } = document.training;
  const commit = (title: string, change: Partial<Record<keyof EarlyStopping, unknown>>): string | null =>
    commitTraining(title, { earlyStopping: { ...(settings ?? FIRST), ...change } });
  return (
    <>
      <FieldRow
        label="Stop on"
        htmlFor={`${prefix}-early`}
        tooltip="Measured after each epoch; the run ends when it has not become better for some epochs. With validation samples it is measured on those."
      >
        <SelectField
          id={`${prefix}-early`}
          label="Early stopping"
          value={settings?.metric ?? OFF}
          options={[
            { value: OFF, label: "Off" },
            ...METRICS.map((metric) => {
              const words = wordsFor(document, metric);
              return { value: metric, label: words.charAt(0).toUpperCase() + words.slice(1) };
            }),
          ]}
          onChange={(metric) => {
            if (metric === OFF) commitTraining("Early stopping", { earlyStopping: null });
            else commit("Early stopping", { metric });
          }}
        />
      </FieldRow>
      {settings !== null && (
        <>
          {validation === null && settings.metric !== "trainLoss" && (
            <p className="field-row-note">
              Chosen by the test set, the result looks better than it is. Set samples apart under Validation.
            </p>
          )}
          <SettingNumber
            nested
            id={`${prefix}-patience`}
            title="Patience"
            help="Epochs without improvement that end the run."
            unit="epochs"
            bounds={earlyStoppingBounds("patience")}
            value={settings.patience}
            commit={(patience) => commit("Patience", { patience })}
          />
          <SettingNumber
            nested
            id={`${prefix}-delta`}
            title="Min. change"
            help="How much better an epoch must be to count as an improvement. Accuracy is a share: 0.01 is one percent."
            bounds={earlyStoppingBounds("minDelta")}
            value={settings.minDelta}
            commit={(minDelta) => commit("Min. change", { minDelta })}
          />
          <FieldRow
            nested
            label="Restore best"
            htmlFor={`${prefix}-restore`}
            tooltip="The run ends with the weights of its best epoch instead of the last."
          >
            <ToggleField
              id={`${prefix}-restore`}
              label="Restore best"
              on={settings.restoreBest}
              onChange={(restoreBest) => commit("Restore best", { restoreBest })}
            />
          </FieldRow>
        </>
      )}
    </>
  );
};
