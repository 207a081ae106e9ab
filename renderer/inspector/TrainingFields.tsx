import { optimizers, schedules, type TrainingSettings } from "../../engine/index.ts";
import { useDocument } from "../document/documentStore.ts";
import { CommitField } from "./CommitField.tsx";
import { commitTraining } from "./commitTraining.ts";
import { FieldRow, SelectField, ToggleField } from "./fields.tsx";
import { nudgeNumber, readNumber, writeNumber } from "./fieldText.ts";
import { InitializerField } from "./InitializerField.tsx";
import { NumberField } from "./NumberField.tsx";
import { ScheduleCurve } from "./ScheduleCurve.tsx";
import {
  earlyStoppingBounds,
  initializerControl,
  optimizerChoices,
  type SettingChoice,
  scheduleChoices,
  trainingBounds,
} from "./settingControls.ts";

type NumberKey = "learningRate" | "warmupEpochs" | "weightDecay" | "batchSize" | "epochs" | "seed";

const NumberRow = (props: { prefix: string; name: NumberKey; title: string; tooltip: string; unit?: string }) => {
  const { prefix, name, title, tooltip, unit = null } = props;
  const value = useDocument((state) => state.document.training[name]);
  return (
    <FieldRow label={title} htmlFor={`${prefix}-${name}`} tooltip={tooltip}>
      <NumberField
        id={`${prefix}-${name}`}
        label={title}
        unit={unit}
        bounds={trainingBounds(name)}
        value={value}
        commit={(next) => commitTraining(title, { [name]: next })}
      />
    </FieldRow>
  );
};

/** One of several, and the numbers that it has. */
const ChoiceRows = (props: {
  prefix: string;
  setting: "optimizer" | "schedule";
  title: string;
  tooltip: string;
  value: { readonly name: string; readonly [key: string]: unknown };
  choices: readonly SettingChoice[];
  titleOf: (name: string) => string;
  startOf: (name: string) => object;
}) => {
  const { prefix, setting, title, tooltip, value, choices, titleOf, startOf } = props;
  const choice = choices.find(({ name }) => name === value.name);
  return (
    <>
      <FieldRow label={title} htmlFor={`${prefix}-${setting}`} tooltip={tooltip}>
        <SelectField
          id={`${prefix}-${setting}`}
          label={title}
          value={value.name}
          options={choices.map(({ name }) => ({ value: name, label: titleOf(name) }))}
          onChange={(name) => commitTraining(title, { [setting]: startOf(name) })}
        />
      </FieldRow>
      {choice?.numbers.map((number) => (
        <FieldRow
          key={number.key}
          nested
          label={number.title}
          htmlFor={`${prefix}-${setting}-${number.key}`}
          tooltip={number.description}
        >
          <NumberField
            id={`${prefix}-${setting}-${number.key}`}
            label={number.title}
            unit={number.unit}
            bounds={number.bounds}
            value={Number(value[number.key])}
            commit={(next) => commitTraining(number.title, { [setting]: { ...value, [number.key]: next } })}
          />
        </FieldRow>
      ))}
    </>
  );
};

const OFF = "off";

const ClipRow = ({ prefix }: { prefix: string }) => {
  const clipNorm = useDocument((state) => state.document.training.clipNorm);
  const bounds = trainingBounds("clipNorm");
  return (
    <FieldRow
      label="Clip norm"
      htmlFor={`${prefix}-clip`}
      tooltip="Scales all gradients down together when their norm is larger. Off: never."
    >
      <CommitField
        id={`${prefix}-clip`}
        label="Clip norm"
        text={clipNorm === null ? "Off" : writeNumber(clipNorm)}
        commit={(text) => {
          const word = text.trim().toLowerCase();
          if (word === "" || word === OFF) return commitTraining("Clip norm", { clipNorm: null });
          const reading = readNumber(text);
          return reading.ok ? commitTraining("Clip norm", { clipNorm: reading.value }) : reading.problem;
        }}
        nudge={(text, direction, far) => {
          const reading = readNumber(text);
          return writeNumber(reading.ok ? nudgeNumber(reading.value, direction, far, bounds) : 1);
        }}
      />
    </FieldRow>
  );
};

type EarlyStopping = NonNullable<TrainingSettings["earlyStopping"]>;

const METRICS: Readonly<Record<EarlyStopping["metric"], string>> = {
  testLoss: "On test loss",
  testAccuracy: "On test accuracy",
  trainLoss: "On training loss",
};

const FIRST_EARLY_STOPPING: EarlyStopping = { metric: "testLoss", patience: 5, minDelta: 0, restoreBest: true };

const EarlyStoppingRows = ({ prefix }: { prefix: string }) => {
  const settings = useDocument((state) => state.document.training.earlyStopping);
  const commit = (change: Readonly<Record<string, unknown>>): string | null =>
    commitTraining("Early stopping", { earlyStopping: { ...(settings ?? FIRST_EARLY_STOPPING), ...change } });
  return (
    <>
      <FieldRow
        label="Early stopping"
        htmlFor={`${prefix}-early`}
        tooltip="Ends the run when this has not improved for some epochs."
      >
        <SelectField
          id={`${prefix}-early`}
          label="Early stopping"
          value={settings?.metric ?? OFF}
          options={[
            { value: OFF, label: "Off" },
            ...Object.entries(METRICS).map(([value, label]) => ({ value, label })),
          ]}
          onChange={(metric) => {
            if (metric === OFF) commitTraining("Early stopping", { earlyStopping: null });
            else commit({ metric });
          }}
        />
      </FieldRow>
      {settings !== null && (
        <>
          <FieldRow
            nested
            label="Patience"
            htmlFor={`${prefix}-patience`}
            tooltip="Epochs without improvement that end the run."
          >
            <NumberField
              id={`${prefix}-patience`}
              label="Patience"
              unit="epochs"
              bounds={earlyStoppingBounds("patience")}
              value={settings.patience}
              commit={(patience) => commit({ patience })}
            />
          </FieldRow>
          <FieldRow
            nested
            label="Min. change"
            htmlFor={`${prefix}-delta`}
            tooltip="How much better an epoch must be to count as an improvement. Accuracy is a share: 0.01 is one percent."
          >
            <NumberField
              id={`${prefix}-delta`}
              label="Min. change"
              bounds={earlyStoppingBounds("minDelta")}
              value={settings.minDelta}
              commit={(minDelta) => commit({ minDelta })}
            />
          </FieldRow>
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
              onChange={(restoreBest) => commit({ restoreBest })}
            />
          </FieldRow>
        </>
      )}
    </>
  );
};

const optimizerOf = (name: string) => Object.entries(optimizers).find(([key]) => key === name)?.[1];
const scheduleOf = (name: string) => Object.entries(schedules).find(([key]) => key === name)?.[1];

/** The training settings but for the dataset. */
export const TrainingFields = ({ prefix }: { prefix: string }) => {
  const training = useDocument((state) => state.document.training);
  return (
    <>
      <NumberRow
        prefix={prefix}
        name="epochs"
        title="Epochs"
        tooltip="How often training goes through the whole training set."
      />
      <NumberRow prefix={prefix} name="batchSize" title="Batch size" tooltip="Samples of one step." />
      <ChoiceRows
        prefix={prefix}
        setting="optimizer"
        title="Optimizer"
        tooltip={optimizers[training.optimizer.name].formula}
        value={training.optimizer}
        choices={optimizerChoices}
        titleOf={(name) => optimizerOf(name)?.title ?? name}
        startOf={(name) => optimizerOf(name)?.start ?? {}}
      />
      <NumberRow
        prefix={prefix}
        name="learningRate"
        title="Learning rate"
        tooltip="How far each step moves the weights."
      />
      <ChoiceRows
        prefix={prefix}
        setting="schedule"
        title="Schedule"
        tooltip="How the learning rate goes over the run."
        value={training.schedule}
        choices={scheduleChoices}
        titleOf={(name) => scheduleOf(name)?.title ?? name}
        startOf={(name) => scheduleOf(name)?.start ?? {}}
      />
      <NumberRow
        prefix={prefix}
        name="warmupEpochs"
        title="Warm-up"
        unit="epochs"
        tooltip="Over so many epochs the learning rate rises linearly before the schedule begins. Fractions are allowed."
      />
      <ScheduleCurve training={training} />
      <NumberRow
        prefix={prefix}
        name="weightDecay"
        title="Weight decay"
        tooltip="L2: adds this share of each Conv and Dense weight to its gradient. AdamW shrinks the weights themselves."
      />
      <ClipRow prefix={prefix} />
      <EarlyStoppingRows prefix={prefix} />
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
      <NumberRow
        prefix={prefix}
        name="seed"
        title="Seed"
        tooltip="Same seed, same bits: start weights, shuffling and dropout follow from it."
      />
    </>
  );
};
