/** How near predictions come to targets that are numbers, as a chart or a table. */
import { useCallback, useMemo } from "react";
import { counted } from "../../engine/index.ts";
import type { TestEvaluation } from "../../engine/protocol.ts";
import { chartColors } from "../charts/colors.ts";
import { MAX_ROWS, NumberTable } from "../charts/NumberTable.tsx";
import { canvasPen } from "../charts/pen.ts";
import type { Surface } from "../charts/surface.ts";
import { useChartSurface } from "../charts/useChartSurface.ts";
import { SelectField } from "../inspector/fields.tsx";
import { drawTargets, pairsTable, pointsOf, targetWidthOf } from "./targetChart.ts";

const SIZE = 440;

const Chart = ({ evaluation, output }: { readonly evaluation: TestEvaluation; readonly output: number }) => {
  const points = useMemo(() => pointsOf(evaluation, output), [evaluation, output]);
  const create = useCallback(
    (surface: Surface) => {
      let drawn = -1;
      return () => {
        const { revision } = chartColors();
        if (revision === drawn) return;
        drawn = revision;
        drawTargets(canvasPen(surface), points, SIZE, SIZE);
      };
    },
    [points],
  );
  const canvas = useChartSurface(SIZE, SIZE, create);
  return (
    <figure className="Chart" style={{ width: SIZE, height: SIZE }}>
      <canvas ref={canvas} className="Chart-canvas" />
      <p className="visually-hidden">
        {`Prediction against target of ${counted(points.length, "test sample")}. The table has the numbers.`}
      </p>
    </figure>
  );
};

export const Targets = ({
  evaluation,
  output,
  onOutput,
  asTable,
}: {
  readonly evaluation: TestEvaluation;
  readonly output: number;
  readonly onOutput: (output: number) => void;
  readonly asTable: boolean;
}) => {
  const width = targetWidthOf(evaluation);
  const table = pairsTable(evaluation);
  if (asTable) {
    return (
      <NumberTable
        label="Targets and predictions"
        caption={null}
        table={{ ...table, rows: table.rows.slice(0, MAX_ROWS) }}
        rest="samples"
        total={table.rows.length}
      />
    );
  }
  return (
    <>
      {width > 1 && (
        <SelectField
          label="Number of the target"
          value={String(output)}
          options={Array.from({ length: width }, (_, at) => ({ value: String(at), label: `Number ${at + 1}` }))}
          onChange={(value) => onOutput(Number(value))}
        />
      )}
      <Chart evaluation={evaluation} output={output} />
      <p className="bench-hint">A point for each test sample; on the dashed line the prediction is the target.</p>
    </>
  );
};
