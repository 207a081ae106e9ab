/** Finds titles by words: every word must occur, and titles in which words begin with them come first. */

const scoreOf = (title: string, words: readonly string[]): number | null => {
  const text = title.toLowerCase();
  const starts = text.split(/[\s:,-]+/);
  let score = 0;
  for (const word of words) {
    if (!text.includes(word)) return null;
    if (text.startsWith(word)) score += 3;
    else if (starts.some((start) => start.startsWith(word))) score += 2;
  }
  return score;
};

export const searchItems = <T extends { readonly title: string; readonly group: string }>(
  items: readonly T[],
  query: string,
): readonly T[] => {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return items;
  return items
    .flatMap((item, index) => {
      const score = scoreOf(`${item.title} ${item.group}`, words);
      return score === null ? [] : [{ item, score, index }];
    })
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ item }) => item);
};
