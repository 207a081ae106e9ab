/** The head of a picture of a study: its title in as many lines as it needs, and the legend beside it or below, in columns where it has several lines. */
import type { ChartColors } from "../charts/colors.ts";
import { type PagePen, widthOfText } from "../charts/pen.ts";

export interface LegendEntry {
  readonly name: string;
  readonly color: (colors: ChartColors) => string;
  /** px of the mark before the name, with the gap after it. */
  readonly markWidth: number;
  /** Draws the mark, from x on and about the middle y. */
  readonly mark: (pen: PagePen, colors: ChartColors, x: number, y: number) => void;
}

export interface PictureHead {
  readonly height: number;
  readonly draw: (pen: PagePen, colors: ChartColors) => void;
}

const TITLE = { size: 13, weight: 600 } as const;
const NAME = { size: 11, weight: 450 } as const;
/** Of a head of one line. */
const HEIGHT = 40;
const LINE = 20;
const LEGEND_GAP = 28;
const ENTRY_GAP = 20;

/** Breaks between words, and within one only where it is wider than a line. */
const brokenLines = (text: string, room: number): readonly string[] => {
  const fits = (line: string): boolean => widthOfText(line, TITLE) <= room;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (!fits(line)) {
      let cut = line.length - 1;
      while (cut > 1 && !fits(line.slice(0, cut))) cut -= 1;
      lines.push(line.slice(0, cut));
      line = line.slice(cut);
    }
  }
  return [...lines, line];
};

const widthOf = ({ name, markWidth }: LegendEntry): number => markWidth + widthOfText(name, NAME);

/** Lays the head out in a picture so wide with a margin at both sides. */
export const pictureHead = (
  title: string,
  legend: readonly LegendEntry[],
  { left, width }: { readonly left: number; readonly width: number },
): PictureHead => {
  const room = width - 2 * left;
  const lines = brokenLines(title, room);
  const beside = left + widthOfText(lines.at(-1) ?? "", TITLE) + LEGEND_GAP;
  const wanted = legend.reduce((sum, entry) => sum + widthOf(entry) + ENTRY_GAP, -ENTRY_GAP);
  const isBeside = legend.length === 0 || beside + wanted <= width - left;
  const columnWidth = Math.max(0, ...legend.map(widthOf)) + ENTRY_GAP;
  const numColumns = Math.max(1, Math.floor((room + ENTRY_GAP) / columnWidth));
  // Names are read down the columns.
  const numRows = isBeside || wanted <= room ? 1 : Math.ceil(legend.length / numColumns);
  const top = isBeside ? lines.length - 1 : lines.length;
  let x = isBeside ? beside : left;
  const places = legend.map((entry, index) => {
    if (numRows > 1)
      return { entry, x: left + Math.floor(index / numRows) * columnWidth, y: LINE * (top + (index % numRows) + 1) };
    const place = { entry, x, y: LINE * (top + 1) };
    x += widthOf(entry) + ENTRY_GAP;
    return place;
  });
  return {
    height: HEIGHT + LINE * (top + numRows - 1),
    draw(pen, colors) {
      lines.forEach((line, index) => {
        pen.label(left, LINE * (index + 1), line, { ...TITLE, color: colors.text });
      });
      for (const { entry, x: from, y } of places) {
        entry.mark(pen, colors, from, y);
        pen.label(from + entry.markWidth, y, entry.name, { ...NAME, color: entry.color(colors) });
      }
    },
  };
};
