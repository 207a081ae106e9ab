import { Eraser, Pencil, Trash2, Undo2 } from "lucide-react";
import { Icon } from "../app/Icon.tsx";
import { changeSample, hasStroke, keepBeforeStroke, takeBackStroke, useBench } from "./benchStore.ts";
import { emptySheet } from "./drawingPad.ts";

/** What one draws with on the sheet. */
export const DrawingTools = (props: {
  readonly thickness: number;
  readonly erases: boolean;
  readonly onThickness: (thickness: number) => void;
  readonly onErases: (erases: boolean) => void;
}) => {
  const canTakeBack = useBench(hasStroke);
  return (
    <div className="bench-row">
      <button
        type="button"
        className="icon-button"
        aria-label="Pen"
        aria-pressed={!props.erases}
        data-tooltip="Pen"
        onClick={() => props.onErases(false)}
      >
        <Icon of={Pencil} size={15} />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Eraser"
        aria-pressed={props.erases}
        data-tooltip="Eraser"
        onClick={() => props.onErases(true)}
      >
        <Icon of={Eraser} size={15} />
      </button>
      <input
        type="range"
        className="bench-thickness"
        aria-label="Thickness"
        aria-valuetext={`${props.thickness} px`}
        min={8}
        max={48}
        value={props.thickness}
        onChange={(event) => props.onThickness(Number(event.target.value))}
      />
      <button
        type="button"
        className="icon-button"
        aria-label="Take back the stroke"
        aria-disabled={!canTakeBack}
        data-tooltip="Take back the stroke"
        data-shortcut="Mod+Z"
        onClick={takeBackStroke}
      >
        <Icon of={Undo2} size={15} />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Clear the sheet"
        data-tooltip="Clear the sheet"
        onClick={() => {
          keepBeforeStroke();
          changeSample({ source: { type: "drawing", planes: [emptySheet()] }, invert: false });
        }}
      >
        <Icon of={Trash2} size={15} />
      </button>
    </div>
  );
};
