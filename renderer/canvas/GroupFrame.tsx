/** The frame of an open group. */
import type { Node, NodeProps } from "@xyflow/react";
import { memo } from "react";
import { documentStore } from "../document/documentStore.ts";
import { applyGesture } from "./applyGesture.ts";
import { type GroupView, membersOf } from "./groupViews.ts";
import { toggleCollapse } from "./structureGestures.ts";
import { useZoomLevel } from "./zoomLevel.ts";
import "./GroupFrame.css";

export type FrameFlowNode = Node<{ readonly group: GroupView } & Record<string, unknown>, "frame">;

export const selectMembers = (groupId: string): void => {
  const { document, select } = documentStore.getState();
  select((membersOf(document).get(groupId) ?? []).map(({ id }) => id));
};

export const repeatText = ({ group: { repeat = 1 } }: GroupView): string => (repeat === 1 ? "" : `×${repeat}`);

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
        <span className="GroupFrame-name">
          <span className="GroupFrame-title" dir="auto">
            {title}
          </span>
          {repeat !== "" && <span className="GroupFrame-repeat">{repeat}</span>}
        </span>
        {level === "full" && (
          <span className="GroupFrame-totals">
            {totals.split(" · ").map((each) => (
              <span key={each}>{each}</span>
            ))}
          </span>
        )}
      </button>
    </div>
  );
});
GroupFrame.displayName = "GroupFrame";
