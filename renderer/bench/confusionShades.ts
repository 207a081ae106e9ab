const NUM_SHADES = 10;

/** A step of the heat scale by the share of its row; a few are seen as well. On step 5 no text has enough contrast in both themes. */
export const shadeOf = (share: number): number => {
  const shade = share === 0 ? 0 : Math.max(1, Math.round(Math.sqrt(share) * NUM_SHADES));
  return shade === 5 ? 4 : shade;
};
