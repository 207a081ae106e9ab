import { CornerDownRight } from "lucide-react";
import type { DocumentNode } from "../../engine/index.ts";
import { Icon } from "../app/Icon.tsx";
import { applyGesture } from "../canvas/applyGesture.ts";
import { toggleBypass } from "../canvas/structureGestures.ts";
import { shortcutOf } from "../commands/commandTable.ts";
import { documentStore } from "../document/documentStore.ts";

/** Takes in again those of the selection that are bypassed. */
const takeIn = (nodes: readonly DocumentNode[]): void => {
  const { document, compiled } = documentStore.getState();
  const outcome = toggleBypass(
    document,
    compiled,
    nodes.map(({ id }) => id),
  );
  if ("gesture" in outcome) applyGesture(outcome.gesture);
};

/** Why nodes have no numbers, and how they get them back. */
export const BypassedSection = ({
  nodes,
  numSelected,
}: {
  /** Those of the selection that are bypassed. */
  readonly nodes: readonly DocumentNode[];
  readonly numSelected: number;
}) => {
  const isAll = nodes.length === numSelected;
  const [who, them, feeds] = nodes.length === 1 ? ["it", "it", "feeds it"] : ["them", "them", "feeds them"];
  return (
    <div className="inspector-section">
      <p className="inspector-empty">
        {isAll ? "Bypassed" : `${nodes.length} of ${numSelected} are bypassed`}: training leaves {who} out, and what{" "}
        {feeds} goes on to the next layer.
      </p>
      <div className="inspector-actions">
        <button
          type="button"
          className="button button-small"
          data-tooltip={`Take ${nodes.map(({ name }) => name).join(", ")} in again`}
          data-shortcut={isAll ? (shortcutOf("edit.bypass") ?? undefined) : undefined}
          onClick={() => takeIn(nodes)}
        >
          <Icon of={CornerDownRight} size={15} />
          Take {isAll ? them : `the ${nodes.length}`} in again
        </button>
      </div>
    </div>
  );
};
