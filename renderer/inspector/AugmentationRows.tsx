import type { DatasetReference, TrainingSettings } from "../../engine/index.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { commitTraining } from "./commitTraining.ts";
import { hasImages } from "./datasetControls.ts";
import { FieldRow, SelectField, ToggleField } from "./fields.tsx";
import { SettingNumber } from "./SettingNumber.tsx";
import { augmentationBounds } from "./settingControls.ts";

type Augmentation = NonNullable<TrainingSettings["augmentation"]>;

/** A mirrored digit is another sign; a mirrored cat is a cat. */
const startFor = ({ source }: DatasetReference): Augmentation =>
  source === "mnist"
    ? { horizontalFlip: false, shift: 2, crop: 0 }
    : { horizontalFlip: true, shift: 0, crop: source === "cifar10" ? 4 : 2 };

const HELP = {
  shift: "Moved by up to so many pixels in each direction; the pixels at the border are repeated. 0: not moved.",
  crop: "Padded with so many black pixels on every side, then cropped to its size anywhere. 0: not cropped.",
} as const;
const TITLES = { shift: "Shift", crop: "Crop" } as const;

/** What happens to training images. Tables and points have none. */
export const AugmentationRows = ({ prefix }: { prefix: string }) => {
  const augmentation = useDocument((state) => state.document.training.augmentation);
  const areImages = useDocument((state) => hasImages(state.document.dataset));
  const id = `${prefix}-augmentation`;
  // A document may ask for what its dataset cannot have; then it must be possible to turn it off.
  if (!areImages && augmentation === null) return null;
  const commit = (title: string, change: Partial<Augmentation>) =>
    commitTraining(title, { augmentation: { ...augmentation, ...change } });
  return (
    <>
      <FieldRow
        label="Augmentation"
        htmlFor={id}
        tooltip="Changes each training image by chance, anew in each epoch. Validation and test images stay as they are."
      >
        <SelectField
          id={id}
          label="Augmentation"
          value={augmentation === null ? "off" : "on"}
          options={[
            { value: "off", label: "Off" },
            { value: "on", label: "On" },
          ]}
          onChange={(chosen) => {
            const { dataset } = documentStore.getState().document;
            commitTraining("Augmentation", { augmentation: chosen === "on" ? startFor(dataset) : null });
          }}
        />
      </FieldRow>
      {!areImages && <p className="field-row-note field-row-problem">The samples are no images: turn it off.</p>}
      {augmentation !== null && areImages && (
        <>
          <FieldRow
            nested
            label="Mirror"
            htmlFor={`${id}-flip`}
            tooltip="Every second image, by chance, is mirrored left to right."
          >
            <ToggleField
              id={`${id}-flip`}
              label="Mirror"
              on={augmentation.horizontalFlip}
              onChange={(horizontalFlip) => commit("Mirror", { horizontalFlip })}
            />
          </FieldRow>
          {(["shift", "crop"] as const).map((key) => (
            <SettingNumber
              key={key}
              nested
              id={`${id}-${key}`}
              title={TITLES[key]}
              help={HELP[key]}
              unit="pixels"
              bounds={augmentationBounds(key)}
              value={augmentation[key]}
              commit={(value) => commit(TITLES[key], { [key]: value })}
            />
          ))}
        </>
      )}
    </>
  );
};
