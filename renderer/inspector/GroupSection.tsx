/** What a selected group is called, its colour, how often it stands in the net. */
import { type CanvasColor, type Group, MAX_REPEAT, repeatProblem } from "../../engine/index.ts";
import { applyGesture } from "../canvas/applyGesture.ts";
import { recolorGroup, renameGroup, repeatGroup, toggleCollapse } from "../canvas/structureGestures.ts";
import { documentStore, useDocument } from "../document/documentStore.ts";
import { CommitField } from "./CommitField.tsx";
import { FieldRow, Section, SelectField, ToggleField } from "./fields.tsx";
import { NumberField } from "./NumberField.tsx";
import type { NumberBounds } from "./paramControls.ts";

export const COLORS: readonly { readonly value: CanvasColor; readonly label: string }[] = [
  { value: "neutral", label: "Neutral" },
  { value: "blue", label: "Blue" },
  { value: "green", label: "Green" },
  { value: "amber", label: "Amber" },
  { value: "red", label: "Red" },
  { value: "violet", label: "Violet" },
];

export const isColor = (value: string): value is CanvasColor => COLORS.some((color) => color.value === value);

const REPEAT: NumberBounds = { integer: true, min: 1, max: MAX_REPEAT, positive: false };

const takeOver = (gesture: Parameters<typeof applyGesture>[0]): null => {
  applyGesture(gesture);
  return null;
};

export const GroupSection = ({ group }: { readonly group: Group }) => {
  const document = useDocument((state) => state.document);
  const { repeat = 1 } = group;
  const problem = repeat > 1 ? repeatProblem(document, group) : null;
  return (
    <Section title="Group">
      <FieldRow label="Title">
        <CommitField
          label="Title of the group"
          text={group.title}
          placeholder="Untitled group"
          commit={(title) => takeOver(renameGroup(group, title))}
        />
      </FieldRow>
      <FieldRow label="Colour">
        <SelectField
          label="Colour of the group"
          value={group.color}
          options={COLORS}
          onChange={(color) => isColor(color) && applyGesture(recolorGroup(group, color))}
        />
      </FieldRow>
      <FieldRow
        label="Repeat"
        tooltip="The net has the group so many times, one after the other, each with its own weights"
      >
        <NumberField
          label="Repeat the group"
          value={repeat}
          bounds={REPEAT}
          finding={problem}
          commit={(times) => {
            if (!Number.isInteger(times) || times < 1 || times > MAX_REPEAT) {
              return `${times} is not possible. Use a whole number from 1 to ${MAX_REPEAT}.`;
            }
            const { document: open } = documentStore.getState();
            const refused = times === 1 ? null : repeatProblem(open, { ...group, repeat: times });
            return refused ?? takeOver(repeatGroup(group, times));
          }}
        />
      </FieldRow>
      <FieldRow label="Collapsed">
        <ToggleField
          label="Draw the group as one box"
          on={group.collapsed === true}
          onChange={() => applyGesture(toggleCollapse([group]))}
        />
      </FieldRow>
    </Section>
  );
};
