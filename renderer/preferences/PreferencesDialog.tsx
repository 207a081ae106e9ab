import { X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import { useStore } from "zustand";
import { datasetTitle } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { getShell } from "../app/shellAccess.ts";
import { useView, viewStore } from "../app/viewStore.ts";
import { NAMED_DATASETS } from "../dataset/namedDatasets.ts";
import { changeNewDocument, newDocumentStore } from "../document/newDocumentSetting.ts";
import { FieldRow, Section, SelectField, ToggleField } from "../inspector/fields.tsx";
import { MachineSection } from "../inspector/MachineSection.tsx";
import { SettingNumber } from "../inspector/SettingNumber.tsx";
import { trainingBounds } from "../inspector/settingControls.ts";
import { motionStore, setMotion } from "../theme/motion.ts";
import { setTheme, THEMES, themeStore } from "../theme/theme.ts";
import { reopenStore, setReopens } from "./reopenSetting.ts";
import "./PreferencesDialog.css";

const close = (): void => viewStore.setState({ preferencesOpen: false });

const THEME_TITLES = { system: "As the system", light: "Light", dark: "Dark" } as const;

const AppearanceSection = () => {
  const themeId = useId();
  const motionId = useId();
  const theme = useStore(themeStore, (state) => state.theme);
  const motion = useStore(motionStore, (state) => state.motion);
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
      {getShell().platform !== "browser" && <StartSection />}
    </dialog>
  );
};

export const PreferencesDialog = () => (useView((state) => state.preferencesOpen) ? <Dialog /> : null);
