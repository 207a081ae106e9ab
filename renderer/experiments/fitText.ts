import { widthOfText } from "../charts/pen.ts";

/** Cut with an ellipsis to what fits into so many px. */
export const fitText = (text: string, width: number, font?: Parameters<typeof widthOfText>[1]): string => {
  if (widthOfText(text, font) <= width) return text;
  let cut = text;
  while (cut.length > 1 && widthOfText(`${cut}…`, font) > width) cut = cut.slice(0, -1);
  return `${cut.trimEnd()}…`;
};

/** In one line or, broken between words, in two; the second is cut where even that is too little. */
export const fitTwoLines = (text: string, width: number): readonly string[] => {
  if (widthOfText(text) <= width) return [text];
  const words = text.split(" ");
  let numFirst = 1;
  while (numFirst < words.length && widthOfText(words.slice(0, numFirst + 1).join(" ")) <= width) numFirst += 1;
  const lines = [words.slice(0, numFirst).join(" "), words.slice(numFirst).join(" ")];
  return lines.filter((line) => line !== "").map((line) => fitText(line, width));
};
