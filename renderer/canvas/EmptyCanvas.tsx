import { runCommand } from "../commands/commandTable.ts";

/** What to do with nothing there yet. */
export const EmptyCanvas = () => (
  <div className="Canvas-hint">
    <p>Drop a layer here, or press Tab to search.</p>
    <p className="Canvas-hint-more">
      A net begins with Input and ends with Output. New layers join the selected one by themselves.
    </p>
    <button type="button" className="button button-quiet button-small" onClick={() => runCommand("help.tour")}>
      Take the tour
    </button>
  </div>
);
