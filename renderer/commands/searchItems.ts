/** Finds titles by words. Every word must occur; what is called just that comes first, then what begins with the words, then what has words that do. */

export interface Searchable {
  readonly title: string;
  readonly group: string;
  /** What the title is about, without its verb: `BatchNorm` of `Add BatchNorm`. The title where none is given. */
  readonly name?: string;
  /** Other words that one may look for it by. */
  readonly keywords?: string;
  readonly disabledBecause?: string | null;
}

const SCORES = { whole: 8, start: 4, wordStart: 2, keyword: 1 } as const;

/** Titles have the apostrophe of print, keyboards the other one. */
const lowerOf = (text: string): string => text.toLowerCase().replaceAll("’", "'");

const wordsOf = (text: string): readonly string[] => lowerOf(text).split(/[\s:,….-]+/);

const hasStart = (text: string, word: string): boolean => wordsOf(text).some((start) => start.startsWith(word));

const scoreOf = (
  { title, group, name = title, keywords = "" }: Searchable,
  words: readonly string[],
): number | null => {
  const text = lowerOf(`${title} ${group}`);
  const starts = [lowerOf(title), lowerOf(name)];
  let score = wordsOf(name).join(" ").trim() === words.join(" ") ? SCORES.whole : 0;
  for (const word of words) {
    if (starts.some((start) => start.startsWith(word))) score += SCORES.start;
    else if (hasStart(title, word)) score += SCORES.wordStart;
    else if (hasStart(`${group} ${keywords}`, word)) score += SCORES.keyword;
    else if (!text.includes(word)) return null;
  }
  return score;
};

export const searchItems = <T extends Searchable>(items: readonly T[], query: string): readonly T[] => {
  const words = lowerOf(query)
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return items;
  return items
    .flatMap((item, index) => {
      const score = scoreOf(item, words);
      return score === null ? [] : [{ item, score, index }];
    })
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ item }) => item);
};
