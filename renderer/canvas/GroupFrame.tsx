/** The frame of an open group and the box of a collapsed one. */
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { Boxes } from "lucide-react";
import { memo } from "react";
import { Icon } from "../app/Icon.tsx";
import { documentStore } from "../document/documentStore.ts";
import { applyGesture } from "./applyGesture.ts";
import { type GroupView, membersOf } from "./groupViews.ts";
import { toggleCollapse } from "./structureGestures.ts";
import { useZoomLevel } from "./zoomLevel.ts";
import "./GroupFrame.css";

export type FrameFlowNode = Node<{ readonly group: GroupView } & Record<string, unknown>, "frame">;
export type GroupFlowNode = Node<{ readonly group: GroupView } & Record<string, unknown>, "layerGroup">;

const selectMembers = (groupId: string): void => {
  const { document, select } = documentStore.getState();
  select((membersOf(document).get(groupId) ?? []).map(({ id }) => id));
};

const repeatText = ({ group: { repeat = 1 } }: GroupView): string => (repeat === 1 ? "" : `×${repeat}`);

export const GroupFrame = memo(({ data: { group: view } }: NodeProps<FrameFlowNode>) => {
  const level = useZoomLevel();
  const { group, title, totals } = view;
  const repeat = repeatText(view);
  return (
    <div className={`GroupFrame GroupFrame-${group.color} GroupFrame-${level}`}>
      <button
        type="button"
        className="GroupFrame-label"
        aria-label={`Group ${title}${repeat === "" ? "" : ` ${repeat}`}, ${totals}. Select its layers`}
        onClick={() => selectMembers(group.id)}
        onDoubleClick={() => applyGesture(toggleCollapse([group]))}
        onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && event.stopPropagation()}
      >
        <span className="GroupFrame-title">{title}</span>
        {repeat !== "" && <span className="GroupFrame-repeat">{repeat}</span>}
        {level === "full" && <span className="GroupFrame-totals">{totals}</span>}
      </button>
    </div>
  );
});
GroupFrame.displayName = "GroupFrame";

export const GroupNode = memo(({ data: { group: view }, selected }: NodeProps<GroupFlowNode>) => {
  const level = useZoomLevel();
  const { group, title, weights, numLayers, shape, broken } = view;
  const repeat = repeatText(view);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the node around it has the keyboard: Enter selects, Ctrl Shift K opens
    <div
      className={`GroupNode GroupFrame-${group.color} GroupNode-${level}${selected ? " is-selected" : ""}${broken ? " is-invalid" : ""}`}
      onDoubleClick={() => applyGesture(toggleCollapse([group]))}
    >
      <span className="GroupNode-tile">
        <Icon of={Boxes} size={level === "full" ? 17 : 22} />
      </span>
      <span className="GroupNode-title" title={title}>
        {title}
      </span>
      {repeat !== "" && <span className="GroupFrame-repeat">{repeat}</span>}
      {level === "full" && (
        <>
          <span className="GroupNode-shape">{shape}</span>
          <span className="GroupNode-facts">{`${numLayers} layers · ${weights}`}</span>
        </>
      )}
      <Handle id="in" type="target" position={Position.Top} className="Port" isConnectable={false} />
      <Handle id="out" type="source" position={Position.Bottom} className="Port" isConnectable={false} />
    </div>
  );
});
GroupNode.displayName = "GroupNode";
