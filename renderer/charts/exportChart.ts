/** Takes charts out of the window: their numbers as CSV, their pictures as SVG or PNG. */
import type { MenuItem } from "../app/Menu.tsx";
import { getShell } from "../app/shellAccess.ts";
import { notify } from "../app/viewStore.ts";
import { documentStore } from "../document/documentStore.ts";
import { documentTitle } from "../document/fileActions.ts";
import { type ChartTable, tableCsv } from "./chartTable.ts";
import { chartColors } from "./colors.ts";
import { canvasPen, type PagePen, svgPen } from "./pen.ts";
import { openSurface } from "./surface.ts";

/** A drawing on the surface colour of panels, in CSS px. */
export interface ChartPicture {
  readonly width: number;
  readonly height: number;
  readonly draw: (pen: PagePen) => void;
}

/** Pixels of a CSS px in pictures made of pixels. */
const PNG_SCALE = 2;

const svgOf = ({ width, height, draw }: ChartPicture): string => {
  const pen = svgPen(PNG_SCALE);
  draw(pen);
  return pen.finish(width, height, chartColors().raised);
};

const pngOf = async ({ width, height, draw }: ChartPicture): Promise<Uint8Array<ArrayBuffer>> => {
  const canvas = document.createElement("canvas");
  const surface = openSurface(canvas, width, height, PNG_SCALE);
  if (surface !== null) {
    const pen = canvasPen(surface);
    pen.rect(0, 0, width, height, chartColors().raised);
    draw(pen);
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) throw new Error("The browser made no picture of the charts.");
  return new Uint8Array(await blob.arrayBuffer());
};

/** Asks where to, and writes it there. The document's title goes before the name. */
const save = async (name: string, content: string | Uint8Array<ArrayBuffer>): Promise<void> => {
  const title = documentTitle(documentStore.getState().file);
  const outcome = await getShell().saveExport({ suggestedName: `${title}-${name}`, content });
  if (outcome.status === "failed") {
    notify({ tone: "error", title: "The chart was not saved", text: outcome.problem.message });
  }
};

/** An item of a menu that writes numbers; `name` is that of the file, without its end. */
export const csvItem = (title: string, name: string, csv: () => string | ChartTable): MenuItem => ({
  id: `${name}.csv`,
  title: `${title}, CSV`,
  onSelect: () => {
    const content = csv();
    void save(`${name}.csv`, typeof content === "string" ? content : tableCsv(content));
  },
});

/** Items of a menu that write a picture as SVG and as PNG. */
export const pictureItems = (title: string, name: string, picture: () => ChartPicture): readonly MenuItem[] => [
  { id: `${name}.svg`, title: `${title}, SVG`, onSelect: () => void save(`${name}.svg`, svgOf(picture())) },
  {
    id: `${name}.png`,
    title: `${title}, PNG`,
    onSelect: () => void pngOf(picture()).then((png) => save(`${name}.png`, png)),
  },
];
