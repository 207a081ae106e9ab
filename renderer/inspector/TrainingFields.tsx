import { counted, optimizers, rateInPlaceOf, schedules, type TrainingSettings } from "../../engine/index.ts";
import { formatCount } from "../charts/format.ts";
import { useDocument } from "../document/documentStore.ts";
import { useStartingNet } from "../run/startingNet.ts";
import { CommitField } from "./CommitField.tsx";
import { commitTraining } from "./commitTraining.ts";
import { describeEarlyStopping, EarlyStoppingRows } from "./EarlyStoppingRows.tsx";
import { FoldSection } from "./FoldSection.tsx";
import { FieldRow, Section, SelectField } from "./fields.tsx";
import { nudgeNumber, readNumber, writeNumber } from "./fieldText.ts";
import { InitializerField, initializerTitle } from "./InitializerField.tsx";
import { NumberField } from "./NumberField.tsx";
import { ScheduleCurve } from "./ScheduleCurve.tsx";
import { SettingNumber } from "./SettingNumber.tsx";
import { StartRows } from "./StartRows.tsx";
import {
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
    <SettingNumber
      id={`${prefix}-${name}`}
      title={title}
      help={tooltip}
      unit={unit}
      bounds={trainingBounds(name)}
      value={value}
      commit={(next) => commitTraining(title, { [name]: next })}
    />
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

/** A rate that the optimizer before could bear and this one cannot. */
const UsualRate = ({ rate, optimizer }: { rate: number; optimizer: TrainingSettings["optimizer"]["name"] }) => {
  const usual = rateInPlaceOf(rate, optimizer);
  if (usual === null) return null;
  return (
    <div className="field-row-aside">
      <p className="field-row-note">{`${optimizers[optimizer].title} moves most weights by about the rate a step, and is usually begun at ${writeNumber(usual)}.`}</p>
      <button
        type="button"
        className="button button-small"
        onClick={() => commitTraining("Learning rate", { learningRate: usual })}
      >{`Use ${writeNumber(usual)}`}</button>
    </div>
  );
};

const optimizerOf = (name: string) => Object.entries(optimizers).find(([key]) => key === name)?.[1];
const scheduleOf = (name: string) => Object.entries(schedules).find(([key]) => key === name)?.[1];

/** Folded sections in a line each. */
const factsOf = (training: TrainingSettings) => ({
  schedule: `${scheduleOf(training.schedule.name)?.title ?? training.schedule.name}${training.warmupEpochs > 0 ? `, warm-up ${counted(training.warmupEpochs, "epoch")}` : ""}`,
  regularization:
    [
      ...(training.weightDecay > 0 ? [`weight decay ${writeNumber(training.weightDecay)}`] : []),
      ...(training.clipNorm === null ? [] : [`clip norm ${writeNumber(training.clipNorm)}`]),
    ].join(", ") || "None",
  start: (net: string | null) =>
    `${net ?? initializerTitle(training.initializer.name)}, seed ${formatCount(training.seed)}`,
});

/** How the weights are learnt; what most documents leave as it is, is folded. */
export const TrainingFields = ({ prefix }: { prefix: string }) => {
  const training = useDocument((state) => state.document.training);
  const earlyStopping = useDocument((state) => describeEarlyStopping(state.document));
  const facts = factsOf(training);
  const startName = useStartingNet(({ net, isUsed }) => (isUsed ? (net?.name ?? null) : null));
  return (
    <>
      <Section title="Optimization">
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
        <UsualRate rate={training.learningRate} optimizer={training.optimizer.name} />
      </Section>
      <FoldSection title="Schedule" fact={facts.schedule}>
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
      </FoldSection>
      <FoldSection title="Regularization" fact={facts.regularization}>
        <NumberRow
          prefix={prefix}
          name="weightDecay"
          title="Weight decay"
          tooltip="L2: adds this share of each Conv and Dense weight to its gradient. AdamW shrinks the weights themselves."
        />
        <ClipRow prefix={prefix} />
      </FoldSection>
      <FoldSection title="Early stopping" fact={earlyStopping}>
        <EarlyStoppingRows prefix={prefix} />
      </FoldSection>
      <FoldSection title="Start" fact={facts.start(startName)}>
        <StartRows prefix={prefix} />
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
      </FoldSection>
    </>
  );
};
