import { X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { useStore } from "zustand";
import { counted, datasetTitle } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { getShell } from "../app/shellAccess.ts";
import { useView, viewStore } from "../app/viewStore.ts";
import { formatBytes, NO_BREAK_SPACE } from "../charts/format.ts";
import { NAMED_DATASETS } from "../dataset/namedDatasets.ts";
import { changeNewDocument, newDocumentStore } from "../document/newDocumentSetting.ts";
import { FieldRow, Section, SelectField, ToggleField } from "../inspector/fields.tsx";
import { MachineSection } from "../inspector/MachineSection.tsx";
import { SettingNumber } from "../inspector/SettingNumber.tsx";
import { trainingBounds } from "../inspector/settingControls.ts";
import { refreshFinishedRuns, useRunShelf } from "../run/finishedRuns.ts";
import { motionStore, setMotion } from "../theme/motion.ts";
import { setTheme, THEME_TITLES, THEMES, themeStore } from "../theme/theme.ts";
import { INTERFACE_SIZES, interfaceSizeStore, setInterfaceSize } from "./interfaceSize.ts";
import { setRunLimits } from "./keptRunsSetting.ts";
import { reopenStore, setReopens } from "./reopenSetting.ts";
import "./PreferencesDialog.css";

const close = (): void => viewStore.setState({ preferencesOpen: false });

const AppearanceSection = () => {
  const themeId = useId();
  const motionId = useId();
  const sizeId = useId();
  const theme = useStore(themeStore, (state) => state.theme);
  const motion = useStore(motionStore, (state) => state.motion);
  const percent = useStore(interfaceSizeStore, (state) => state.percent);
  return (
    <Section title="Appearance">
      <FieldRow label="Theme" htmlFor={themeId}>
        <SelectField
          id={themeId}
          label="Theme"
          value={theme}
          options={THEMES.map((value) => ({ value, label: THEME_TITLES[value] }))}
          onChange={(value) => setTheme(THEMES.find((known) => known === value) ?? "system")}
        />
      </FieldRow>
      {getShell().zoomInterface !== null && (
        <FieldRow label="Size" htmlFor={sizeId} tooltip="Of the whole interface, in all windows.">
          <SelectField
            id={sizeId}
            label="Size"
            value={String(percent)}
            options={INTERFACE_SIZES.map((size) => ({ value: String(size), label: `${size}${NO_BREAK_SPACE}%` }))}
            onChange={(value) => setInterfaceSize(Number(value))}
          />
        </FieldRow>
      )}
      <FieldRow label="Motion" htmlFor={motionId} tooltip="Reduced: panels, menus and layouts change at once.">
        <SelectField
          id={motionId}
          label="Motion"
          value={motion}
          options={[
            { value: "system", label: "As the system" },
            { value: "reduced", label: "Reduced" },
          ]}
          onChange={(value) => setMotion(value === "reduced" ? "reduced" : "system")}
        />
      </FieldRow>
    </Section>
  );
};

const NewDocumentSection = () => {
  const id = useId();
  const { dataset, epochs, batchSize } = useStore(newDocumentStore);
  return (
    <Section title="New documents">
      <FieldRow label="Dataset" htmlFor={`${id}-dataset`}>
        <SelectField
          id={`${id}-dataset`}
          label="Dataset"
          value={dataset}
          options={Object.entries(NAMED_DATASETS).map(([value, known]) => ({ value, label: datasetTitle(known) }))}
          onChange={(value) => changeNewDocument({ dataset: value })}
        />
      </FieldRow>
      <SettingNumber
        id={`${id}-epochs`}
        title="Epochs"
        help="How often training goes through the whole training set."
        bounds={trainingBounds("epochs")}
        value={epochs}
        commit={(value) => changeNewDocument({ epochs: value })}
      />
      <SettingNumber
        id={`${id}-batch`}
        title="Batch size"
        help="Samples of one step."
        bounds={trainingBounds("batchSize")}
        value={batchSize}
        commit={(value) => changeNewDocument({ batchSize: value })}
      />
    </Section>
  );
};

const RUN_COUNTS = [10, 20, 50, 100, 200, 500, 1000];
const DISK_SIZES = [0.5e9, 1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9];

/** With the present one, which another version may have set. */
const optionsOf = (values: readonly number[], present: number, format: (value: number) => string) =>
  [...new Set([...values, present])]
    .sort((a, b) => a - b)
    .map((value) => ({ value: String(value), label: format(value) }));

const KeptRunsSection = () => {
  const id = useId();
  const shelf = useRunShelf();
  useEffect(() => void refreshFinishedRuns(), []);
  if (shelf === null) return null;
  const { limits, runs } = shelf;
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  return (
    <Section title="Finished runs">
      <FieldRow label="Keep the last" htmlFor={`${id}-count`}>
        <SelectField
          id={`${id}-count`}
          label="Keep the last"
          value={String(limits.runs)}
          options={optionsOf(RUN_COUNTS, limits.runs, (count) => counted(count, "run"))}
          onChange={(value) => void setRunLimits({ ...limits, runs: Number(value) })}
        />
      </FieldRow>
      <FieldRow label="On at most" htmlFor={`${id}-bytes`}>
        <SelectField
          id={`${id}-bytes`}
          label="On at most"
          value={String(limits.bytes)}
          options={optionsOf(DISK_SIZES, limits.bytes, (size) => `${size / 1e9}${NO_BREAK_SPACE}GB`)}
          onChange={(value) => void setRunLimits({ ...limits, bytes: Number(value) })}
        />
      </FieldRow>
      <p className="inspector-empty">
        {`Kept now: ${counted(runs.length, "run")}, ${formatBytes(bytes)}. When another one ends, the oldest beyond these limits go for good; those with a name, tag, note or pin stay, and those of studies.`}
      </p>
    </Section>
  );
};

const StartSection = () => {
  const id = useId();
  const reopens = useStore(reopenStore, (state) => state.reopens);
  return (
    <Section title="When the app starts">
      <FieldRow label="Reopen the documents of the last time" htmlFor={id}>
        <ToggleField id={id} label="Reopen the documents of the last time" on={reopens} onChange={setReopens} />
      </FieldRow>
      <p className="inspector-empty">Unsaved changes that a crash left always come back.</p>
    </Section>
  );
};

const Dialog = () => {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="preferences"
      aria-labelledby="preferences-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      <div className="preferences-head">
        <h2 id="preferences-title">Preferences</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon of={X} size={16} />
        </button>
      </div>
      <AppearanceSection />
      <NewDocumentSection />
      <MachineSection />
      <KeptRunsSection />
      {getShell().platform !== "browser" && <StartSection />}
    </dialog>
  );
};

export const PreferencesDialog = () => (useView((state) => state.preferencesOpen) ? <Dialog /> : null);
