import { ChartNoAxesCombined, Download, Table2 } from "lucide-react";
import { Icon } from "../app/Icon.tsx";
import { MenuButton, type MenuSection } from "../app/Menu.tsx";
import "./ChartTools.css";

/** At the right of a chart's title: its numbers as a table and back, and a menu of exports. */
export const ChartTools = ({
  of,
  table,
  sections,
}: {
  /** What the charts are of, in words: `conv1`, `loss and accuracy`. */
  readonly of: string;
  /** Absent: it is a table. */
  readonly table?: { readonly isShown: boolean; readonly show: (isShown: boolean) => void };
  /** Asked at each opening. */
  readonly sections: () => readonly MenuSection[];
}) => (
  <span className="ChartTools">
    {table && (
      <button
        type="button"
        className="icon-button"
        aria-label={table.isShown ? `Show ${of} as charts` : `Show ${of} as a table`}
        data-tooltip={table.isShown ? "Show as charts" : "Show as a table"}
        onClick={() => table.show(!table.isShown)}
      >
        <Icon of={table.isShown ? ChartNoAxesCombined : Table2} size={14} />
      </button>
    )}
    <MenuButton
      className="icon-button"
      label={`Export ${of}`}
      tooltip="Export"
      sections={sections}
      empty="Nothing was measured yet"
    >
      <Icon of={Download} size={14} />
    </MenuButton>
  </span>
);
