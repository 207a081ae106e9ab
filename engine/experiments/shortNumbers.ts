const LEAST_DIGITS = 3;
const MOST_DIGITS = 6;

/** Fractions; whole numbers stay as they are, and so do names of files with numbers in them. */
const FRACTION = /(?<![\w./-])\d+\.\d+(?:e[+−-]?\d+)?(?![\w./-])/g;

const withDigits = (text: string, digits: number): string =>
  text.replace(FRACTION, (number) =>
    String(Number(Number(number.replace("−", "-")).toPrecision(digits))).replace("-", "−"),
  );

/**
 * Texts that stand beside each other, their numbers with as few significant digits, three at least, as tell them apart: `std 0.0316` and
 * `std 0.0631` in place of `std 0.0316228` and `std 0.0630957`.
 */
export const shortenNumbers = (texts: readonly (string | null)[]): readonly (string | null)[] => {
  const numDistinct = new Set(texts).size;
  for (let digits = LEAST_DIGITS; digits < MOST_DIGITS; digits += 1) {
    const short = texts.map((text) => (text === null ? text : withDigits(text, digits)));
    if (new Set(short).size === numDistinct) return short;
  }
  return texts;
};
