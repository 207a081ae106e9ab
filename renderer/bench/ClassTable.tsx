/** Precision, recall, F1 and support of each class, sorted by any of them. Arrow keys walk the classes; the one that is pointed at is marked in the matrix. */
import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { Icon } from "../app/Icon.tsx";
import { formatCount, formatPercent, NONE } from "../charts/format.ts";
import { nameOfClass } from "./benchTables.ts";
import {
  type ClassColumn,
  type ClassScore,
  classScores,
  meanScores,
  sortedScores,
  WORST_FIRST,
} from "./classScores.ts";
import "./ClassTable.css";

const COLUMNS: readonly { readonly by: ClassColumn; readonly title: string; readonly hint: string }[] = [
  { by: "class", title: "Class", hint: "In the order of the dataset" },
  { by: "precision", title: "Precision", hint: "Right ones among those taken for the class" },
  { by: "recall", title: "Recall", hint: "Right ones among the samples of the class" },
  { by: "f1", title: "F1", hint: "Harmonic mean of precision and recall" },
  { by: "support", title: "Support", hint: "Samples of the class in the test set" },
];

const MEANS: readonly {
  readonly title: string;
  readonly hint: string;
  readonly weigh: (score: ClassScore) => number;
}[] = [
  { title: "Mean", hint: "Each class counts the same; what is undefined counts as 0", weigh: () => 1 },
  {
    title: "Weighted",
    hint: "Each class counts by its samples; the recall is the accuracy",
    weigh: ({ support }) => support,
  },
];

const written = (value: number | null): string => (value === null ? NONE : formatPercent(value));

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

export const ClassTable = ({
  counts,
  classNames,
  wide = false,
  onMark = () => undefined,
}: {
  /** Row-major. */
  readonly counts: readonly number[];
  readonly classNames: readonly string[];
  /** With what each class is most often taken for. */
  readonly wide?: boolean;
  /** The class that is pointed at; null: none. */
  readonly onMark?: (index: number | null) => void;
}) => {
  const [sorting, setSorting] = useState(WORST_FIRST);
  const [stop, setStop] = useState<number | null>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const scores = useMemo(() => classScores(counts), [counts]);
  const rows = useMemo(() => sortedScores(scores, sorting), [scores, sorting]);
  const samples = scores.reduce((sum, { support }) => sum + support, 0);
  const tabStop = rows.some(({ index }) => index === stop) ? stop : rows[0]?.index;
  const walk = (event: KeyboardEvent): void => {
    const by = STEPS[event.key];
    const all = [...(body.current?.querySelectorAll<HTMLElement>("tr") ?? [])];
    const at = all.findIndex((row) => row.matches(":focus"));
    if (by === undefined || at === -1) return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, at + by))]?.focus();
  };
  return (
    <div className="ClassTable">
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows that are walked make a table a grid */}
      <table role="grid" aria-label="Precision, recall and F1 of each class" onKeyDown={walk}>
        <thead>
          <tr>
            {COLUMNS.map(({ by, title, hint }) => {
              const isSorted = sorting.by === by;
              return (
                <th
                  key={by}
                  scope="col"
                  aria-sort={isSorted ? (sorting.descending ? "descending" : "ascending") : undefined}
                >
                  <button
                    type="button"
                    data-tooltip={hint}
                    onClick={() => setSorting({ by, descending: isSorted && !sorting.descending })}
                  >
                    {title}
                    <span className="ClassTable-sorted">
                      {isSorted && <Icon of={sorting.descending ? ArrowDown : ArrowUp} size={12} stroke={1.8} />}
                    </span>
                  </button>
                </th>
              );
            })}
            {wide && <th scope="col">Most often taken for</th>}
          </tr>
        </thead>
        <tbody ref={body} onPointerLeave={() => onMark(null)}>
          {rows.map(({ index, precision, recall, f1, support, mistakenFor }) => (
            <tr
              key={index}
              tabIndex={index === tabStop ? 0 : -1}
              onFocus={() => {
                setStop(index);
                onMark(index);
              }}
              onBlur={() => onMark(null)}
              onPointerEnter={() => onMark(index)}
            >
              <th scope="row" title={nameOfClass(classNames, index)}>
                {nameOfClass(classNames, index)}
              </th>
              <td>{written(precision)}</td>
              <td>{written(recall)}</td>
              <td>{written(f1)}</td>
              <td>{formatCount(support)}</td>
              {wide && (
                <td>
                  {mistakenFor === null
                    ? NONE
                    : `${nameOfClass(classNames, mistakenFor.index)}, ${formatCount(mistakenFor.count)}`}
                </td>
              )}
            </tr>
          ))}
        </tbody>
        <tfoot>
          {MEANS.map(({ title, hint, weigh }) => {
            const { precision, recall, f1 } = meanScores(scores, weigh);
            return (
              <tr key={title}>
                <th scope="row" data-tooltip={hint}>
                  {title}
                </th>
                <td>{written(precision)}</td>
                <td>{written(recall)}</td>
                <td>{written(f1)}</td>
                <td>{formatCount(samples)}</td>
                {wide && <td />}
              </tr>
            );
          })}
        </tfoot>
      </table>
    </div>
  );
};
