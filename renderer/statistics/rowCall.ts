/** What the charts of a layer are drawn from. */
import type { Frame, NodeStatistics, UpdateRatioDefinition } from "../../engine/index.ts";
import type { ChartColors } from "../charts/colors.ts";
import type { Quantity } from "./quantities.ts";
import type { RowLayout } from "./rowLayout.ts";
import type { FrameColumns, StepAxis } from "./stepAxis.ts";

export type HistogramStyle = "heat" | "ridges";

export interface RowStyle {
  readonly quantity: Quantity;
  readonly axis: StepAxis;
  readonly histogramStyle: HistogramStyle;
  readonly ratioBy: UpdateRatioDefinition;
}

/** What all rows have in common, made once a drawing. */
export interface RowsData {
  readonly frames: readonly Frame[];
  readonly timeColumns: FrameColumns;
  readonly ratioColumns: FrameColumns;
  /** At the step shown, by row; null where none was measured. */
  readonly levels: readonly (number | null)[];
  readonly levelDomain: readonly [number, number];
  /** The value axes when all rows share them; null: each has its own. */
  readonly sharedMean: readonly [number, number] | null;
  readonly sharedValues: readonly [number, number] | null;
}

export interface RowCall {
  readonly nodeId: string;
  readonly row: number;
  readonly layout: RowLayout;
  readonly rows: RowsData;
  readonly style: RowStyle;
  /** At the step shown. */
  readonly shown: NodeStatistics | null;
  readonly colors: ChartColors;
}
