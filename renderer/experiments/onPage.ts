import { chartColors } from "../charts/colors.ts";
import type { ChartPicture } from "../charts/exportChart.ts";
import type { StudyPicture } from "./studyPictures.ts";

/** A picture in the colours of the theme in force. */
export const onPage = ({ width, height, draw }: StudyPicture): ChartPicture => ({
  ...{ width, height },
  draw: (pen) => draw(pen, chartColors()),
});
