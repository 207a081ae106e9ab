/** What the lines of a study are called: in the title line where they are few, else in columns below it. Pointing at a name lights its line up. */
import { RunSwatch } from "../library/RunSwatch.tsx";
import { setExperiments } from "./experimentsStore.ts";

export interface LegendLine {
  readonly key: string;
  readonly title: string;
  readonly style: number;
}

/** More do not fit into a title line. */
const MOST_IN_LINE = 6;

const light = (key: string | null) => (): void => setExperiments({ lit: key });

export const isLongLegend = (lines: readonly LegendLine[]): boolean => lines.length > MOST_IN_LINE;

/** In the title line; nothing where one line needs no name or many have columns of their own. */
export const StudyLegend = ({ lines }: { readonly lines: readonly LegendLine[] }) => (
  <div className="study-legend-room">
    <ul className="study-legend">
      {lines.length > 1 &&
        !isLongLegend(lines) &&
        lines.map(({ key, title, style }) => (
          <li key={key} onPointerEnter={light(key)} onPointerLeave={light(null)}>
            <RunSwatch style={style} />
            {title}
          </li>
        ))}
    </ul>
  </div>
);

/** Of a name in 11 px text, with its line before it. */
const widthOf = (characters: number): number => 30 + 6.2 * characters;

/** Below the title line. A click selects the runs of the line. */
export const LegendColumns = ({
  lines,
  onPick,
}: {
  readonly lines: readonly LegendLine[];
  readonly onPick?: (key: string, adds: boolean) => void;
}) => {
  if (!isLongLegend(lines)) return null;
  const width = widthOf(Math.max(...lines.map(({ title }) => title.length)));
  return (
    <ul
      className="study-legend-columns"
      aria-label="Lines"
      style={{ gridTemplateColumns: `repeat(auto-fill, minmax(min(100%, ${Math.ceil(width)}px), 1fr))` }}
    >
      {lines.map(({ key, title, style }) => (
        <li key={key}>
          <button
            type="button"
            title={title}
            onPointerEnter={light(key)}
            onPointerLeave={light(null)}
            onFocus={light(key)}
            onBlur={light(null)}
            onClick={(event) => onPick?.(key, event.ctrlKey || event.metaKey)}
          >
            <RunSwatch style={style} />
            <span>{title}</span>
          </button>
        </li>
      ))}
    </ul>
  );
};
