const NUM_SHADES = 10;
/** Of a thousand samples of a class so many make the darkest shade, as in histograms. */
const DARKEST = 500;

/**
 * A step of the heat scale by the share of its row, log1p of samples per 1,000: of a good net all mistakes together are a few hundredths, and which
 * are many shows. On step 5 no text has enough contrast in both themes.
 */
export const shadeOf = (share: number): number => {
  if (share === 0) return 0;
  const shade = Math.round((Math.log1p(1000 * share) / Math.log1p(DARKEST)) * NUM_SHADES);
  return shade === 5 ? 4 : Math.min(NUM_SHADES, Math.max(1, shade));
};
