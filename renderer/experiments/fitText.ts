import { widthOfText } from "../charts/pen.ts";

/** Cut with an ellipsis to what fits into so many px. */
export const fitText = (text: string, width: number): string => {
  if (widthOfText(text) <= width) return text;
  let cut = text;
  while (cut.length > 1 && widthOfText(`${cut}…`) > width) cut = cut.slice(0, -1);
  return `${cut.trimEnd()}…`;
};
